/// A header's name: one case for each name this library knows, `other` for the rest, whose bytes stay in the message.
///
/// Names compare without case and their compact forms (§7.3.3) are the same header, so no filter that works on this type
/// can be fooled by spelling. The raw value is an index for tables, nothing more.
public enum SIPHeaderName: UInt8, Sendable, Hashable, CaseIterable {
  // RFC 3261 §20
  case accept, acceptEncoding, acceptLanguage, alertInfo, allow, authenticationInfo, authorization, callID, callInfo
  case contact, contentDisposition, contentEncoding, contentLanguage, contentLength, contentType, cseq, date, errorInfo
  case expires, from, inReplyTo, maxForwards, mimeVersion, minExpires, organization, priority, proxyAuthenticate
  case proxyAuthorization, proxyRequire, recordRoute, replyTo, require, retryAfter, route, server, subject, supported
  case timestamp, to, unsupported, userAgent, via, warning, wwwAuthenticate

  // Extensions: RFC 3262, 3265/6665, 3323–3327, 3515, 3608, 3841, 3891, 3892, 3903, 3911, 4028, 4488, 5626, 7044, 8224
  case acceptContact, allowEvents, event, flowTimer, historyInfo, identity, identityInfo, join, minSE
  case pAssertedIdentity, pPreferredIdentity, path, privacy, rAck, rSeq, reason, referSub, referTo, referredBy
  case rejectContact, replaces, requestDisposition, serviceRoute, sessionExpires, sipETag, sipIfMatch, subscriptionState

  // The domain's own
  case xIFTraceID, xIFHazard, xIFTimestamp, xIFSignature, xIFSource, xIFAuthenticatedUser

  /// A name that starts with `X-IF-` and is none of the above: whatever strips this family takes it along.
  case otherXIF
  /// A name this library does not know.
  case other
}

extension SIPHeaderName {
  /// Whether the name starts with `X-IF-`, known or not, however it was written.
  public var isXIF: Bool {
    rawValue >= SIPHeaderName.xIFTraceID.rawValue && rawValue <= SIPHeaderName.otherXIF.rawValue
  }

  /// The name as the standard writes it; `X-IF-…` and `header` for the two catch-alls.
  public var canonicalName: String {
    switch self {
    case .accept: "Accept"
    case .acceptEncoding: "Accept-Encoding"
    case .acceptLanguage: "Accept-Language"
    case .alertInfo: "Alert-Info"
    case .allow: "Allow"
    case .authenticationInfo: "Authentication-Info"
    case .authorization: "Authorization"
    case .callID: "Call-ID"
    case .callInfo: "Call-Info"
    case .contact: "Contact"
    case .contentDisposition: "Content-Disposition"
    case .contentEncoding: "Content-Encoding"
    case .contentLanguage: "Content-Language"
    case .contentLength: "Content-Length"
    case .contentType: "Content-Type"
    case .cseq: "CSeq"
    case .date: "Date"
    case .errorInfo: "Error-Info"
    case .expires: "Expires"
    case .from: "From"
    case .inReplyTo: "In-Reply-To"
    case .maxForwards: "Max-Forwards"
    case .mimeVersion: "MIME-Version"
    case .minExpires: "Min-Expires"
    case .organization: "Organization"
    case .priority: "Priority"
    case .proxyAuthenticate: "Proxy-Authenticate"
    case .proxyAuthorization: "Proxy-Authorization"
    case .proxyRequire: "Proxy-Require"
    case .recordRoute: "Record-Route"
    case .replyTo: "Reply-To"
    case .require: "Require"
    case .retryAfter: "Retry-After"
    case .route: "Route"
    case .server: "Server"
    case .subject: "Subject"
    case .supported: "Supported"
    case .timestamp: "Timestamp"
    case .to: "To"
    case .unsupported: "Unsupported"
    case .userAgent: "User-Agent"
    case .via: "Via"
    case .warning: "Warning"
    case .wwwAuthenticate: "WWW-Authenticate"
    case .acceptContact: "Accept-Contact"
    case .allowEvents: "Allow-Events"
    case .event: "Event"
    case .flowTimer: "Flow-Timer"
    case .historyInfo: "History-Info"
    case .identity: "Identity"
    case .identityInfo: "Identity-Info"
    case .join: "Join"
    case .minSE: "Min-SE"
    case .pAssertedIdentity: "P-Asserted-Identity"
    case .pPreferredIdentity: "P-Preferred-Identity"
    case .path: "Path"
    case .privacy: "Privacy"
    case .rAck: "RAck"
    case .rSeq: "RSeq"
    case .reason: "Reason"
    case .referSub: "Refer-Sub"
    case .referTo: "Refer-To"
    case .referredBy: "Referred-By"
    case .rejectContact: "Reject-Contact"
    case .replaces: "Replaces"
    case .requestDisposition: "Request-Disposition"
    case .serviceRoute: "Service-Route"
    case .sessionExpires: "Session-Expires"
    case .sipETag: "SIP-ETag"
    case .sipIfMatch: "SIP-If-Match"
    case .subscriptionState: "Subscription-State"
    case .xIFTraceID: "X-IF-Trace-ID"
    case .xIFHazard: "X-IF-Hazard"
    case .xIFTimestamp: "X-IF-Timestamp"
    case .xIFSignature: "X-IF-Signature"
    case .xIFSource: "X-IF-Source"
    case .xIFAuthenticatedUser: "X-IF-Authenticated-User"
    case .otherXIF: "X-IF-…"
    case .other: "header"
    }
  }

  /// The one-letter form (§7.3.3 and the extensions' registrations), where there is one.
  public var compactForm: Character? {
    switch self {
    case .acceptContact: "a"
    case .referredBy: "b"
    case .contentType: "c"
    case .requestDisposition: "d"
    case .contentEncoding: "e"
    case .from: "f"
    case .callID: "i"
    case .rejectContact: "j"
    case .supported: "k"
    case .contentLength: "l"
    case .contact: "m"
    case .identityInfo: "n"
    case .event: "o"
    case .referTo: "r"
    case .subject: "s"
    case .to: "t"
    case .allowEvents: "u"
    case .via: "v"
    case .sessionExpires: "x"
    case .identity: "y"
    default: nil
    }
  }
}
