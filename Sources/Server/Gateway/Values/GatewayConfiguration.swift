import H245
import H323Endpoint
import PER

/// Who a ``Gateway`` is and what it does.
public struct GatewayConfiguration: Sendable {
  /// The host of its Contact and Via: a name that nobody can have (RFC 2606), so that no message for it is ever sent
  /// anywhere but over the proxy in the same process.
  public static let host = "gateway.invalid"

  /// Our first domain: of those whom H.323 names without one.
  public var domain: String
  /// The value of User-Agent and Server; empty for neither.
  public var product = ""
  /// The H.323 side: type gateway, terminalType 60.
  public var endpoint: H323EndpointConfiguration
  /// Under which object identifier a Setup's nonStandardData carries the trace_id (DOMAIN §9); nil: it carries none.
  public var traceIdentifier: ObjectIdentifier?
  /// The codecs that may be agreed on, of those that both protocols can name (``AudioFormat``).
  public var codecs: [AudioCapability.Codec] = AudioFormat.all.map(\.codec)
  /// The session interval (RFC 4028) that ends calls whose phone has vanished, in seconds; nil for none.
  public var sessionSeconds: UInt32? = 1_800
  /// How long the far side may take until both directions of the media are open: beyond the endpoint's own patience.
  public var mediaPatience = Duration.seconds(12)
  /// How long a re-INVITE waits for the channels that it asks for.
  public var changePatience = Duration.seconds(5)
  /// How long the far side may take to close a channel before it is told again what we take.
  public var reopenPatience = Duration.seconds(2)
  /// How long the codecs of the two directions may differ before a call is answered with both.
  public var alignPatience = Duration.seconds(3)
  /// How long a room may take to say by which number it takes telephone events, if at all.
  public var eventsPatience = Duration.seconds(2)
  /// How long a change on the H.323 side is watched before the phone hears of it: channels close and open one by one.
  public var settling = Duration.milliseconds(100)
  /// How long a call may take to be answered.
  public var setupPatience = Duration.seconds(200)
  /// How long a call may last.
  public var longestCall = Duration.seconds(86_400)
  /// What may be held.
  public var limits = GatewayLimits()

  /// A gateway.
  public init(domain: String, endpoint: H323EndpointConfiguration) {
    self.domain = domain
    self.endpoint = endpoint
  }
}

/// What a ``Gateway`` may hold.
public struct GatewayLimits: Sendable, Hashable {
  /// Calls at a time; what comes then is refused: 503, or cause 42.
  public var calls = 1_000
  /// Changes of media that one call may bring before it ends: two sides that never agree.
  public var changes = 256
  /// Bytes of an alias, and of a display name.
  public var aliasBytes = 256
  /// Streams of a description; one with more is refused with 488.
  public var streams = 8

  /// The defaults.
  public init() {}
}
