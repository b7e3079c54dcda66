import Wire

/// Changes single lines of a description and leaves all others as they are, to the byte.
///
/// Sections are named by the place of a media description; nil is the session. Changes are written down and made at
/// once by ``finish(limits:)``; of two changes to one line the later counts.
public struct SDPEditor: Sendable {
  private let description: SessionDescription
  /// What a line becomes; empty for a line that goes.
  private var changed: [Int: [UInt8]] = [:]
  /// Lines to be written in front of a line, each with its letter and without a line end.
  private var inserted: [Int: [[UInt8]]] = [:]

  /// An editor of this description.
  public init(_ description: SessionDescription) { self.description = description }

  private var index: SDPIndex { description.storage.index }

  private func lines(of media: Int?) -> Range<Int> {
    guard let media else { return index.sessionLines }
    return index.media.indices.contains(media) ? index.media[media].lines : 0..<0
  }

  // MARK: Lines

  /// Replaces `o=`.
  public mutating func setOrigin(_ origin: Origin) {
    changed[index.originLine] = line("o") { origin.write(into: &$0) }
  }

  /// Replaces `c=` of a section, or adds it where there is none. Several `c=` of one media description become one.
  public mutating func setConnection(_ connection: ConnectionAddress, media: Int?) {
    let lines = lines(of: media)
    guard !lines.isEmpty else { return }
    let text = line("c") { connection.write(into: &$0) }
    var isFirst = true
    for number in lines where index.lines[number].letter == UInt8(ascii: "c") {
      changed[number] = isFirst ? text : []
      isFirst = false
    }
    if isFirst { insert(text, before: place(in: lines, after: media == nil ? "vosiuep" : "mi")) }
  }

  /// Replaces the port in `m=` and keeps the count where it fits; 0 takes the stream out of use, and one without formats
  /// stays out of it.
  public mutating func setPort(_ port: UInt16, media: Int) {
    guard index.media.indices.contains(media) else { return }
    let entry = index.media[media]
    guard port == 0 || entry.formatCount > 0 else { return }
    setMedia(media, entry.portRange(for: port)) { $0.append(number: port) }
  }

  /// Replaces the words for the protocol in `m=`, such as `RTP/SAVP`; nothing happens when they would break the line. Of
  /// this and ``setPort(_:media:)`` on one stream the later counts.
  public mutating func setTransport(_ text: String, media: Int) {
    guard index.media.indices.contains(media), text.consists(of: { $0 > 0x20 && $0 < 0x7F }) else { return }
    setMedia(media, index.media[media].transportText.range) { $0.append(text: text) }
  }

  /// The formats in `m=`; nil when there is no such stream.
  func formats(of media: Int) -> [String]? {
    index.media.indices.contains(media) ? description.media[media].formats : nil
  }

  /// Replaces the formats in `m=`.
  mutating func setFormats(_ formats: [String], media: Int) {
    setMedia(media, index.media[media].formatsText.range) { $0.append(text: formats.joined(separator: " ")) }
  }

  /// Takes out what is said of formats.
  mutating func removeAttributes(of formats: Set<String>, media: Int) {
    guard !formats.isEmpty else { return }
    let bytes = description.storage.bytes
    for number in lines(of: media) {
      switch index.lines[number].attribute {
      case .rtpmap, .fmtp, .rtcpFeedback:
        guard let value = index.lines[number].attributeValue else { continue }
        let format = bytes[value].prefix { $0 != UInt8(ascii: " ") }
        if formats.contains(String(decoding: format, as: UTF8.self)) { changed[number] = [] }
      default: break
      }
    }
  }

  private mutating func setMedia(_ media: Int, _ range: Range<Int>, _ write: (inout [UInt8]) -> Void) {
    let number = index.media[media].lines.lowerBound
    let value = index.lines[number].value.range
    let bytes = description.storage.bytes
    changed[number] = line("m") {
      $0.append(copying: bytes.span.extracting(value.lowerBound..<range.lowerBound))
      write(&$0)
      $0.append(copying: bytes.span.extracting(range.upperBound..<value.upperBound))
    }
  }

  /// Says which way media flows in a section, in place of what it said.
  public mutating func setDirection(_ direction: MediaDirection, media: Int?) {
    let lines = lines(of: media)
    guard !lines.isEmpty else { return }
    let text = line("a") { $0.append(text: direction.attribute.text) }
    var isFirst = true
    for number in lines where MediaDirection(index.lines[number].attribute) != nil {
      changed[number] = isFirst ? text : []
      isFirst = false
    }
    if isFirst { insert(text, before: lines.upperBound) }
  }

  /// Takes every attribute of a name out of a section.
  public mutating func remove(_ name: AttributeName, media: Int?) {
    guard name != .other else { return }
    for number in lines(of: media) where index.lines[number].attribute == name { changed[number] = [] }
  }

  /// Adds an attribute at the end of a section.
  public mutating func append(_ value: some SDPAttributeValue, named name: AttributeName? = nil, media: Int?) {
    append(
      line("a") { output in
        output.append(text: (name ?? type(of: value).attribute).text)
        output.append(UInt8(ascii: ":"))
        value.write(into: &output)
      }, media)
  }

  /// Adds an attribute without a value at the end of a section.
  public mutating func append(flag name: AttributeName, media: Int?) {
    guard name != .other else { return }
    append(line("a") { $0.append(text: name.text) }, media)
  }

  /// Adds an attribute as text, such as `X-nat:0`, at the end of a section; nothing happens when it would break the line.
  public mutating func append(attribute text: String, media: Int?) {
    guard !text.isEmpty, text.isLineText else { return }
    append(line("a") { $0.append(text: text) }, media)
  }

  private mutating func append(_ text: [UInt8], _ media: Int?) {
    let lines = lines(of: media)
    if !lines.isEmpty { insert(text, before: lines.upperBound) }
  }

  // MARK: The result

  /// The description with all changes made.
  ///
  /// - Throws: a limit that is exceeded.
  public func finish(limits: SDPLimits = .default) throws(SDPError) -> SessionDescription {
    let bytes = description.storage.bytes
    var splicer = SDPSplicer(bytes.span, growth: 64 * (changed.count + inserted.count))
    for number in 0...index.lines.count {
      let start = number < index.lines.count ? index.lines[number].start : bytes.count
      if let texts = inserted[number] {
        splicer.insert(at: start) { output, lineEnd in
          for text in texts {
            output.append(contentsOf: text)
            output.append(text: lineEnd)
          }
        }
      }
      guard number < index.lines.count, let text = changed[number] else { continue }
      let next = number + 1 < index.lines.count ? index.lines[number + 1].start : bytes.count
      splicer.replace(start..<(text.isEmpty ? next : index.lines[number].value.upperBound)) {
        $0.append(contentsOf: text)
      }
    }
    return try SessionDescription(parsing: splicer.finish(), limits: limits)
  }

  private func line(_ letter: String, _ body: (inout [UInt8]) -> Void) -> [UInt8] {
    var text = Array(letter.utf8)
    text.append(UInt8(ascii: "="))
    body(&text)
    return text
  }

  private mutating func insert(_ text: [UInt8], before number: Int) { inserted[number, default: []].append(text) }

  /// In front of the first line of a section that is none of `letters`.
  private func place(in lines: Range<Int>, after letters: String) -> Int {
    let letters = Array(letters.utf8)
    return lines.first { !letters.contains(index.lines[$0].letter) } ?? lines.upperBound
  }
}
