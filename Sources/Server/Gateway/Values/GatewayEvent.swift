import H225
import H323Endpoint
import Wire

/// Something to be recorded of a call (DOMAIN §8), with what ties records together.
public struct GatewayEvent: Sendable {
  /// What happened.
  public enum Kind: Sendable {
    /// `h323.setup`, out.
    case setupSent(to: SocketAddress, destination: String)
    /// `h323.setup`, in.
    case setupReceived(from: SocketAddress, destination: String)
    /// `h323.progress`: the far side wants the call led elsewhere; where it goes, nil: nowhere.
    case redirected(H323Redirection, to: SocketAddress?)
    /// `h323.progress`: Alerting has come.
    case alerting
    /// `h323.connect`; whether ours.
    case connect(isOurs: Bool)
    /// `h323.release`.
    case release(H323Release)
    /// `bridge.established`: both directions are open, and the phone has its answer.
    case bridgeEstablished(GatewayMedia)
    /// `bridge.changed`
    case bridgeChanged(GatewayMedia)
    /// `bridge.failed`: with the status that the phone got, or the cause that the H.323 side got.
    case bridgeFailed(status: Int?, cause: UInt8)
    /// `bridge.terminated`
    case bridgeTerminated(cause: UInt8)
  }

  /// What.
  public var kind: Kind
  /// The SIP Call-ID.
  public var callID: String?
  /// The call's name in H.323.
  public var callIdentifier: GloballyUniqueID?
  /// Of the escalation.
  public var traceID: String?
}

/// The media of a call, for records.
public struct GatewayMedia: Sendable, Hashable {
  /// What goes to the H.323 side, and where; nil while nothing may.
  public var codec: String?
  /// Where to.
  public var address: SocketAddress?
  /// What comes from there.
  public var receivedCodec: String?
  /// Whether the phone has put the call on hold.
  public var isHeld = false
}

/// What a gateway has counted.
public struct GatewayCounters: Sendable, Hashable {
  /// How an attempt ended.
  public enum Result: String, Sendable, CaseIterable {
    /// The media was open both ways.
    case answered
    /// It was let in, and came to nothing.
    case failed
    /// It was not let in.
    case rejected
    /// The caller gave up.
    case cancelled
  }

  private var results = [UInt64](repeating: 0, count: Result.allCases.count)
  /// Calls that are there now.
  public var activeCalls: UInt64 = 0

  /// Nothing yet.
  public init() {}

  /// How many ended so.
  public subscript(result: Result) -> UInt64 {
    get { results[Self.index(result)] }
    set { results[Self.index(result)] = newValue }
  }

  /// Takes those of another reactor along.
  public mutating func add(_ other: GatewayCounters) {
    for index in results.indices { results[index] &+= other.results[index] }
    activeCalls &+= other.activeCalls
  }

  private static func index(_ result: Result) -> Int {
    switch result {
    case .answered: 0
    case .failed: 1
    case .rejected: 2
    case .cancelled: 3
    }
  }
}
