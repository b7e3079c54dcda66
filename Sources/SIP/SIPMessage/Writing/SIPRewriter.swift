import Wire

/// Sends a message on with a few changes: what is not changed leaves byte for byte as it came (§16.6).
///
/// It collects edits, places of the view with the text that goes there instead, and `write` splices them in one pass.
/// Made once and used for message after message (`reset()`). Edits are of one view and its copies; two insertions at the
/// same place come out in the order they were made, and of two edits that overlap the earlier place in the message wins.
///
/// Text given here ends up in lines: control characters in it become spaces, so that nobody's text can start a header.
public struct SIPRewriter: Sendable {
  private struct Edit {
    var lower: UInt32
    var upper: UInt32
    var text: ByteRange

    /// Whether it goes before `other`, which was made earlier. An insertion at the place where something is taken away
    /// stays before it, so that it is not taken along.
    func precedes(_ other: Edit) -> Bool {
      lower < other.lower || (lower == other.lower && upper == lower && other.upper > other.lower)
    }
  }

  private var edits: [Edit] = []
  private var text: [UInt8] = []

  /// A rewriter without edits.
  public init() {}

  /// Forgets all edits and keeps their room.
  public mutating func reset() {
    edits.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
  }

  /// Whether nothing is to be changed.
  public var isEmpty: Bool { edits.isEmpty }

  /// Appends the view's message with all edits made; bytes before and behind the message stay behind.
  public func write(_ view: borrowing SIPMessageView, into bytes: inout [UInt8]) {
    let extent = view.extent
    // Adding nothing to an empty array would write its count, which all empty arrays of the process share.
    guard extent.count + text.count > 0 else { return }
    let source = view.bytes
    let replacements = text.span
    bytes.append(addingCapacity: extent.count + text.count) { (output: inout OutputSpan<UInt8>) in
      var cursor = extent.lower
      for edit in edits {
        if edit.lower > cursor {
          output.append(copying: source.extracting(ByteRange(at: cursor, to: min(edit.lower, extent.upper))))
        }
        output.append(copying: replacements.extracting(edit.text))
        cursor = max(cursor, edit.upper)
      }
      if cursor < extent.upper {
        output.append(copying: source.extracting(ByteRange(at: cursor, to: extent.upper)))
      }
    }
  }
}

// MARK: - Any place

extension SIPRewriter {
  /// Puts `bytes` in the place of `range`.
  public mutating func replace(_ range: ByteRange, with bytes: Span<UInt8>) {
    edit(range) { $0.appendText(bytes) }
  }

  /// Puts `string` in the place of `range`.
  public mutating func replace(_ range: ByteRange, with string: String) {
    edit(range) { $0.appendText(string) }
  }

  /// Takes `range` out.
  public mutating func remove(_ range: ByteRange) {
    edit(range) { _ in }
  }

  /// Records an edit whose text `write` appends; kept in the order of places.
  mutating func edit(_ range: ByteRange, _ write: (inout [UInt8]) -> Void) {
    let start = text.count
    write(&text)
    let edit = Edit(lower: range.lower, upper: range.upper, text: ByteRange(at: start, to: text.count))
    var place = edits.count
    while place > 0, edit.precedes(edits[place - 1]) { place -= 1 }
    edits.insert(edit, at: place)
  }
}
