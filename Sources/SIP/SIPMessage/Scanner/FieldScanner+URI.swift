// The pieces that URIs and Via share (RFC 3261 §25.1): host, port, escapes.

extension FieldScanner {
  /// `host`: a name, an IPv4 address, or an IPv6 address in brackets, which are part of the range.
  ///
  /// IPv6 literals are checked for their characters only: RFC 5118 §4.10 asks to tolerate what the ABNF's own mistake
  /// has produced. Whoever opens a socket parses them for good.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func host() throws(SIPParseError) -> Range<Int> {
    let start = position
    while !run(while: .hostLabel).isEmpty {
      // An empty label is the root's, behind the last dot, or a fault.
      guard skip(UInt8(ascii: ".")) else { break }
    }
    if position == start {
      var copy = self
      let reference = try copy.ipv6Reference()
      position = copy.position
      return reference
    }
    if next == UInt8(ascii: ".") { throw error(.malformedHost) }
    return start..<position
  }

  @_lifetime(self: copy self)
  @inline(never)
  private mutating func ipv6Reference() throws(SIPParseError) -> Range<Int> {
    let start = position
    guard skip(UInt8(ascii: "[")) else { throw error(.malformedHost) }
    let address = run(of: .ipv6)
    guard address.count >= 2, skip(UInt8(ascii: "]")) else { throw error(.malformedHost, at: start) }
    for place in address where bytes[place] == UInt8(ascii: ":") { return start..<position }
    throw error(.malformedHost, at: start)
  }

  /// `port`, behind its colon: 1 to 65535, since nobody can be reached at 0.
  @_lifetime(self: copy self)
  @inline(__always)
  package mutating func port() throws(SIPParseError) -> UInt16 {
    let start = position
    guard let value = digits(upTo: 65_535), value > 0 else { throw error(.malformedPort, at: start) }
    return UInt16(truncatingIfNeeded: value)
  }

  /// `pname` of a URI parameter, as its key, with escapes resolved: `%6C%72` is `lr` (RFC 4475 §3.1.1.3).
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func uriParameterName() throws(SIPParseError) -> ParameterKey {
    let name = run(while: .uriParameter)
    if next == UInt8(ascii: "%") {
      var copy = self
      copy.position = name.lowerBound
      let key = try copy.escapedParameterName()
      position = copy.position
      return key
    }
    if name.isEmpty { throw error(.malformedParameter) }
    return ParameterKey(bytes, name)
  }

  @_lifetime(self: copy self)
  private mutating func escapedParameterName() throws(SIPParseError) -> ParameterKey {
    var key = ParameterKey()
    while position < end {
      let byte = bytes[position]
      if byte == UInt8(ascii: "%") {
        key.append(try escape())
      } else {
        guard ByteClass.uriParameter.contains(byte) else { break }
        key.append(byte)
        position &+= 1
      }
    }
    return key
  }

  /// `pvalue` of a URI parameter; perhaps empty.
  @_lifetime(self: copy self)
  @inline(__always)
  mutating func uriParameterValue() throws(SIPParseError) -> Range<Int> {
    let value = run(while: .uriParameter)
    if next == UInt8(ascii: "%") {
      var copy = self
      _ = try copy.escapedRun(of: .uriParameter)
      position = copy.position
    }
    return value.lowerBound..<position
  }

  /// One escape: the byte it stands for.
  @_lifetime(self: copy self)
  private mutating func escape() throws(SIPParseError) -> UInt8 {
    guard isEscape(position) else { throw error(.malformedEscape) }
    let value = FieldScanner.hexValue(bytes[position + 1]) << 4 | FieldScanner.hexValue(bytes[position + 2])
    position += 3
    return value
  }

  private static func hexValue(_ digit: UInt8) -> UInt8 {
    digit < UInt8(ascii: "A") ? digit &- UInt8(ascii: "0") : (digit | 0x20) &- UInt8(ascii: "a") &+ 10
  }

  /// Checks that every `%` in `range` has its two digits within it.
  package func checkEscapes(_ range: Range<Int>) throws(SIPParseError) {
    for place in range where bytes[place] == UInt8(ascii: "%") {
      guard isEscape(place), place + 2 < range.upperBound else { throw error(.malformedEscape, at: place) }
    }
  }

  private func isEscape(_ place: Int) -> Bool {
    place < end - 2 && ByteSet.hexDigit.contains(bytes[place + 1]) && ByteSet.hexDigit.contains(bytes[place + 2])
  }
}
