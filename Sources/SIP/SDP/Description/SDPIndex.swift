import Wire

/// Where one line of a description lies: 16 bytes.
struct SDPLine: Sendable {
  /// What stands behind `x=`, without the line end; an empty line's place for an empty line.
  var value: ByteRange
  /// The letter before the `=`; 0 for an empty line.
  var letter: UInt8
  /// Which attribute it is; `other` for lines that are none.
  var attribute: AttributeName = .other
  /// The length of an attribute's name.
  var nameLength: UInt16 = 0

  /// Where the line begins.
  var start: Int { letter == 0 ? value.lowerBound : value.lowerBound - 2 }

  /// What stands behind the colon of an attribute; nil for an attribute without one.
  var attributeValue: Range<Int>? {
    let colon = value.lowerBound + Int(nameLength)
    return colon < value.upperBound ? (colon + 1)..<value.upperBound : nil
  }

  /// The name of an attribute.
  var attributeName: Range<Int> { value.lowerBound..<(value.lowerBound + Int(nameLength)) }
}

/// What one `m=` says, and which lines are below it.
struct SDPMediaEntry: Sendable {
  /// The line of `m=` itself and those below it.
  var lines: Range<Int>
  /// The first `c=` below it.
  var connectionLine: Int?
  var direction: MediaDirection?
  var type: MediaType
  var transport: TransportProtocol
  var port: UInt16
  var portCount: UInt16
  var formatCount: Int
  var typeText: ByteRange
  /// The port without its count.
  var portText: ByteRange
  /// Where the port ends, with its count.
  var portEnd: Int
  var transportText: ByteRange
  var formatsText: ByteRange

  /// Whether so many ports are there from one on; RTP takes two for each (§5.14).
  static func fits(_ port: UInt64, count: UInt64, _ transport: TransportProtocol) -> Bool {
    port + (count - 1) * (transport.isRTP ? 2 : 1) <= 65_535
  }

  /// What to replace by another port: with the count where that would not fit.
  func portRange(for port: UInt16) -> Range<Int> {
    let fits = Self.fits(UInt64(port), count: UInt64(portCount), transport)
    return portText.lowerBound..<(fits ? portText.upperBound : portEnd)
  }
}

/// The lines of a description, checked and in their order (RFC 8866 §5): bytes in, places out, nothing copied.
///
/// What real descriptions get wrong without leaving a doubt is let in: LF alone as line end, no line end at the end,
/// empty lines, no `s=`, no `t=`, any order of lines within the session and within a media description, `t=` and its
/// like behind `m=`, letters nobody knows, blanks at line ends.
struct SDPIndex: Sendable {
  private(set) var lines: [SDPLine] = []
  private(set) var media: [SDPMediaEntry] = []
  private(set) var originLine = 0
  private(set) var nameLine: Int?
  private(set) var connectionLine: Int?
  private(set) var direction: MediaDirection?

  private var hasVersion = false
  private var hasOrigin = false
  private var otherLines = 0
  private var attributes = 0
  private var candidates = 0
  /// One bit for every letter that may stand once in the section.
  private var seen: UInt32 = 0

  init(_ bytes: Span<UInt8>, limits: SDPLimits) throws(SDPError) {
    let maxBytes = min(limits.maxBytes, 1 << 30)
    guard bytes.count <= maxBytes else { throw SDPError(.tooManyBytes, at: maxBytes) }
    let maxLineBytes = min(limits.maxLineBytes, 65_535)
    lines.reserveCapacity(min(bytes.count / 20 + 4, 2_048))
    var position = 0
    while position < bytes.count {
      let start = position
      var end = start
      while end < bytes.count, bytes[end] > 0x0D || !bytes[end].endsLine { end += 1 }
      guard end - start <= maxLineBytes else { throw error(.lineTooLong, at: start + maxLineBytes) }
      if end == bytes.count {
        position = end
      } else if bytes[end] == 0x0A {
        position = end + 1
      } else {
        guard bytes[end] == 0x0D else { throw error(.nul, at: end) }
        guard end + 1 < bytes.count, bytes[end + 1] == 0x0A else { throw error(.strayCarriageReturn, at: end) }
        position = end + 2
      }
      try add(bytes, start..<end, limits)
    }
    guard hasVersion else { throw error(.missingVersion, at: 0) }
    guard hasOrigin else { throw error(.missingOrigin, at: bytes.count) }
    closeSection()
  }

