import Guard
import Store
import Wire

/// What IF.guard remembers across a restart: its posture, the alerts that fire, and which signed Call-IDs have been used
/// (DOMAIN §4). Small files of the state directory.
struct GuardMemory: Sendable {
  let state: StateDirectory

  init(_ state: StateDirectory) { self.state = state }

  // MARK: Posture

  private static let postureName = "posture"

  /// What stands before the operator's posture, on the second line, while an alert has raised it. In the same file, so that
  /// no crash can part the two.
  private static let raisedMark = "raised from "

  /// The posture that was set last, and the operator's if an alert raised it; a file that holds none is an error, since
  /// guessing could open what was closed.
  func posture() throws(StoreError) -> (posture: Posture, raisedFrom: Posture?) {
    guard let bytes = try state.note(Self.postureName, limit: 64) else { return (.normal, nil) }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    guard let posture = lines.first.flatMap({ Posture(rawValue: String($0)) }) else {
      throw StoreError(
        .corrupt, "\(state.path)/\(Self.postureName) holds no posture; write normal, elevated or closed into it")
    }
    guard lines.count > 1, lines[1].hasPrefix(Self.raisedMark) else { return (posture, nil) }
    return (posture, Posture(rawValue: String(lines[1].dropFirst(Self.raisedMark.count))))
  }

  func keep(_ posture: Posture, raisedFrom: Posture? = nil) throws(StoreError) {
    let second = raisedFrom.map { "\(Self.raisedMark)\($0.rawValue)\n" } ?? ""
    try state.setNote(Self.postureName, Array("\(posture.rawValue)\n\(second)".utf8))
  }

  // MARK: Signed Call-IDs

  private static let callIDsName = "spent-call-ids"
  /// Of 65,536 Call-IDs with their users and tags: those of real phones take a tenth of it.
  private static let callIDsLimits = JSONLimits(maxBytes: 64 << 20, maxValues: 1 << 19)

  /// The memory to begin with. The file is there only after a stop in order, and taken away before the first call: after
  /// any other end it is not, and then what was signed before this start is refused.
  func callIDs(now: Instant, clock: UTCTimestamp) throws(StoreError) -> SpentCallIDs {
    let bytes = try state.note(Self.callIDsName, limit: Self.callIDsLimits.maxBytes)
    try state.removeNote(Self.callIDsName)
    guard let bytes, let kept = try? JSONValue(parsing: bytes, limits: Self.callIDsLimits).array,
      case let uses = kept.compactMap(Self.use), uses.count == kept.count
    else { return SpentCallIDs(rememberingSince: clock) }
    var memory = SpentCallIDs(rememberingSince: nil)
    for use in uses { memory.restore(use, now: now) }
    return memory
  }

  func keep(_ uses: [SpentCallIDs.Kept]) throws(StoreError) {
    let list = uses.map { use -> JSONValue in
      guard let attempt = use.attempt else { return .array([.string(use.user), .string(use.callID)]) }
      return .array([
        .string(use.user), .string(use.callID), .string(attempt.fromTag), .integer(Int64(attempt.sequence)),
      ])
    }
    try state.setNote(Self.callIDsName, JSONValue.array(list).canonicalBytes())
  }

  private static func use(_ value: JSONValue) -> SpentCallIDs.Kept? {
    guard let parts = value.array, parts.count == 2 || parts.count == 4, let user = parts[0].string,
      let callID = parts[1].string
    else { return nil }
    guard parts.count == 4 else { return SpentCallIDs.Kept(user: user, callID: callID) }
    guard let tag = parts[2].string, let sequence = parts[3].integer.flatMap({ UInt32(exactly: $0) }) else {
      return nil
    }
    return SpentCallIDs.Kept(user: user, callID: callID, attempt: (tag, sequence))
  }
}
