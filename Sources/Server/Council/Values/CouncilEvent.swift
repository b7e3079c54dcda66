import Admissions
import Codecs
import H225
import H323Endpoint
import Wire

/// What has happened in the council: for IF.witness, for logs, for counters.
package enum CouncilEvent: Sendable, Hashable {
  /// A Setup has come (`h323.setup`).
  case setup(CouncilCall)
  /// It was answered (`h323.connect`).
  case connected(CouncilCall)
  /// It is over (`h323.release`); the last event that names it.
  case released(CouncilCall, CouncilEnding)
  /// The first participant of a room was let in, or the operator has opened it.
  case roomBegan(CouncilRoomName, traceID: String?)
  /// A participant can hear or be heard.
  case joined(CouncilRoomName, CouncilParticipant)
  /// A participant is gone; with what was counted.
  case left(CouncilRoomName, CouncilParticipant)
  /// A participant is muted, or no longer.
  case muted(CouncilRoomName, participant: UInt64, isMuted: Bool)
  /// A participant has pressed a key.
  case key(CouncilRoomName, participant: UInt64, DTMFDigit)
  /// The last participant has gone, and the room with it.
  case roomEnded(CouncilRoomName, traceID: String?, lasted: Duration)
}

/// A call to the council, as records name it.
package struct CouncilCall: Sendable, Hashable {
  /// Its number; a participant's is the same.
  package var number: UInt64
  /// Its callIdentifier; nil where the Setup has none (before version 2).
  package var identifier: GloballyUniqueID?
  /// Where the signalling comes from, as the socket says.
  package var remote: SocketAddress
  /// Where it came to.
  package var local: SocketAddress
  /// What the caller shows as its name: its own word, made harmless.
  package var name: String
  /// Its room, once it is admitted; before, the one that it asks for.
  package var room: CouncilRoomName?
  /// Who it is by its admission; nil where nobody was asked, or it has none. With it, the admission is the call's own, and
  /// free again once the call is released.
  package var party: Admission.Party?
  /// The escalation that it belongs to.
  package var traceID: String?
}

/// How a call to the council ended.
package struct CouncilEnding: Sendable, Hashable {
  /// Why.
  package enum Reason: Sendable, Hashable {
    /// The peer hung up.
    case hungUp
    /// It was not let in.
    case refused(CouncilRefusal)
    /// The operator expelled it.
    case expelled
    /// The gatekeeper ended it.
    case disengaged
    /// The operator ended its room.
    case roomClosed
    /// Its room has lasted as long as it may.
    case lifetime
    /// Nothing came of it any more.
    case mediaTimeout
    /// Its connection, a timer or its own fault.
    case failed(H323Release.Side)
  }

  /// For `h323_calls_total`.
  package enum Result: String, Sendable, Hashable, CaseIterable {
    /// It was answered.
    case answered
    /// It was not let in.
    case rejected
    /// It was let in and came to nothing.
    case failed
    /// The caller gave up before the answer.
    case cancelled
  }

  /// Why.
  package var reason: Reason
  /// What came of it.
  package var result: Result
  /// The cause of Q.850 that was sent or came.
  package var cause: UInt8
  /// From the answer to now; nil without an answer.
  package var duration: Duration?
}

/// Why a call is not let in.
package enum CouncilRefusal: String, Sendable, Hashable, CaseIterable {
  /// It is for nobody here.
  case noSuchRoom
  /// Nobody has admitted it, or to another room, or its admission is used.
  case notAdmitted
  /// The room is full.
  case roomFull
  /// There are too many rooms or calls, or the node takes no new ones.
  case noCapacity
  /// No free ports.
  case noPorts
  /// Nobody answered whether it is admitted, or with ports.
  case noAnswer

  /// The cause of Q.850 (Q.931 §5.8), and the reason of H.225.0 beside it.
  package var release: (cause: UInt8, reason: ReleaseCompleteReason) {
    switch self {
    case .noSuchRoom: (1, .unreachableDestination)
    case .notAdmitted: (21, .noPermission)
    case .roomFull: (17, .adaptiveBusy)
    case .noCapacity: (42, .gatewayResources)
    case .noPorts: (47, .gatewayResources)
    case .noAnswer: (41, .undefinedReason)
    }
  }
}

/// What a council has counted.
package struct CouncilCounters: Sendable, Hashable {
  /// Calls that are over, by their result; in the order of `CouncilEnding.Result.allCases`.
  package var calls = [UInt64](repeating: 0, count: CouncilEnding.Result.allCases.count)
  /// Rooms that are open.
  package var rooms = 0
  /// Participants that can hear or be heard.
  package var participants = 0
  /// Calls that are up or on their way.
  package var active = 0
  /// RTP packets of participants, as they came.
  package var packetsReceived: UInt64 = 0
  /// RTP packets to participants.
  package var packetsSent: UInt64 = 0
  /// Datagrams that came from where no participant is.
  package var strangers: UInt64 = 0
  /// Ticks that were not made up for.
  package var skippedTicks: UInt64 = 0

  /// Nothing yet.
  package init() {}

  /// Calls of one result.
  package subscript(result: CouncilEnding.Result) -> UInt64 {
    get { CouncilEnding.Result.allCases.firstIndex(of: result).map { calls[$0] } ?? 0 }
    set { if let place = CouncilEnding.Result.allCases.firstIndex(of: result) { calls[place] = newValue } }
  }

  /// With those of another reactor.
  package mutating func add(_ other: CouncilCounters) {
    for place in calls.indices where place < other.calls.count { calls[place] &+= other.calls[place] }
    rooms += other.rooms
    participants += other.participants
    active += other.active
    packetsReceived &+= other.packetsReceived
    packetsSent &+= other.packetsSent
    strangers &+= other.strangers
    skippedTicks &+= other.skippedTicks
  }
}