  /// The lines of the session, before the first `m=`.
  var sessionLines: Range<Int> { 0..<(media.first?.lines.lowerBound ?? lines.count) }

  private func error(_ reason: SDPError.Reason, at offset: Int) -> SDPError {
    SDPError(reason, at: offset, line: lines.count + 1)
  }

  private mutating func closeSection() {
    if !media.isEmpty { media[media.count - 1].lines = media[media.count - 1].lines.lowerBound..<lines.count }
    seen = 0
    attributes = 0
    candidates = 0
  }

  // MARK: One line

  private mutating func add(_ bytes: Span<UInt8>, _ range: Range<Int>, _ limits: SDPLimits) throws(SDPError) {
    let start = range.lowerBound
    let letter: UInt8
    if range.isEmpty {
      letter = 0
    } else {
      guard range.count >= 2, bytes[start].isLetter, bytes[start + 1] == UInt8(ascii: "=") else {
        throw error(hasVersion ? .malformedLine : .missingVersion, at: start)
      }
      letter = bytes[start]
    }
    var line = SDPLine(value: ByteRange(letter == 0 ? range : (start + 2)..<range.upperBound), letter: letter)
    if letter == UInt8(ascii: "a"), hasVersion {
      try addAttribute(bytes, &line, limits)
    } else {
      otherLines += 1
      guard otherLines <= limits.maxLines else { throw error(.tooManyLines, at: start) }
      if letter != 0 { try check(bytes, line, limits) }
    }
    lines.append(line)
  }

  private mutating func addAttribute(
    _ bytes: Span<UInt8>, _ line: inout SDPLine, _ limits: SDPLimits
  ) throws(SDPError) {
    attributes += 1
    guard attributes <= limits.maxAttributes else { throw error(.tooManyAttributes, at: line.start) }
    var end = line.value.lowerBound
    while end < line.value.upperBound, bytes[end] != UInt8(ascii: ":"), !bytes[end].isBlank { end += 1 }
    guard end > line.value.lowerBound else { throw error(.malformedAttribute, at: end) }
    let name = line.value.lowerBound..<end
    // A blank within a name makes it none that is known; blanks behind a flag are dropped.
    var rest = end
    while rest < line.value.upperBound, bytes[rest].isBlank { rest += 1 }
    if rest == line.value.upperBound || bytes[end] == UInt8(ascii: ":") {
      line.attribute = AttributeName(parsing: bytes.extracting(name))
      line.nameLength = UInt16(truncatingIfNeeded: name.count)
    } else {
      while end < line.value.upperBound, bytes[end] != UInt8(ascii: ":") { end += 1 }
      line.nameLength = UInt16(truncatingIfNeeded: end - line.value.lowerBound)
    }
    if let direction = MediaDirection(line.attribute) {
      if media.isEmpty {
        self.direction = self.direction ?? direction
      } else {
        media[media.count - 1].direction = media[media.count - 1].direction ?? direction
      }
    } else if line.attribute == .candidate {
      candidates += 1
      guard candidates <= limits.maxCandidates else { throw error(.tooManyCandidates, at: line.start) }
    }
  }

