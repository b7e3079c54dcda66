import Admissions
import H225
import Wire

/// A room as it stands.
package struct CouncilRoomState: Sendable, Hashable {
  /// Its name.
  package var name: CouncilRoomName
  /// The escalation that it belongs to: that of who came first.
  package var traceID: String?
  /// Since when it has been open.
  package var since: UTCTimestamp
  /// When it ends at the latest.
  package var until: UTCTimestamp
  /// How many may be in it.
  package var capacity: Int
  /// Who is in it, in the order in which they came.
  package var participants: [CouncilParticipant]
}

/// Somebody in a room.
package struct CouncilParticipant: Sendable, Hashable {
  /// Its number on its reactor, never used again.
  package var number: UInt64
  /// Who it is by its admission.
  package var party: Admission.Party?
  /// What it shows as its name.
  package var name: String
  /// Its callIdentifier.
  package var callIdentifier: GloballyUniqueID?
  /// Where its signalling comes from.
  package var address: SocketAddress
  /// The escalation that it belongs to.
  package var traceID: String?
  /// Since when it has been let in.
  package var since: UTCTimestamp
  /// Whether it can hear or be heard already.
  package var isJoined: Bool
  /// Whether it is heard just now.
  package var isSpeaking: Bool
  /// Whether it is the one that speaks, or spoke last.
  package var isActiveSpeaker: Bool
  /// Whether nobody hears it: by its own key or by the operator.
  package var isMuted: Bool
  /// Whether it has put us on hold.
  package var isOnHold: Bool
  /// What it sends: `PCMU`, `PCMA`, `G722`; nil before its media is agreed upon.
  package var codec: String?
  /// What has been counted.
  package var statistics: CouncilStatistics
}

/// What was counted of one participant.
package struct CouncilStatistics: Sendable, Hashable {
  /// RTP packets that came.
  package var packetsReceived: UInt64 = 0
  /// RTP packets that were sent to it.
  package var packetsSent: UInt64 = 0
  /// Packets of its that did not come.
  package var lost: UInt64 = 0
  /// Interarrival jitter of what it sends (RFC 3550 §6.4.1).
  package var jitter = Duration.zero
  /// What part of what was heard of it was invented, in thousandths.
  package var concealedPerMille = 0
  /// What it says that it has lost of ours.
  package var reportedLost: Int64?
  /// From here to it and back, by its reports.
  package var roundTrip: Duration?
  /// Datagrams to its ports that came from elsewhere.
  package var strangers: UInt64 = 0

  /// Nothing yet.
  package init() {}
}
