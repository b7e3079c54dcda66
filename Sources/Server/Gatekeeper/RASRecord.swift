public import H225
public import Wire
public import Witness

/// A RAS message that came or that we sent: what IF.witness and the counters are told.
public struct RASRecord: Sendable, Hashable {
  /// Which way.
  public enum Direction: String, Sendable, Hashable {
    /// It came.
    case received = "in"
    /// We sent it.
    case sent = "out"
  }

  /// What became of a message that came.
  public enum Result: String, Sendable, Hashable, CaseIterable {
    /// It was confirmed, or taken note of.
    case confirmed
    /// It was refused.
    case rejected
    /// It was no answer to anything that was asked, or not authentic, and did nothing.
    case ignored
    /// It came before, and has had its answer again.
    case repeated
    /// It is no RAS message.
    case malformed
    /// It is one that this gatekeeper does nothing about (XRS).
    case unsupported
  }

  /// Which way.
  public var direction: Direction
  /// `GRQ`, `RRQ`, …, `other`: one of ``RASRecord/messages``.
  public var message: String
  /// What became of it; nil for what we sent.
  public var result: Result?
  /// The reject reason of H.225.0 by its name.
  public var reason: String?
  /// What was the matter, more exactly; ours.
  public var detail: String?
  /// The id of the terminal's entry in the registry, where the message was proven or registered to be its.
  public var terminal: String?
  /// The call.
  public var callIdentifier: GloballyUniqueID?
  /// Its trace_id.
  public var traceID: String?
  /// The room it goes to.
  public var room: String?
  /// The other side of the socket.
  public var peer: SocketAddress

  init(_ direction: Direction, _ message: String, peer: SocketAddress) {
    self.direction = direction
    self.message = message
    self.peer = peer
  }

  /// Every value of the label `message` of `h323_ras_requests_total`, for what comes.
  public static let messages = [
    "GRQ", "RRQ", "URQ", "UCF", "URJ", "ARQ", "BRQ", "BCF", "BRJ", "DRQ", "DCF", "DRJ", "LRQ", "IRR", "RAI", "other",
  ]

  /// The value of that label for this message.
  public var label: String { Self.messages.contains(message) ? message : "other" }

  /// The record as an event of IF.witness: `h323.ras`.
  public func witnessEvent(at time: UTCTimestamp) -> WitnessEvent {
    var details: [WitnessDetail] = [WitnessDetail("direction", .text(direction.rawValue))]
    func add(_ name: String, _ value: String?) {
      if let value { details.append(WitnessDetail(name, .text(value))) }
    }
    add("result", result?.rawValue)
    add("reason", reason)
    add("detail", detail)
    add("terminal", terminal)
    add("room", room)
    return WitnessEvent(
      time: time, name: "h323.ras", component: "h323", traceID: traceID, callID: callIdentifier?.hex, method: message,
      peer: WitnessPeer(address: peer, transport: "udp"), details: details)
  }
}
