/// What an ``H323Endpoint`` may hold, how much of a message it believes, and for how long it waits. Beyond it new calls are
/// refused; running ones are not touched.
public struct H323EndpointLimits: Sendable, Hashable {
  /// Connections of one call at a time: call signalling, and H.245 or the listener for it.
  public static let maxLinksPerCall = 2

  /// Calls at a time, theirs and ours; a Setup beyond is answered with cause 42.
  public var maxCalls: Int
  /// Connections that were taken and have not brought a Setup yet; one beyond is not taken.
  public var maxWaitingLinks: Int
  /// Octets of a message; a longer one is a fault.
  public var maxMessageOctets: Int
  /// H.245 messages that are read out of one call signalling message; those behind are passed over.
  public var maxTunnelledMessages: Int
  /// H.245 messages that wait for a way to the peer; one beyond ends the call.
  public var maxQueuedMessages: Int
  /// Elements of a fastStart that are looked at; those behind are passed over.
  public var maxFastStartElements: Int
  /// Addresses of one list of a Setup that the user is told; those behind are passed over.
  public var maxAliases: Int
  /// Digits of a party number; a Setup with more is answered with cause 28.
  public var maxNumberDigits: Int
  /// Digits that wait until the peer has said how it takes them; one beyond is lost.
  public var maxQueuedDigits: Int
  /// Messages of one call that cannot be read; one beyond ends it.
  public var maxFaults: Int
  /// How often a call may be led elsewhere before it is answered; once more ends it.
  public var maxRedirections: Int
  /// How long the user may take to say what becomes of that.
  public var redirectionPatience: Duration
  /// How long a connection may be without a Setup.
  public var setupPatience: Duration
  /// How long the peer's endSessionCommand, or its ReleaseComplete after it, is waited for.
  public var endPatience: Duration
  /// How long the peer may take to close its channel before we ask it to in so many words.
  public var reopenPatience: Duration

  /// 1,000 calls.
  public static let `default` = H323EndpointLimits()

  /// Limits; what is not named keeps its default.
  public init(
    maxCalls: Int = 1_000, maxWaitingLinks: Int = 256, maxMessageOctets: Int = 32_768, maxTunnelledMessages: Int = 32,
    maxQueuedMessages: Int = 64, maxFastStartElements: Int = 64, maxAliases: Int = 64, maxNumberDigits: Int = 128,
    maxQueuedDigits: Int = 64, maxFaults: Int = 16,
    maxRedirections: Int = 3, redirectionPatience: Duration = .seconds(10), setupPatience: Duration = .seconds(10),
    endPatience: Duration = .seconds(2), reopenPatience: Duration = .seconds(2)
  ) {
    self.maxCalls = maxCalls
    self.maxWaitingLinks = maxWaitingLinks
    self.maxMessageOctets = maxMessageOctets
    self.maxTunnelledMessages = maxTunnelledMessages
    self.maxQueuedMessages = maxQueuedMessages
    self.maxFastStartElements = maxFastStartElements
    self.maxAliases = maxAliases
    self.maxNumberDigits = maxNumberDigits
    self.maxQueuedDigits = maxQueuedDigits
    self.maxFaults = maxFaults
    self.maxRedirections = maxRedirections
    self.redirectionPatience = redirectionPatience
    self.setupPatience = setupPatience
    self.endPatience = endPatience
    self.reopenPatience = reopenPatience
  }
}
