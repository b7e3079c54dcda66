import Admissions
import Council
import Wire
import Witness

// What the council's events become in IF.witness (DOMAIN §8).
extension CouncilEvent {
  /// The record of an event at that time; nil for one that is none.
  func record(at time: UTCTimestamp) -> WitnessEvent? {
    switch self {
    case .setup(let call): call.record(.h323Setup, at: time, [WitnessDetail("direction", "in")])
    case .connected(let call): call.record(.h323Connect, at: time, [WitnessDetail("direction", "out")])
    case .released(let call, let ending):
      call.record(.h323Release, at: time, ending.details)
    case .roomBegan(let room, let traceID):
      WitnessEvent(
        time: time, name: .councilStarted, component: "council", traceID: traceID,
        details: [WitnessDetail("room", .text(room.text))])
    case .roomEnded(let room, let traceID, let lasted):
      WitnessEvent(
        time: time, name: .councilEnded, component: "council", traceID: traceID,
        details: [
          WitnessDetail("room", .text(room.text)), WitnessDetail("duration_ms", .integer(lasted.wholeMilliseconds)),
        ])
    case .joined(let room, let participant): participant.record(.councilJoined, room, at: time)
    case .left(let room, let participant): participant.record(.councilLeft, room, at: time, isOver: true)
    case .muted(let room, let number, let isMuted):
      WitnessEvent(
        time: time, name: "council.muted", component: "council",
        details: [
          WitnessDetail("room", .text(room.text)), WitnessDetail("participant", .integer(Int64(clamping: number))),
          WitnessDetail("muted", .bool(isMuted)),
        ])
    // What somebody keys in is nobody's business.
    case .key: nil
    }
  }
}

extension CouncilCall {
  fileprivate func record(_ name: WitnessEventName, at time: UTCTimestamp, _ more: [WitnessDetail]) -> WitnessEvent {
    var details = more
    if let room { details.append(WitnessDetail("room", .text(room.text))) }
    if let party { details.append(WitnessDetail("party", .text(party.text))) }
    return WitnessEvent(
      time: time, name: name, component: "council", traceID: traceID, callID: identifier.map(\.hex),
      peer: WitnessPeer(address: remote, transport: "tcp"), details: details)
  }
}

extension CouncilEnding {
  fileprivate var details: [WitnessDetail] {
    var details = [
      WitnessDetail("direction", .text(isTheirs ? "in" : "out")), WitnessDetail("cause", .integer(Int64(cause))),
      WitnessDetail("result", .text(result.rawValue)), WitnessDetail("reason", .text(reason.text)),
    ]
    if let duration { details.append(WitnessDetail("duration_ms", .integer(duration.wholeMilliseconds))) }
    return details
  }

  private var isTheirs: Bool { reason == .hungUp }
}

extension CouncilEnding.Reason {
  /// A word for records.
  var text: String {
    switch self {
    case .hungUp: "hung_up"
    case .refused(let refusal): refusal.text
    case .expelled: "expelled"
    case .disengaged: "disengaged"
    case .roomClosed: "room_closed"
    case .lifetime: "lifetime"
    case .mediaTimeout: "media_timeout"
    case .failed: "failed"
    }
  }
}

extension CouncilRefusal {
  fileprivate var text: String {
    switch self {
    case .noSuchRoom: "no_such_room"
    case .notAdmitted: "not_admitted"
    case .roomFull: "room_full"
    case .noCapacity: "no_capacity"
    case .noPorts: "no_ports"
    case .noAnswer: "no_answer"
    }
  }
}

extension Admission.Party {
  /// Who it is, for records and lists.
  var text: String {
    switch self {
    case .guardian(let id): id
    case .gateway: "gateway"
    }
  }
}

extension CouncilParticipant {
  fileprivate func record(
    _ name: WitnessEventName, _ room: CouncilRoomName, at time: UTCTimestamp, isOver: Bool = false
  ) -> WitnessEvent {
    var details = [
      WitnessDetail("room", .text(room.text)), WitnessDetail("participant", .integer(Int64(clamping: number))),
    ]
    if let party { details.append(WitnessDetail("party", .text(party.text))) }
    if let codec { details.append(WitnessDetail("codec", .text(codec))) }
    if isOver {
      details += [
        WitnessDetail("packets_in", .integer(Int64(clamping: statistics.packetsReceived))),
        WitnessDetail("packets_out", .integer(Int64(clamping: statistics.packetsSent))),
        WitnessDetail("lost", .integer(Int64(clamping: statistics.lost))),
        WitnessDetail("jitter_us", .integer(statistics.jitter.saturatingNanoseconds / 1_000)),
      ]
    }
    return WitnessEvent(
      time: time, name: name, component: "council", traceID: traceID, callID: callIdentifier.map(\.hex),
      peer: WitnessPeer(address: address, transport: "tcp"), details: details)
  }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int64 { saturatingNanoseconds / 1_000_000 }
}
