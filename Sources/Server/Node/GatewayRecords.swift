import Admissions
import Gateway
import H323Endpoint
import Wire
import Witness

// What the gateway's events become in IF.witness (DOMAIN §8).
extension GatewayEvent {
  /// The record of an event at that time.
  func record(at time: UTCTimestamp) -> WitnessEvent {
    var peer: WitnessPeer?
    var status: Int?
    var details: [WitnessDetail] = []
    let name: WitnessEventName
    switch kind {
    case .setupSent(let address, let destination):
      name = .h323Setup
      peer = WitnessPeer(address: address, transport: "tcp")
      details = [WitnessDetail("direction", "out"), WitnessDetail("destination", .text(destination))]
    case .setupReceived(let address, let destination):
      name = .h323Setup
      peer = WitnessPeer(address: address, transport: "tcp")
      details = [WitnessDetail("direction", "in"), WitnessDetail("destination", .text(destination))]
    case .redirected(let redirection, let address):
      name = .h323Progress
      peer = WitnessPeer(address: redirection.from, transport: "tcp")
      details = [
        WitnessDetail("direction", "in"), WitnessDetail("message", "Facility"),
        WitnessDetail("reason", .text(redirection.kind.rawValue)),
      ]
      if let named = redirection.address { details.append(WitnessDetail("named", .text("\(named)"))) }
      details.append(WitnessDetail("to", .text(address.map { "\($0)" } ?? "nowhere")))
    case .alerting:
      name = .h323Progress
      details = [WitnessDetail("direction", "in"), WitnessDetail("message", "Alerting")]
    case .connect(let isOurs):
      name = .h323Connect
      details = [WitnessDetail("direction", isOurs ? "out" : "in")]
    case .release(let release):
      name = .h323Release
      details = [
        WitnessDetail("direction", release.side == .peer ? "in" : "out"),
        WitnessDetail("cause", .integer(Int64(release.cause))), WitnessDetail("side", .text(release.side.word)),
      ]
    case .bridgeEstablished(let media):
      name = .bridgeEstablished
      details = media.details
    case .bridgeChanged(let media):
      name = .bridgeChanged
      details = media.details
    case .bridgeFailed(let told, let cause):
      name = .bridgeFailed
      status = told
      details = [WitnessDetail("cause", .integer(Int64(cause)))]
    case .bridgeTerminated(let cause):
      name = .bridgeTerminated
      details = [WitnessDetail("cause", .integer(Int64(cause)))]
    }
    if let callIdentifier { details.append(WitnessDetail("call_identifier", .text(callIdentifier.hex))) }
    return WitnessEvent(
      time: time, name: name, component: "gateway", traceID: traceID, callID: callID, status: status, peer: peer,
      details: details)
  }
}

extension GatewayMedia {
  fileprivate var details: [WitnessDetail] {
    var details = [WitnessDetail("held", .bool(isHeld))]
    if let codec { details.append(WitnessDetail("codec", .text(codec))) }
    if let receivedCodec { details.append(WitnessDetail("received_codec", .text(receivedCodec))) }
    if let address { details.append(WitnessDetail("address", .text("\(address)"))) }
    return details
  }
}

extension H323Release.Side {
  fileprivate var word: String {
    switch self {
    case .us: "us"
    case .peer: "peer"
    case .connection: "connection"
    case .timer: "timer"
    case .fault: "fault"
    }
  }
}
