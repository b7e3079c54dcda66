public import Guard
public import PER
public import Wire

/// Who a gatekeeper is and what it serves.
public struct GatekeeperConfiguration: Sendable {
  /// gatekeeperIdentifier; also generalID of H.235.1.
  public var identifier: BMPString
  /// Where RAS reaches it, for GCF and LCF.
  public var rasAddress: SocketAddress
  /// Where calls to rooms and to what the gateway serves go.
  public var callSignalAddress: SocketAddress
  /// Host parts that may stand behind a room or alias in a URL or an e-mail address (`council-7@if.internal`).
  public var domains: [String] = []
  /// The aliases that the gateway calls, beyond rooms and registered terminals.
  public var gatewayAliases: [WildcardPattern] = []
  /// Other gatekeepers that may ask where somebody is (LRQ).
  public var neighbours: [CIDR] = []
  /// Gatekeepers to go to when this one falls silent, in the order in which they are to be tried.
  public var alternates: [SocketAddress] = []
  /// Whether terminals that need no token may call rooms without asking (PreGrantedARQ).
  public var preGrants = false
  /// How long a registration lasts when the terminal does not say, and the longest that it may say, in seconds.
  public var timeToLive = 300
  /// How often a running call is asked for (IRQ).
  public var statusInterval = Duration.seconds(60)
  /// How often terminals are to tell of their calls by themselves, in seconds: before they are asked.
  var reportSeconds: Int { max(1, Int(clamping: statusInterval.components.seconds * 3 / 4)) }
  /// How long an answer to our own request is waited for before it is repeated.
  public var timeout = Duration.seconds(2)
  /// How often it is repeated.
  public var repetitions = 2

  /// A gatekeeper with the usual times.
  public init(identifier: BMPString, rasAddress: SocketAddress, callSignalAddress: SocketAddress) {
    self.identifier = identifier
    self.rasAddress = rasAddress
    self.callSignalAddress = callSignalAddress
  }
}

/// How much a gatekeeper holds and believes.
public struct GatekeeperLimits: Sendable {
  /// Registered endpoints.
  public var maxEndpoints = 1_024
  /// Admitted calls.
  public var maxCalls = 4_096
  /// Calls of one terminal.
  public var maxCallsOfTerminal = 32
  /// Aliases of one registration.
  public var maxAliases = 16
  /// Transport addresses in one list of a registration.
  public var maxAddresses = 8
  /// Own requests that wait for an answer.
  public var maxPending = 1_024
  /// Octets of a message.
  public var maxMessageBytes = 8_192
  /// Answers that are kept for a repeated request.
  public var maxAnswers = 4_096
  /// How long an answer is kept at least.
  public var answerLifetime = Duration.seconds(10)
  /// Tokens and hashes that are remembered, so that nobody uses them again.
  public var maxSpent = 65_536
  /// The shortest registration, in seconds: a shorter one would be a flood of keep-alives.
  public var minTimeToLive = 10
  /// How much later than its time a registration ends.
  public var grace = Duration.seconds(2)
  /// How often in a row the status of a call may stay unanswered.
  public var maxUnanswered = 3

  /// The usual limits.
  public init() {}
}
