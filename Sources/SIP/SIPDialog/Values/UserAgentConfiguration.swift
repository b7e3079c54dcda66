/// Who a `UserAgent` is and what it does.
public struct UserAgentConfiguration: Sendable, Hashable {
  /// How reliable provisional responses (RFC 3262) are treated.
  public enum Reliability: Sendable, Hashable {
    /// Not supported: an INVITE that requires `100rel` is refused with 420.
    case off
    /// Supported, and used by `ring` when it is asked to.
    case supported
    /// Required of the other side: an INVITE that does not support `100rel` is refused with 421, ours requires it.
    case required
  }

  /// The URI of Contact, where requests within a dialog reach us: `sip:alice@192.0.2.4:5060`.
  public var contact: String
  /// The host and port of our Via: `192.0.2.4:5060`.
  public var sentBy: String
  /// The value of User-Agent and Server; empty for neither.
  public var product: String
  /// Reliable provisional responses.
  public var reliability: Reliability
  /// The session interval in seconds that we ask for (RFC 4028); nil for none. What the other side asks for is granted
  /// all the same.
  public var sessionSeconds: UInt32?
  /// The shortest session interval that we accept, at least 90 s; below it a request is answered 422.
  public var minimumSessionSeconds: UInt32
  /// Whether everything goes to the hop that the call's messages came from or went to first, whatever its routes say: for
  /// an agent in one process with its proxy.
  public var hasOneHop = false

  /// A user agent at this address.
  public init(
    contact: String, sentBy: String, product: String = "", reliability: Reliability = .supported,
    sessionSeconds: UInt32? = nil, minimumSessionSeconds: UInt32 = 90
  ) {
    self.contact = contact
    self.sentBy = sentBy
    self.product = product
    self.reliability = reliability
    self.minimumSessionSeconds = max(90, minimumSessionSeconds)
    self.sessionSeconds = sessionSeconds.map { max($0, 90, minimumSessionSeconds) }
  }
}
