import Gatekeeper
import H225
import Telemetry
import Wire
import Witness

/// A message between us and a gatekeeper of others, for records and counters.
struct RASNote: Sendable {
  enum Direction: String, Sendable {
    case received = "in"
    case sent = "out"
  }

  let direction: Direction
  /// `RRQ`, `ACF` …
  let message: String
  let peer: SocketAddress
  /// What became of a request of ours: its answer, or that there was none.
  var outcome: (request: RASRequestLabel, result: RASResultLabel)?

  /// What is wrong with its seal (H.235.1): then it was passed over.
  let fault: String?

  /// A message that came or went.
  init(_ direction: Direction, _ message: RasMessage, peer: SocketAddress, fault: String? = nil) {
    self.direction = direction
    self.fault = fault
    self.message = message.shortName
    self.peer = peer
    guard direction == .received, fault == nil else { return }
    let name = self.message
    // GCF answers GRQ, and so on.
    let request = RASRequestLabel(name: String(name.dropLast(2)) + "RQ")
    if name.hasSuffix("CF"), request != .other { outcome = (request, .confirmed) }
    if name.hasSuffix("RJ"), request != .other { outcome = (request, .rejected) }
  }

  /// The record of IF.witness.
  func witnessEvent(at time: UTCTimestamp) -> WitnessEvent {
    var details = [WitnessDetail("direction", .text(direction.rawValue))]
    if let outcome { details.append(WitnessDetail("result", .text(outcome.result.rawValue))) }
    if let fault {
      details.append(WitnessDetail("result", .text(RASResultLabel.ignored.rawValue)))
      details.append(WitnessDetail("detail", .text(fault)))
    }
    return WitnessEvent(
      time: time, name: .h323RAS, component: "h323", method: message,
      peer: WitnessPeer(address: peer, transport: "udp"),
      details: details)
  }
}

extension H323Counters {
  /// Counts a message that came to our gatekeeper.
  mutating func count(_ record: RASRecord) {
    guard record.direction == .received, let result = record.result else { return }
    request(RASRequestLabel(name: record.message), RASResultLabel(name: result.rawValue))
  }

  /// Counts the answer to a request of ours.
  mutating func count(_ note: RASNote) {
    if let outcome = note.outcome { request(outcome.request, outcome.result) }
  }
}
