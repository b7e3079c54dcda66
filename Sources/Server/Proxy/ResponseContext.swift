import DigestAuth
import Guard
import SIPMessage
import SIPTransaction
import Wire

/// One place a request is sent to.
struct Branch {
  enum State {
    /// Not sent yet (a later priority group).
    case waiting
    /// Sent, no final response.
    case pending
    /// A final response came, or the branch failed or timed out.
    case done(status: Int)
  }

  let target: Target
  var state = State.waiting
  var client: ClientTransactionID?
  var isCancelled = false

  var isWaiting: Bool { if case .waiting = state { true } else { false } }
  var isPending: Bool { if case .pending = state { true } else { false } }
}

/// Where to send a request, and what to write into it.
struct Target: Sendable {
  /// The new Request-URI; nil leaves it as it came.
  var requestURI: [UInt8]?
  /// Route values to put before those that remain (a registered Path).
  var routes: [String] = []
  /// The next hop. The listener is ours to send from.
  var hop: Hop
  /// Priority among several, in thousandths; higher goes first.
  var q = 1000
  /// The phone, when it has told who it is: of several targets of one phone, one is tried at a time.
  var instance: String?
  /// The registered flow this is, when it is one.
  var flow: FlowReference?
  /// Whether requests inside the dialog need the same flow, which then goes into our Record-Route.
  var keepsFlow = false
}

/// The response context of RFC 3261 §16.2: one request of one server transaction and everything it became.
final class ResponseContext {
  /// What the context waits for, and what it does then.
  enum Phase {
    /// The users' password hashes, to check these credentials.
    case authenticating(DigestCandidates)
    /// Whether the nonce's count is new.
    case spendingNonce
    /// The rate window.
    case admitting(Admission)
    /// Whether the signed Call-ID may be used.
    case judging(Admission)
    /// Whether nobody else has used the signed Call-ID meanwhile.
    case claiming(Admission)
    /// The contacts of the target.
    case locating(Admission)
    /// The contacts of the phone that a request inside a dialog is for (RFC 5627 §6.1).
    case locatingPhone(GRUU)
    /// The contacts that a REGISTER will change.
    case fetching(RegisterDraft)
    /// The registrar's store.
    case registering(RegisterDraft)
    /// Responses of its branches.
    case forwarding
    /// Its last final response has been sent.
    case answered
  }

  let server: ServerTransactionID
  let hop: Hop
  let method: SIPMethod
  let receivedAt: Instant
  /// The request, until its last final response has been sent.
  private(set) var inbound: Inbound?
  var phase: Phase {
    didSet { if case .answered = phase { inbound = nil } }
  }
  var call: CallKey?
  var traceID: String?
  /// Of the call that an INVITE begins; goes into our Record-Route.
  var cookie: UInt64?
  /// The user whose credentials were right.
  var user: String?
  /// The signer whose Call-ID the first 2xx spends.
  var spends: String?
  var branches: [Branch] = []
  /// The best final response so far, for when all branches are done; without a message, one of our own making.
  var best: (status: Int, message: SIPMessage?, isTrusted: Bool)?
  var isInDialog = false
  /// Whether guard let it in, so that the four IF headers go on.
  var isEscalation = false
  var hasRung = false
  var isCancelled = false

  init(_ inbound: Inbound, _ phase: Phase) {
    server = inbound.id
    hop = inbound.hop
    method = inbound.method
    receivedAt = inbound.receivedAt
    self.inbound = inbound
    self.phase = phase
  }

  /// A branch has its final response.
  func markDone(_ client: ClientTransactionID, status: Int) {
    for index in branches.indices where branches[index].client == client {
      branches[index].state = .done(status: status)
    }
  }
}

/// What has been established about a new request on its way to a target.
struct Admission: Sendable {
  /// The user whose credentials were right.
  let user: String?
  /// The Request-URI as a normalised address of record.
  let target: String
  /// The one phone that is meant, when it is.
  let gruu: GRUU?
  /// The entry of `escalation_targets` that the target falls under.
  var escalation: EscalationTarget?
  /// The expert whose rate was counted.
  var expert: String?
  /// Whether guard let it in.
  var isAdmitted = false
  /// The caller's trace_id.
  var traceID: String?
  /// The signer whose Call-ID the first 2xx spends.
  var spends: String?

  init(user: String?, target: String, gruu: GRUU? = nil) {
    self.user = user
    self.target = target
    self.gruu = gruu
  }
}

/// Response contexts in a slab: a stale ``ContextID`` finds nothing.
struct ContextTable {
  private var slots: [(generation: UInt32, context: ResponseContext?)] = []
  private var free: [UInt32] = []
  private(set) var count = 0
  let limit: Int

  init(limit: Int) { self.limit = limit }

  /// Enters a context; nil when the table is full.
  mutating func insert(_ context: ResponseContext) -> ContextID? {
    guard count < limit else { return nil }
    count += 1
    if let index = free.popLast() {
      slots[Int(index)].context = context
      return ContextID(index: index, generation: slots[Int(index)].generation)
    }
    slots.append((0, context))
    return ContextID(index: UInt32(truncatingIfNeeded: slots.count - 1), generation: 0)
  }

  /// The context of that name; nil when it is gone.
  subscript(id: ContextID) -> ResponseContext? {
    guard Int(id.index) < slots.count, slots[Int(id.index)].generation == id.generation else { return nil }
    return slots[Int(id.index)].context
  }

  /// Forgets a context; its ID finds nothing from now on.
  mutating func remove(_ id: ContextID) {
    guard self[id] != nil else { return }
    slots[Int(id.index)] = (id.generation &+ 1, nil)
    free.append(id.index)
    count -= 1
  }
}

extension ContextID {
  /// As the transaction layer carries it.
  var word: UInt64 { UInt64(generation) << 32 | UInt64(index) }

  init(word: UInt64) {
    self.init(index: UInt32(truncatingIfNeeded: word), generation: UInt32(truncatingIfNeeded: word >> 32))
  }
}
