// When two URIs mean the same (RFC 3261 §19.1.4), and the one text of an address-of-record (§10.3).

extension SIPURI {
  /// Whether the two URIs are equivalent by the rules of §19.1.4. Symmetric and reflexive, but not transitive: a
  /// parameter that only one of two URIs has is ignored.
  ///
  /// - `sip` and `sips` never match. Userinfo compares with case, everything else without; `method` values keep their
  ///   case, as methods do (§7.1).
  /// - Characters outside the reserved set equal their escapes; reserved ones do not.
  /// - A component with a default value does not match its absence: port, `transport`, `ttl`, `user`, `method`.
  ///   For `transport` the rule's text and its bullet list disagree; the examples settle it.
  /// - `maddr` in one URI only never matches. Every other parameter must match if both have it.
  /// - Header components are never ignored. They match name by name in any order, values of one name in order (§7.3.1).
  public func isEquivalent(to other: SIPURI) -> Bool {
    isEquivalent(to: other, depth: 0)
  }

  func isEquivalent(to other: SIPURI, depth: Int) -> Bool {
    scheme == other.scheme && port == other.port && host == other.host
      && SIPURI.matches(user, other.user, ignoringCase: false)
      && SIPURI.matches(password, other.password, ignoringCase: false)
      && parametersMatch(other) && headersMatch(other, depth: depth)
  }

  private static func matches(_ left: String?, _ right: String?, ignoringCase: Bool) -> Bool {
    switch (left, right) {
    case (nil, nil): true
    case (let left?, let right?): left.matchesComponent(right, ignoringCase: ignoringCase)
    default: false
    }
  }

  private func parametersMatch(_ other: SIPURI) -> Bool {
    for name in ["user", "ttl", "method", "maddr", "transport"]
    where parameters.contains(name) != other.parameters.contains(name) {
      return false
    }
    for parameter in parameters.entries {
      guard let counterpart = other.parameters[parameter.name] else { continue }
      let isMethod = parameter.name.matchesComponent("method", ignoringCase: true)
      guard SIPURI.matches(parameter.rawValue, counterpart.rawValue, ignoringCase: !isMethod) else { return false }
    }
    return true
  }

  private func headersMatch(_ other: SIPURI, depth: Int) -> Bool {
    guard headers.count == other.headers.count else { return false }
    // The n-th value of a name here must match the n-th value of that name there.
    var isTaken = Array(repeating: false, count: other.headers.count)
    for header in headers {
      let counterpart = other.headers.indices.first {
        !isTaken[$0] && header.name.matchesComponent(other.headers[$0].name, ignoringCase: true)
      }
      guard let counterpart, header.valueMatches(other.headers[counterpart], depth: depth) else { return false }
      isTaken[counterpart] = true
    }
    return true
  }
}

extension URIHeader {
  /// "The matching rules are defined for each header field in Section 20" (§19.1.4): addresses compare as URIs with
  /// their parameters, Call-ID, Subject and bodies byte for byte, everything else without case outside quotes (§7.3.1).
  fileprivate func valueMatches(_ other: URIHeader, depth: Int) -> Bool {
    if value.matchesComponent(other.value, ignoringCase: false) { return true }
    let name = String(decoding: URIEscape.decode(name), as: UTF8.self).asciiLowercased
    switch name {
    case "body", "subject", "call-id", "i", "s":
      return false
    case "from", "f", "to", "t", "contact", "m", "route", "record-route", "reply-to", "refer-to", "r":
      // A URI in a URI's header may carry headers itself; one level is enough for any use there is.
      guard depth == 0, let left = address, let right = other.address else { return false }
      return left.isEquivalent(to: right, depth: depth + 1)
    default:
      return URIEscape.decode(value).equalsIgnoringCaseOutsideQuotes(URIEscape.decode(other.value))
    }
  }

  private var address: AddressAndParameters? {
    let decoded = URIEscape.decode(value)
    return try? AddressAndParameters(parsing: decoded.span)
  }
}

extension [UInt8] {
  fileprivate func equalsIgnoringCaseOutsideQuotes(_ other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    var isQuoted = false
    var isEscaped = false
    for (left, right) in zip(self, other) {
      guard left == right || !isQuoted && left.asciiLowercased == right.asciiLowercased else { return false }
      if isQuoted, !isEscaped, left == UInt8(ascii: "\\") {
        isEscaped = true
      } else {
        if left == UInt8(ascii: "\""), !isEscaped { isQuoted.toggle() }
        isEscaped = false
      }
    }
    return true
  }
}

// MARK: - Address-of-record

extension SIPURI {
  /// What registrar and guard look this address up by: `user@host`, or `host` when there is no user.
  ///
  /// Everything that does not say who is meant is gone: the scheme, so that `sips:` is no way around a rule for `sip:`;
  /// password, port, parameters and headers (§10.3 step 5). In the user part, whatever may stand unescaped does
  /// (`%63ouncil` is `council`, `%2B49` is `+49`: within the user part no character but `:` and `@` separates anything);
  /// what may not (NUL, space, `%`, `@`, `:`, `#`, non-ASCII) is an escape in upper case, so distinct users stay distinct
  /// and the text never holds a control character. The host is in lower case without a final dot, an address in its
  /// canonical form.
  ///
  /// Equivalent URIs (`isEquivalent(to:)`) have the same text; the reverse does not hold.
  public var normalizedAOR: String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64)
    if let user {
      let utf8 = user.utf8
      bytes.appendNormalized(user: utf8.span)
    }
    bytes.appendNormalized(host: host)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension SIPMessageView {
  /// `SIPURI.normalizedAOR` of a URI of this message that has been taken apart, without making a `SIPURI` of it; nil when
  /// it is no sip or sips URI.
  public func normalizedAOR(of uri: SIPURIField) -> String? {
    guard uri.scheme == .sip || uri.scheme == .sips, let host = SIPHost(parsing: slice(uri.host)) else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(64)
    if let user = uri.user { bytes.appendNormalized(user: slice(user)) }
    bytes.appendNormalized(host: host)
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension [UInt8] {
  fileprivate mutating func appendNormalized(user: Span<UInt8>) {
    var reader = EscapeReader(user, keeping: ByteSet.user.complement)
    while let character = reader.next() { character.append(to: &self) }
    append(UInt8(ascii: "@"))
  }

  fileprivate mutating func appendNormalized(host: SIPHost) {
    switch host {
    case .name(let name): append(ascii: name.withoutFinalDot)
    case .address: host.write(into: &self)
    }
  }
}
