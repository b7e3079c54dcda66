import Guard
import Store
import Wire

/// What IF.guard remembers across a restart: its posture, and which signed Call-IDs have been used (DOMAIN §4). Small
/// files of the state directory.
struct GuardMemory: Sendable {
  private let state: StateDirectory

  init(_ state: StateDirectory) { self.state = state }

  // MARK: Posture

  private static let postureName = "posture"

  /// The posture that was set last; a file that holds none is an error, since guessing could open what was closed.
  func posture() throws(StoreError) -> Posture {
    guard let bytes = try state.note(Self.postureName, limit: 64) else { return .normal }
    let word = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    guard let posture = Posture(rawValue: word) else {
      throw StoreError(
        .corrupt, "\(state.path)/\(Self.postureName) holds no posture; write normal, elevated or closed into it")
    }
    return posture
  }

  func keep(_ posture: Posture) throws(StoreError) {
    try state.setNote(Self.postureName, Array("\(posture.rawValue)\n".utf8))
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
