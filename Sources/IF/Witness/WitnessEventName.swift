/// The name of an event, written to `event`. The list is open, so that a later storey can name its own; the names of
/// DOMAIN §8 that exist today are constants here.
public struct WitnessEventName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The text as it stands in the record.
  public let text: String

  /// A name of this text.
  public init(_ text: String) { self.text = text }

  /// A name from a literal.
  public init(stringLiteral value: String) { self.text = value }

  /// The text as it stands in the record.
  public var description: String { text }
}

extension WitnessEventName {
  /// A SIP request was received or originated.
  public static let sipRequest: Self = "sip.request"
  /// A SIP response was received or originated.
  public static let sipResponse: Self = "sip.response"

  /// The far side rings (first 180).
  public static let callRinging: Self = "call.ringing"
  /// The call was answered (first 2xx to the INVITE).
  public static let callConnected: Self = "call.connected"
  /// The call was refused by a check of DOMAIN §5, or failed before an answer.
  public static let callRejected: Self = "call.rejected"
  /// A connected call ended.
  public static let callTerminated: Self = "call.terminated"

  /// The parties of a relayed call have agreed on their media: `details.streams`.
  public static let bridgeEstablished: Self = "bridge.established"
  /// They have agreed on something else.
  public static let bridgeChanged: Self = "bridge.changed"
  /// A call between SIP and H.323 did not come about: `details.cause` is that of Q.850.
  public static let bridgeFailed: Self = "bridge.failed"
  /// The relaying has ended: with packets, bytes, loss and jitter of each leg.
  public static let bridgeTerminated: Self = "bridge.terminated"

  /// A call is recorded from now on: `details` say in which file, and who asked for it.
  public static let recordingStarted: Self = "recording.started"
  /// A recording is over: with the digest of its file.
  public static let recordingEnded: Self = "recording.ended"

  /// A RAS message was received or originated (H.225.0 §7): `method` names it.
  public static let h323RAS: Self = "h323.ras"
  /// A Setup was received or originated.
  public static let h323Setup: Self = "h323.setup"
  /// The same of what stands between Setup and the end but Connect: CallProceeding, Progress, Alerting, Facility.
  public static let h323Progress: Self = "h323.progress"
  /// The same of a Connect.
  public static let h323Connect: Self = "h323.connect"
  /// The same of a ReleaseComplete: `details.cause` is that of Q.850.
  public static let h323Release: Self = "h323.release"

  /// The name for a message of call signalling, by the name that Q.931 and H.225.0 have for it.
  public static func h323(signalling message: String) -> Self {
    switch message {
    case "Setup": h323Setup
    case "Connect": h323Connect
    case "ReleaseComplete": h323Release
    default: h323Progress
    }
  }

  /// A room of the council has begun.
  public static let councilStarted: Self = "council.started"
  /// Somebody is heard in a room.
  public static let councilJoined: Self = "council.joined"
  /// Somebody has left a room, or was expelled: `details.reason`.
  public static let councilLeft: Self = "council.left"
  /// A room is over: `details.reason`.
  public static let councilEnded: Self = "council.ended"

  /// A check refused a message: `details.rule` says which.
  public static let securityRejected: Self = "security.rejected"
  /// IF.guard decided: `details.decision` and `details.rule`.
  public static let guardDecision: Self = "guard.decision"
  /// An alert reached IF.guard.
  public static let guardAlert: Self = "guard.alert"
  /// The posture of IF.guard changed.
  public static let guardPosture: Self = "guard.posture"

  /// The configuration or registry was read anew (or was refused: `details.result`).
  public static let configReloaded: Self = "config.reloaded"
  /// The process came up.
  public static let processStarted: Self = "process.started"
  /// The process went down in order.
  public static let processStopped: Self = "process.stopped"
  /// The log itself was mended at start: a torn last line was cut off (`details.bytes`).
  public static let witnessRecovered: Self = "witness.recovered"
  /// Old records are deleted: from the first one up to `details.through`. Their hashes stay.
  public static let witnessDeleted: Self = "witness.deleted"

  /// A user was added, removed or given another password.
  public static let userChanged: Self = "user.changed"
}
