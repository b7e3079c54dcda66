import Wire

/// The RAS messages that are counted by name (`message` of `h323_ras_requests_total`): those of H.225.0 §7 that nobody sends
/// as an answer to another.
public enum RASRequestLabel: String, CaseIterable, Sendable {
  case gatekeeper = "GRQ"
  case registration = "RRQ"
  case unregistration = "URQ"
  case admission = "ARQ"
  case bandwidth = "BRQ"
  case disengage = "DRQ"
  case location = "LRQ"
  case information = "IRQ"
  case resources = "RAI"
  case other

  /// The label of a message by its short name.
  public init(name: String) { self = RASRequestLabel(rawValue: name) ?? .other }
}

/// What became of a RAS request (`result` of `h323_ras_requests_total`).
public enum RASResultLabel: String, CaseIterable, Sendable {
  /// GCF, RCF, ACF and so on.
  case confirmed
  /// GRJ, RRJ, ARJ and so on.
  case rejected
  /// It came before, and had its answer again.
  case repeated
  /// It was not authentic, from a stranger, or not to be understood, and was not answered.
  case ignored
  /// It was ours, and nobody answered.
  case unanswered

  /// The label of a result by its name; what is not known was ignored.
  public init(name: String) { self = RASResultLabel(rawValue: name) ?? .ignored }
}

/// Which end of H.323 counts a call (`side` of `h323_calls_total`).
public enum H323Side: String, CaseIterable, Sendable {
  /// The gateway: calls between SIP and H.323, both ways.
  case gateway
  /// The built-in council: calls into its rooms, of guardians and of the gateway.
  case council
}

/// What one reactor counts about H.323 and the council. A plain value with one writer; `add(_:)` merges them.
public struct H323Counters: Sendable, Equatable {
  private var calls = [UInt64](repeating: 0, count: CallResult.allCases.count * H323Side.allCases.count)
  private var requests = [UInt64](
    repeating: 0, count: RASRequestLabel.allCases.count * RASResultLabel.allCases.count)
  /// Calls between SIP and H.323 that are up now.
  public var gatewayCalls: UInt64 = 0
  /// Calls into rooms of the council that are up now.
  public var councilCalls: UInt64 = 0
  /// Those who are in a room of the council now.
  public var participants: UInt64 = 0
  /// Rooms of the council.
  public var rooms: UInt64 = 0

  /// All zero.
  public init() {}

  /// Counts calls that are decided. One of the gateway's into a room of the council has both sides.
  public mutating func call(_ side: H323Side, _ result: CallResult, _ times: UInt64 = 1) {
    calls[Self.index(side, result)] &+= times
  }

  /// Counts a RAS request: one that came and was answered, or one of ours that was.
  public mutating func request(_ message: RASRequestLabel, _ result: RASResultLabel) {
    requests[Self.index(message, result)] &+= 1
  }

  /// How often a call ended so.
  public func callCount(_ side: H323Side, _ result: CallResult) -> UInt64 { calls[Self.index(side, result)] }

  private static func index(_ side: H323Side, _ result: CallResult) -> Int {
    switch side {
    case .gateway: result.index
    case .council: CallResult.allCases.count + result.index
    }
  }

  /// How many requests of that name had that result.
  public func requestCount(_ message: RASRequestLabel, _ result: RASResultLabel) -> UInt64 {
    requests[Self.index(message, result)]
  }

  private static func index(_ message: RASRequestLabel, _ result: RASResultLabel) -> Int {
    let place = RASRequestLabel.allCases.firstIndex(of: message) ?? 0
    let column = RASResultLabel.allCases.firstIndex(of: result) ?? 0
    return place * RASResultLabel.allCases.count + column
  }

  /// Adds what another reactor counted.
  public mutating func add(_ other: H323Counters) {
    for index in calls.indices { calls[index] &+= other.calls[index] }
    for index in requests.indices { requests[index] &+= other.requests[index] }
    gatewayCalls &+= other.gatewayCalls
    councilCalls &+= other.councilCalls
    participants &+= other.participants
    rooms &+= other.rooms
  }

  /// Writes the `h323_*` and `council_*` families.
  ///
  /// - Parameter isRegistered: whether a gatekeeper has the gateway on its list; nil where no council is wanted, and then
  ///   nothing is said about it.
  public func write(to page: inout MetricsPage, isRegistered: Bool?) {
    page.family(
      "h323_calls_total", .counter,
      help: "H.323 calls by how they ended: between SIP and H.323, and into rooms of the built-in council.")
    for side in H323Side.allCases {
      for result in CallResult.allCases {
        page.sample(
          "h323_calls_total", [("side", side.rawValue), ("result", result.rawValue)], callCount(side, result))
      }
    }
    page.family(
      "h323_active_calls", .gauge,
      help: "H.323 calls that are up now: between SIP and H.323, and in rooms of the built-in council.")
    page.sample("h323_active_calls", [("side", H323Side.gateway.rawValue)], gatewayCalls)
    page.sample("h323_active_calls", [("side", H323Side.council.rawValue)], councilCalls)
    page.family(
      "h323_ras_requests_total", .counter,
      help: "RAS requests, those to our gatekeeper and those of our gateway, by message and what became of them.")
    for message in RASRequestLabel.allCases {
      for result in RASResultLabel.allCases {
        page.sample(
          "h323_ras_requests_total", [("message", message.rawValue), ("result", result.rawValue)],
          requestCount(message, result))
      }
    }
    page.family("council_participants", .gauge, help: "Those who are in a room of the council now.")
    page.sample("council_participants", participants)
    page.family("council_rooms", .gauge, help: "Rooms of the council.")
    page.sample("council_rooms", rooms)
    guard let isRegistered else { return }
    page.family(
      "h323_gateway_registered", .gauge,
      help: "1 while a gatekeeper has the gateway on its list; with the built-in council, while that one serves.")
    page.sample("h323_gateway_registered", isRegistered ? UInt64(1) : 0)
  }
}
