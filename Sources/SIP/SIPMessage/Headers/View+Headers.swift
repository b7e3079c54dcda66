import Wire

// Owned values of a message's headers, over all lines of a name where the header is a list. For what a proxy does with
// every message the places of `View/` are cheaper; these are for what is looked at once.
//
// Absent means nil or an empty list, except where a message must have the header. Errors name the header and count
// offsets from the message's start.

extension SIPMessageView {
  /// Via, topmost first (RFC 3261 §20.42).
  public func vias() throws(SIPParseError) -> [ViaHeader] { try values(of: .via) }

  /// From (§20.20).
  public func fromHeader() throws(SIPParseError) -> FromHeader { try value(of: .from, try required(.from)) }

  /// To (§20.39).
  public func toHeader() throws(SIPParseError) -> ToHeader { try value(of: .to, try required(.to)) }

  /// Contact (§20.10).
  public func contacts() throws(SIPParseError) -> ContactList {
    var list = ContactList.contacts([])
    var place = place(of: .contact)
    while let current = place {
      var scanner = scanner(header(at: current).valueRange, .contact)
      try list.append(scanning: &scanner)
      place = self.place(of: .contact, from: current + 1)
    }
    return list
  }

  /// Route, the next hop first (§20.34).
  public func routes() throws(SIPParseError) -> [RouteHeader] { try values(of: .route) }

  /// Record-Route, the last proxy first (§20.30).
  public func recordRoutes() throws(SIPParseError) -> [RecordRouteHeader] { try values(of: .recordRoute) }

  /// Path, the proxy nearest to the registrar first (RFC 3327 §4).
  public func paths() throws(SIPParseError) -> [PathHeader] { try values(of: .path) }

  /// Service-Route (RFC 3608 §5).
  public func serviceRoutes() throws(SIPParseError) -> [ServiceRouteHeader] { try values(of: .serviceRoute) }

  /// CSeq (§20.16).
  public func cseqHeader() throws(SIPParseError) -> CSeqHeader { try value(of: .cseq, try required(.cseq)) }

  /// Call-ID (§20.8).
  public func callIDHeader() throws(SIPParseError) -> CallIDHeader { try value(of: .callID, try required(.callID)) }
}

// MARK: - Capabilities and bodies

extension SIPMessageView {
  /// Allow (§20.5); nil when it is absent, which says nothing about what the sender understands.
  public func allow() throws(SIPParseError) -> AllowHeader? {
    guard contains(.allow) else { return nil }
    var list = try AllowHeader([])
    var place = place(of: .allow)
    while let current = place {
      var scanner = scanner(header(at: current).valueRange, .allow)
      try list.append(line: &scanner)
      place = self.place(of: .allow, from: current + 1)
    }
    return list
  }

  /// Supported (§20.37).
  public func supported() throws(SIPParseError) -> OptionTags { try optionTags(.supported) }

  /// Require (§20.32).
  public func require() throws(SIPParseError) -> OptionTags { try optionTags(.require) }

  /// Proxy-Require (§20.29).
  public func proxyRequire() throws(SIPParseError) -> OptionTags { try optionTags(.proxyRequire) }

  /// Unsupported (§20.40).
  public func unsupported() throws(SIPParseError) -> OptionTags { try optionTags(.unsupported) }

  private func optionTags(_ name: SIPHeaderName) throws(SIPParseError) -> OptionTags {
    var list = try OptionTags([])
    var place = place(of: name)
    while let current = place {
      var scanner = scanner(header(at: current).valueRange, name)
      try list.append(line: &scanner)
      place = self.place(of: name, from: current + 1)
    }
    return list
  }

  /// Content-Type (§20.15).
  public func contentType() throws(SIPParseError) -> MediaType? { try value(of: .contentType) }

  /// Content-Disposition (§20.11).
  public func contentDisposition() throws(SIPParseError) -> ContentDispositionHeader? {
    try value(of: .contentDisposition)
  }

  /// The parts of a multipart body, as places in the message; nil when the body is none.
  public func multipartBody(
    limits: MultipartBody.Limits = MultipartBody.Limits()
  ) throws(SIPParseError) -> MultipartBody? {
    guard let type = try contentType(), type.isMultipart else { return nil }
    return try MultipartBody(bytes, body.range, as: type, limits: limits)
  }

  /// Accept (§20.1); nil when it is absent, which means `application/sdp` in an INVITE.
  public func accept() throws(SIPParseError) -> AcceptHeader? {
    guard contains(.accept) else { return nil }
    var list = AcceptHeader([])
    var place = place(of: .accept)
    while let current = place {
      var scanner = scanner(header(at: current).valueRange, .accept)
      try list.append(scanning: &scanner)
      place = self.place(of: .accept, from: current + 1)
    }
    return list
  }
}

