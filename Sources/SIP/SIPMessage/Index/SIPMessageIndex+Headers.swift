import Wire

extension SIPMessageIndex {
  /// Indexes the header fields from `start` up to the empty line; the start of the body.
  ///
  /// A faulty line is noted, if it is the first, and left out.
  mutating func indexHeaders(_ bytes: Span<UInt8>, from start: Int, fault: inout SIPParseError?) -> Int {
    var position = start
    var present = SIPHeaderSet()
    var repeated = SIPHeaderSet()
    var count = 0
    defer {
      entryCount = count
      head.present = present
      head.repeated = repeated
    }
    let names = names
    let maxHeaders = limits.maxHeaders
    let maxLineBytes = min(limits.maxHeaderLineBytes, Int(UInt16.max))
    while true {
      if count == entries.count { entries.append(contentsOf: repeatElement(SIPHeaderEntry(), count: count)) }
      var slots = entries.mutableSpan
      let room = min(slots.count, maxHeaders)
      while true {
        let word = bytes.word(at: position)
        if word & 0xFFFF == 0x0A0D {
          head.emptyLine = ByteRange(at: position, to: position &+ 2)
          return position &+ 2
        }
        if count >= room { break }
        // The end first: the next line waits for it, and nothing waits for the name.
        let line = LineEnd(bytes, from: position)
        var name = names.match(bytes, at: position, word)
        var colon = position &+ name.length
        if name.length == 0 {
          guard let scanned = Self.scanSlowly(bytes, at: position, &fault) else {
            position = line.next
            if position >= bytes.count {
              Self.note(&fault, .missingEmptyLine, at: position)
              return bytes.count
            }
            continue
          }
          (name, colon) = scanned
        }
        if line.reason != nil || line.next &- position > maxLineBytes {
          let offset = line.reason == nil ? position : line.reasonOffset
          Self.note(&fault, line.reason ?? .headerLineTooLong, at: offset, in: name.name)
          position = line.next
          continue
        }
        let value = Self.trim(bytes, colon &+ 1, line.end)
        slots[count] = SIPHeaderEntry(
          lineStart: UInt32(truncatingIfNeeded: position), lineEnd: UInt32(truncatingIfNeeded: line.next),
          valueStart: value.lower, valueEnd: value.upper, nameLength: UInt16(truncatingIfNeeded: name.length),
          name: name.name, isFolded: line.isFolded)
        count &+= 1
        present.insert(name.name, repeated: &repeated)
        position = line.next
      }
      if count >= maxHeaders {
        Self.note(&fault, .tooManyHeaders, at: position)
        return bytes.count
      }
    }
  }

  private static func note(
    _ fault: inout SIPParseError?, _ reason: SIPParseError.Reason, at offset: Int, in name: SIPHeaderName? = nil
  ) {
    if fault == nil { fault = SIPParseError(reason, at: offset, in: name) }
  }

  /// Takes white space and folds from both ends.
  @inline(__always)
  private static func trim(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
    let space = UInt8(ascii: " ")
    if end &- start > 1, bytes[start] == space, bytes[start &+ 1] > space, bytes[end &- 1] > space {
      return ByteRange(at: start &+ 1, to: end)
    }
    return trimSlowly(bytes, start, end)
  }

  @inline(never)
  private static func trimSlowly(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
    var (lower, upper) = (start, end)
    while lower < upper, bytes[lower] <= UInt8(ascii: " ") { lower &+= 1 }
    while upper > lower, bytes[upper &- 1] <= UInt8(ascii: " ") { upper &-= 1 }
    return ByteRange(at: lower, to: upper)
  }

  /// The name at the start of a line that is not known, or has white space behind it, or is none: then nil, and the
  /// fault is noted.
  @inline(never)
  private static func scanSlowly(
    _ bytes: Span<UInt8>, at position: Int, _ fault: inout SIPParseError?
  ) -> (SIPHeaderNameTable.Match, colon: Int)? {
    var scanner = FieldScanner(bytes, position..<bytes.count)
    let token = scanner.run(while: .token)
    _ = scanner.run(of: .blank)
    let colon = scanner.position
    if !token.isEmpty, scanner.skip(UInt8(ascii: ":")) {
      return (SIPHeaderNameTable.Match(length: token.count, name: SIPHeaderName(token: bytes, token)), colon)
    }
    let reason: SIPParseError.Reason =
      switch scanner.peek() {
      case nil: .missingEmptyLine
      case UInt8(ascii: "\r")?: bytes.word(at: colon) & 0xFFFF == 0x0A0D ? .missingColon : .bareCarriageReturn
      case UInt8(ascii: "\n")?: .bareLineFeed
      case 0?: .nul
      case .some(0x01..<0x20): .controlCharacter
      default: colon > token.upperBound && !token.isEmpty ? .missingColon : .malformedHeaderName
      }
    note(&fault, reason, at: colon)
    return nil
  }
}
