import Council
import Gateway
import Telemetry

extension H323Counters {
  /// What one reactor has counted of the gateway's calls and of the council's rooms.
  init(_ gateway: GatewayCounters, _ council: CouncilCounters) {
    self.init()
    for result in GatewayCounters.Result.allCases {
      guard let label = CallResult(rawValue: result.rawValue) else { continue }
      call(label, gateway[result])
    }
    activeCalls = gateway.activeCalls + UInt64(max(council.active, 0))
    participants = UInt64(max(council.participants, 0))
    rooms = UInt64(max(council.rooms, 0))
  }
}
