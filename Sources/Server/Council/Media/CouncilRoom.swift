import Mixer
import Wire

/// A room: who is in it, and what is mixed for them. It is there as long as somebody is in it, or the operator lets it wait.
final class CouncilRoom {
  let name: CouncilRoomName
  let traceID: String?
  let capacity: Int
  let began: Instant
  let ends: Instant
  /// Opened by the operator: how long it waits for the first who comes. Nil once somebody has been there.
  var waitsUntil: Instant?
  /// In the order in which they were let in.
  var legs: [CouncilLeg] = []
  var conference: Conference

  init(_ name: CouncilRoomName, _ configuration: CouncilConfiguration, traceID: String?, now: Instant) {
    self.name = name
    self.traceID = traceID
    capacity = configuration.capacity
    began = now
    ends = now + configuration.lifetime
    conference = Conference(maxLegs: configuration.capacity)
  }

  /// Those that can hear or be heard.
  var participantCount: Int { legs.count { $0.member != nil } }
}