  private mutating func check(_ bytes: Span<UInt8>, _ line: SDPLine, _ limits: SDPLimits) throws(SDPError) {
    var scanner = SDPScanner(bytes, line.value.range, line: lines.count + 1)
    let letter = line.letter
    if letter == UInt8(ascii: "v") {
      guard !hasVersion else { throw error(media.isEmpty ? .duplicateLine : .misplacedLine, at: line.start) }
      hasVersion = true
      guard (try? scanner.number()) == 0, scanner.rest().isEmpty else {
        throw error(.unsupportedVersion, at: line.value.lowerBound)
      }
      return
    }
    guard hasVersion else { throw error(.missingVersion, at: line.start) }
    switch letter {
    case UInt8(ascii: "o"):
      try checkPlace(letter, line)
      _ = try Origin(scanning: &scanner)
      originLine = lines.count
      hasOrigin = true
    case UInt8(ascii: "s"):
      try checkPlace(letter, line)
      nameLine = lines.count
    case UInt8(ascii: "m"):
      try addMedia(&scanner, line, limits)
    case UInt8(ascii: "c"):
      if media.isEmpty { try once(letter, line) }
      do throws(SDPError) {
        _ = try ConnectionAddress.scan(&scanner)
        try scanner.expectEnd()
      } catch {
        throw error.reason == .malformedAddress ? error : scanner.error(.malformedConnection, at: error.offset)
      }
      if media.isEmpty {
        connectionLine = lines.count
      } else if media[media.count - 1].connectionLine == nil {
        media[media.count - 1].connectionLine = lines.count
      }
    case UInt8(ascii: "b"):
      do throws(SDPError) { _ = try Bandwidth(scanning: &scanner) } catch {
        throw scanner.error(.malformedBandwidth, at: error.offset)
      }
    case UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "z"):
      do throws(SDPError) {
        switch letter {
        case UInt8(ascii: "t"): _ = try TimeDescription(scanning: &scanner)
        case UInt8(ascii: "r"): _ = try RepeatTimes(scanning: &scanner)
        default: _ = try TimeZoneAdjustment.scanList(&scanner)
        }
      } catch {
        throw scanner.error(.malformedTime, at: error.offset)
      }
    case UInt8(ascii: "i"), UInt8(ascii: "u"), UInt8(ascii: "k"):
      try once(letter, line)
    default:
      break
    }
  }

  /// A line of the session that may stand once.
  private mutating func checkPlace(_ letter: UInt8, _ line: SDPLine) throws(SDPError) {
    guard media.isEmpty else { throw error(.misplacedLine, at: line.start) }
    try once(letter, line)
  }

  private mutating func once(_ letter: UInt8, _ line: SDPLine) throws(SDPError) {
    let bit: UInt32 = 1 << UInt32((letter &- UInt8(ascii: "a")) & 31)
    guard seen & bit == 0 else { throw error(.duplicateLine, at: line.start) }
    seen |= bit
  }

  // MARK: m=

  @_lifetime(scanner: copy scanner)
  private mutating func addMedia(
    _ scanner: inout SDPScanner, _ line: SDPLine, _ limits: SDPLimits
  ) throws(SDPError) {
    guard media.count < limits.maxMedia else { throw error(.tooManyMedia, at: line.start) }
    do throws(SDPError) {
      let type = try scanner.token()
      try scanner.expectBlank()
      let portStart = scanner.position
      guard let port = try? scanner.number(upTo: 65_535) else { throw scanner.error(.malformedPort, at: portStart) }
      let portText = portStart..<scanner.position
      var portCount: UInt64 = 1
      if scanner.skip(UInt8(ascii: "/")) {
        guard let count = try? scanner.number(upTo: 65_535), count > 0 else {
          throw scanner.error(.malformedPort, at: portStart)
        }
        portCount = count
      }
      let portEnd = scanner.position
      try scanner.expectBlank()
      let transportText = try scanner.word()
      let transport = TransportProtocol(scanner, transportText)
      guard SDPMediaEntry.fits(port, count: portCount, transport) else {
        throw scanner.error(.malformedPort, at: portStart)
      }
      scanner.skipBlanks()
      let formats = scanner.rest()
      let formatCount = try SDPIndex.countFormats(scanner, formats, limits)
      // Some phones refuse a stream without saying which formats they refuse.
      guard formatCount > 0 || port == 0 else { throw scanner.error(.unexpectedEnd) }
      closeSection()
      media.append(
        SDPMediaEntry(
          lines: lines.count..<(lines.count + 1), connectionLine: nil, direction: nil,
          type: MediaType(scanner, type), transport: transport, port: UInt16(truncatingIfNeeded: port),
          portCount: UInt16(truncatingIfNeeded: portCount), formatCount: formatCount, typeText: ByteRange(type),
          portText: ByteRange(portText), portEnd: portEnd, transportText: ByteRange(transportText),
          formatsText: ByteRange(formats)))
    } catch {
      switch error.reason {
      case .malformedPort, .tooManyFormats: throw error
      default: throw scanner.error(.malformedMedia, at: error.offset)
      }
    }
  }

  private static func countFormats(
    _ scanner: borrowing SDPScanner, _ range: Range<Int>, _ limits: SDPLimits
  ) throws(SDPError) -> Int {
    var words = SDPScanner(scanner.bytes, range, line: scanner.line)
    var count = 0
    while !words.isAtEnd {
      let format = try words.word()
      count += 1
      guard count <= limits.maxFormats else { throw words.error(.tooManyFormats, at: format.lowerBound) }
      words.skipBlanks()
    }
    return count
  }
}

extension UInt8 {
  /// CR, LF and NUL: none of them may stand within a line.
  fileprivate var endsLine: Bool { self == 0x0A || self == 0x0D || self == 0 }
}
