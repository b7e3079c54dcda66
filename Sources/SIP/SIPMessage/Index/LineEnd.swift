/// The end of one line of a message, its folds included (§7.3.1), and what is wrong in it.
struct LineEnd {
  /// The CR of the CRLF that ends it.
  var end: Int
  /// The start of the next line.
  var next: Int
  /// Whether a CRLF before a blank continued it.
  var isFolded = false
  /// What may not stand in a line, if there is such a thing, and where it is.
  var reason: SIPParseError.Reason?
  var reasonOffset = 0

  /// Finds the end of the line that goes on at `start`, sixteen bytes at a time.
  @inline(__always)
  init(_ bytes: Span<UInt8>, from start: Int) {
    let end = bytes.control(from: start)
    let word = bytes.word(at: end)
    if word & 0xFFFF == 0x0A0D, word & 0xFF_0000 > 0x20_0000 {
      self.init(end: end, next: end &+ 2, isFolded: false)
    } else {
      self.init(carefully: bytes, from: start, end)
    }
  }

  /// The same with folds and tabs, and for the last line.
  @inline(never)
  private init(carefully bytes: Span<UInt8>, from start: Int, _ control: Int) {
    var cursor = control
    var isFolded = false
    while true {
      let word = bytes.word(at: cursor)
      if word & 0xFFFF == 0x0A0D {
        let following = UInt8(truncatingIfNeeded: word &>> 16)
        guard following == UInt8(ascii: " ") || following == UInt8(ascii: "\t") else { break }
        isFolded = true
        cursor &+= 3
      } else if word & 0xFF == 0x09 {
        cursor &+= 1
      } else {
        self.init(slowly: bytes, from: start)
        return
      }
      cursor = bytes.control(from: cursor)
    }
    self.init(end: cursor, next: cursor &+ 2, isFolded: isFolded)
  }

  @inline(__always)
  private init(end: Int, next: Int, isFolded: Bool) {
    self.end = end
    self.next = next
    self.isFolded = isFolded
  }

  /// The same byte by byte, for lines with a control character: legal in a quoted pair (§25.1), a fault elsewhere.
  ///
  /// Faults do not end the search: the line goes on to its CRLF, so that the next one is read from its start.
  @inline(never)
  private init(slowly bytes: Span<UInt8>, from start: Int) {
    var cursor = start
    var isQuoted = false
    var comments = 0
    end = bytes.count
    next = bytes.count
    while cursor < bytes.count {
      let byte = bytes[cursor]
      switch byte {
      case UInt8(ascii: "\r"):
        guard cursor + 1 < bytes.count, bytes[cursor + 1] == UInt8(ascii: "\n") else {
          note(.bareCarriageReturn, at: cursor)
          break
        }
        guard cursor + 2 < bytes.count, ByteSet.blank.contains(bytes[cursor + 2]) else {
          end = cursor
          next = cursor + 2
          return
        }
        isFolded = true
        cursor += 2
      case UInt8(ascii: "\n"): note(.bareLineFeed, at: cursor)
      case 0: note(.nul, at: cursor)
      case 0x01..<0x20: if byte != 0x09 { note(.controlCharacter, at: cursor) }
      case UInt8(ascii: "\""): if comments == 0 { isQuoted.toggle() }
      case UInt8(ascii: "("): if !isQuoted { comments += 1 }
      case UInt8(ascii: ")"): if !isQuoted, comments > 0 { comments -= 1 }
      case UInt8(ascii: "\\"):
        guard isQuoted || comments > 0, cursor + 1 < bytes.count else { break }
        let escaped = bytes[cursor + 1]
        if escaped != UInt8(ascii: "\r"), escaped != UInt8(ascii: "\n") { cursor += 1 }
      default: break
      }
      cursor += 1
    }
    note(.missingEmptyLine, at: bytes.count)
  }

  private mutating func note(_ reason: SIPParseError.Reason, at offset: Int) {
    guard self.reason == nil else { return }
    self.reason = reason
    reasonOffset = offset
  }
}
