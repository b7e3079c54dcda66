/// A header's name: one case for each name this library knows, `other` for the rest, whose bytes stay in the message.
///
/// Names compare without case and their compact forms (§7.3.3) are the same header, so no filter that works on this type
/// can be fooled by spelling. The raw value is an index for tables and sets, nothing more.
public enum SIPHeaderName: UInt8, Sendable, Hashable, CaseIterable {
  // One line each (RFC 3261 §20, and the extensions' own words); these and the next group come first for `SIPHeaderSet`.
  case callID, cseq, from, to, maxForwards, contentLength, contentType, contentDisposition, date, expires
  case mimeVersion, minExpires, organization, priority, replyTo, retryAfter, server, subject, timestamp, userAgent
  case event, flowTimer, join, minSE, rAck, rSeq, referSub, referTo, referredBy, replaces, sessionExpires, sipETag
  case sipIfMatch, subscriptionState

  // Lists that a proxy looks into
  case via, contact, route, recordRoute, require, proxyRequire, authorization, proxyAuthorization, warning
  case supported, allow, path, serviceRoute

  // RFC 3261 §20, the rest
  case accept, acceptEncoding, acceptLanguage, alertInfo, authenticationInfo, callInfo, contentEncoding
  case contentLanguage, errorInfo, inReplyTo, proxyAuthenticate, unsupported, wwwAuthenticate

  // Extensions: RFC 3323, 3325, 3326, 3841, 5393, 6665, 7044, 8224
  case acceptContact, allowEvents, historyInfo, identity, identityInfo, maxBreadth, pAssertedIdentity
  case pPreferredIdentity
  case privacy, reason, rejectContact, requestDisposition

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
    case .maxBreadth: "Max-Breadth"
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
