import PER
import Wire

/// Who an endpoint is, and which gatekeepers it may use.
public struct RASClientConfiguration: Sendable {
  /// The addresses to try, in order.
  public var gatekeepers: [SocketAddress]
  /// The gatekeeper that is wanted, where several answer.
  public var gatekeeperIdentifier: BMPString?
  /// Where RAS reaches this endpoint.
  public var rasAddress: TransportAddress
  /// Where calls reach it.
  public var callSignalAddress: [TransportAddress]
  /// What it is.
  public var terminalType: EndpointType
  /// How it is called.
  public var terminalAlias: [AliasAddress]
  /// Who made it.
  public var endpointVendor: VendorIdentifier
  /// How long a registration shall last, in seconds; the gatekeeper may say less.
  public var timeToLive = 300
  /// By which mechanisms messages can be proven, as GRQ offers them (H.235.0); empty: none is offered. A gatekeeper that
  /// chooses another one is left. Whoever sends and receives messages puts tokens in and checks them.
  public var authenticationCapability: [AuthenticationMechanism] = []
  /// With which algorithms.
  public var algorithmOIDs: [ObjectIdentifier] = []
  /// The number before the first request's: random where old answers could be played to a client that has begun anew.
  public var firstNumber: UInt16 = 0
  /// Whether GRQ comes before RRQ.
  public var discovers = true
  /// How long an answer is waited for before a request is repeated. The standard recommends 3 to 5 s; with this and two
  /// repetitions, a silent gatekeeper is left after 3 s.
  public var timeout = Duration.seconds(1)
  /// How often a request is repeated.
  public var repetitions = 2
  /// How long nothing is tried after no gatekeeper was left.
  public var pause = Duration.seconds(10)

  /// An endpoint with the usual times.
  public init(
    gatekeepers: [SocketAddress], rasAddress: TransportAddress, callSignalAddress: [TransportAddress],
    terminalType: EndpointType, terminalAlias: [AliasAddress], endpointVendor: VendorIdentifier
  ) {
    self.gatekeepers = gatekeepers
    self.rasAddress = rasAddress
    self.callSignalAddress = callSignalAddress
    self.terminalType = terminalType
    self.terminalAlias = terminalAlias
    self.endpointVendor = endpointVendor
  }
}

/// How much a client keeps and believes.
public enum RASClientLimits {
  /// The most requests that are open at once.
  public static let maxPending = 256
  /// The most alternate gatekeepers that are remembered.
  public static let maxAlternates = 16
  /// How often refusals may name other gatekeepers before a pause.
  public static let maxRedirections = 4
  /// The longest that RIP puts an answer off; it can say 65.536 s.
  public static let maxDelay = Duration.seconds(30)
  /// The shortest time to live that is kept to, in seconds: a shorter one would be a flood of keep-alives.
  public static let minTimeToLive = 10
}