// MARK: - Times, reasons, warnings

extension SIPMessageView {
  /// Date (§20.17).
  public func date() throws(SIPParseError) -> DateHeader? { try value(of: .date) }

  /// Min-Expires (§20.23).
  public func minExpires() throws(SIPParseError) -> MinExpiresHeader? { try value(of: .minExpires) }

  /// Retry-After (§20.33).
  public func retryAfter() throws(SIPParseError) -> RetryAfterHeader? { try value(of: .retryAfter) }

  /// Session-Expires (RFC 4028 §4).
  public func sessionExpires() throws(SIPParseError) -> SessionExpiresHeader? { try value(of: .sessionExpires) }

  /// Min-SE (RFC 4028 §5).
  public func minSE() throws(SIPParseError) -> MinSEHeader? { try value(of: .minSE) }

  /// Reason (RFC 3326).
  public func reasons() throws(SIPParseError) -> [ReasonHeader] { try values(of: .reason) }

  /// Warning (§20.43).
  public func warnings() throws(SIPParseError) -> [WarningHeader] { try values(of: .warning) }
}

// MARK: - Authentication and identity

extension SIPMessageView {
  /// The challenges of WWW-Authenticate (§20.44) or Proxy-Authenticate (§20.27), or the credentials of Authorization
  /// (§20.7) or Proxy-Authorization (§20.28), as `name` says.
  public func authentication(_ name: SIPHeaderName) throws(SIPParseError) -> [AuthenticationHeader] {
    try values(of: name)
  }

  /// Authentication-Info (§20.6).
  public func authenticationInfo() throws(SIPParseError) -> AuthenticationInfoHeader? {
    try value(of: .authenticationInfo)
  }

  /// P-Asserted-Identity (RFC 3325 §9.1): none, one, or two of which one is a sip or sips URI and the other a tel URI.
  public func assertedIdentities() throws(SIPParseError) -> [PAssertedIdentityHeader] {
    let values: [PAssertedIdentityHeader] = try values(of: .pAssertedIdentity)
    let telephones = values.count { if case .tel = $0.address.uri { true } else { false } }
    let others = values.count { if case .other = $0.address.uri { true } else { false } }
    let start = first(.pAssertedIdentity)?.valueRange.lowerBound ?? 0
    guard others == 0 else { throw SIPParseError(.unknownValue, at: start, in: .pAssertedIdentity) }
    guard telephones <= 1, values.count - telephones <= 1 else {
      throw SIPParseError(.tooManyValues, at: start, in: .pAssertedIdentity)
    }
    return values
  }

  /// Privacy (RFC 3323 §4.2).
  public func privacy() throws(SIPParseError) -> PrivacyHeader? { try value(of: .privacy) }

  /// Identity (RFC 8224 §4).
  public func identities() throws(SIPParseError) -> [IdentityHeader] { try values(of: .identity) }
}

// MARK: - Extensions

extension SIPMessageView {
  /// Event (RFC 6665 §8.2.1).
  public func event() throws(SIPParseError) -> EventHeader? { try value(of: .event) }

  /// Refer-To (RFC 3515 §2.1).
  public func referTo() throws(SIPParseError) -> ReferToHeader? { try value(of: .referTo) }

  /// Replaces (RFC 3891 §6.1).
  public func replaces() throws(SIPParseError) -> ReplacesHeader? { try value(of: .replaces) }

  /// RSeq (RFC 3262 §7.1).
  public func rSeq() throws(SIPParseError) -> RSeqHeader? { try value(of: .rSeq) }

  /// RAck (RFC 3262 §7.2).
  public func rAck() throws(SIPParseError) -> RAckHeader? { try value(of: .rAck) }
}

// MARK: - How they are read

extension SIPMessageView {
  /// The value of a header that may stand once; nil when it does not stand at all.
  private func value<Value: SIPValue>(of name: SIPHeaderName) throws(SIPParseError) -> Value? {
    guard let entry = try single(name) else { return nil }
    return try value(of: name, entry)
  }

  private func value<Value: SIPValue>(
    of name: SIPHeaderName, _ entry: SIPHeaderEntry
  ) throws(SIPParseError) -> Value {
    var scanner = scanner(entry.valueRange, name)
    return try Value.whole(&scanner)
  }

  /// The values of all lines of a list header, in order.
  private func values<Value: SIPValue>(of name: SIPHeaderName) throws(SIPParseError) -> [Value] {
    var values: [Value] = []
    var place = place(of: name)
    while let current = place {
      var scanner = scanner(header(at: current).valueRange, name)
      try Value.appendList(&scanner, to: &values)
      place = self.place(of: name, from: current + 1)
    }
    return values
  }
}
