import DigestAuth
import Guard
import MediaAnchor
import SIPLocation
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

  private(set) var target: Target
  /// Which of the target's ways has been taken.
  var way = 0
  var state = State.waiting
  var client: ClientTransactionID?
  var isCancelled = false
  /// Its part of the request's Max-Breadth, when there is one to divide.
  var breadth: UInt8?

  var isWaiting: Bool { if case .waiting = state { true } else { false } }
  var isPending: Bool { if case .pending = state { true } else { false } }
  /// Whether another way can be tried when this one fails (RFC 3263 §4.3).
  var hasAnotherWay: Bool { way + 1 < target.ways.count }

  init(target: Target) { self.target = target }

  /// The first way that has yet to be located.
  var unlocated: Int? { target.ways.firstIndex { $0.destination != nil } }

  /// Puts what DNS has said in the place of a way; nothing was found when there is none.
  mutating func locate(_ index: Int, _ ways: [Way]) {
    target.ways.replaceSubrange(index...index, with: ways)
    if target.ways.isEmpty { state = .done(status: 502) }
  }

  /// Lets DNS look for nothing but TLS.
  mutating func secure() {
    for index in target.ways.indices { target.ways[index].destination?.isSecure = true }
  }

  /// Puts a stream before the way that is due, which comes next.
  mutating func insert(_ stream: Way) {
    target.ways[way].takesLongDatagrams = true
    target.ways.insert(stream, at: way)
  }
}

/// One of the places that §16.5 finds for a request: a person's phone, a neighbour.
struct Target: Sendable {
  /// How to reach it; the next is tried when the one before times out, is overloaded or cannot be reached.
  var ways: [Way]
  /// Priority among several, in thousandths; higher goes first.
  var q = 1000

  /// A target that is reached in one way.
  init(_ way: Way, q: Int = 1000) {
    ways = [way]
    self.q = q
  }

  /// A target that is reached in one of several ways.
  init(ways: [Way], q: Int = 1000) {
    self.ways = ways
    self.q = q
  }
}

/// Where to send a request, and what to write into it.
struct Way: Sendable {
  /// The new Request-URI; nil leaves it as it came.
  var requestURI: [UInt8]?
  /// Route values to put before those that remain (a registered Path).
  var routes: [String] = []
  /// The next hop. The listener is ours to send from.
  var hop: Hop
  /// Who is meant, while DNS has yet to say where that is (RFC 3263); the hop says then only how the request came.
  var destination: LocationTarget?
  /// What a certificate there must name, if not the destination's host.
  var verifiedName: String?
  /// The phone, when it has told who it is (RFC 5626 §4.1): its flows are ways of one target, which lead to the same ears.
  var instance: String?
  /// The registered flow this is, when it is one.
  var flow: FlowReference?
  /// Whether requests inside the dialog need the same flow, which then goes into our Record-Route.
  var keepsFlow = false
  /// Whether a request of any length may go there as a datagram: the phone itself showed that it is reached so, or TCP
  /// has failed (§18.1.1).
  var takesLongDatagrams = false

  /// Whether the new Request-URI is a SIPS URI.
  var isSIPS: Bool {
    guard let requestURI, requestURI.count > 4, requestURI[4] == UInt8(ascii: ":") else { return false }
    return requestURI.span.extracting(0..<4).equalsIgnoringCase("sips")
  }
}

/// The response context of RFC 3261 §16.2: one request of one server transaction and everything it became.
final class ResponseContext: Branching {
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
    /// Ports for its media.
    case openingMedia
    /// DNS, about one way of one branch.
    case resolving(branch: Int, way: Int)
    /// Responses of its branches.
    case forwarding
    /// Its last final response has been sent.
    case answered
  }

  let server: ServerTransactionID
  let hop: Hop
  /// The far end as records name it: the hop's, or the one a trusted neighbour vouches for.
  let origin: Hop
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
  /// The request's Max-Breadth (RFC 5393 §5.3.3): in how many branches at once it may still go on.
  var breadth: UInt8?
  /// The best final response so far, for when all branches are done; without a message, one of our own making.
  var best: (status: Int, message: SIPMessage?, origin: ResponseOrigin)?
  /// Whether a branch of it could go nowhere, since a SIPS URI was meant and there is no way there over TLS.
  var lacksSecureWay = false
  /// All 401 and 407 responses: the caller gets the challenges of every branch at once (§16.7 item 7).
  var challenges: [SIPMessage] = []
  /// Header lines for the CANCELs of branches: why.
  var cancelReason: [UInt8] = []
  /// The priorities of redirections that the registrar has yet to answer, in the order they were asked.
  var lookups: [Int] = []
  /// What redirections have led to so far, so that none is followed twice.
  var visited: Set<[UInt8]> = []
  /// What let the request in, for redirections, which must pass the same rules.
  var admission: Admission?
  /// What its responses need, where something may be hidden.
  var hidden: HiddenHeaders?
  var isInDialog = false
  /// Whether who began the dialog sends it.
  var isFromCaller = true
  /// By how much the number in its CSeq is written higher (``ProxyCore/send(key:stream:of:to:at:into:)``).
  var shift: UInt32 = 0
  /// Its description, where the call's media is relayed.
  var media: MediaTransit?
  /// Why its description could not go on.
  var mediaRefusal: AnchorRefusal?
  /// What is said to its target in the place of what the caller may have said: X-IF headers of ours.
  var addedHeaders: [HeaderLine] = []
  /// Whether guard let it in, so that the four IF headers go on.
  var isEscalation = false
  var hasRung = false
  var isCancelled = false
  /// When 100 was answered, while the log waits for where the INVITE goes: its record comes first.
  var trying: UTCTimestamp?
  /// The 2xx responses that have their record, by their To tags; each is sent again until it is acknowledged.
  private var answers: [UInt64] = []

  /// Whether a 2xx with this To tag, hashed, is the first one; beyond a bound all are.
  func isFirstAnswer(_ tag: UInt64) -> Bool {
    guard !answers.contains(tag) else { return false }
    if answers.count < Self.maxAnswers { answers.append(tag) }
    return true
  }

  /// 2xx responses of one INVITE, from as many phones, that are told apart.
  static let maxAnswers = 64

  /// Whether responses of branches can come: it has been sent, or some of it has.
  var isForwarding: Bool {
    switch phase {
    case .forwarding, .resolving, .openingMedia: true
    default: false
    }
  }

  init(_ inbound: Inbound, _ phase: Phase) {
    server = inbound.id
    hop = inbound.hop
    origin = inbound.origin
    method = inbound.method
    receivedAt = inbound.receivedAt
    self.inbound = inbound
    self.phase = phase
  }

  /// A branch has its final response; which one that is.
  @discardableResult
  func markDone(_ client: ClientTransactionID, status: Int) -> Int? {
    guard let index = branches.firstIndex(where: { $0.client == client }) else { return nil }
    branches[index].state = .done(status: status)
    return index
  }
}

/// What where a response comes from means for those it goes to.
struct ResponseOrigin {
  /// Whether its X-IF headers and identities count.
  var isTrusted = true
  /// Whether what lies behind us is hidden.
  var isHidden = false
  /// Whether it is this node's own word: the gateway's.
  var isOwn = false

  /// Of our own responses.
  static let ours = ResponseOrigin()
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
  /// Of a call out of the council, what it is about.
  var hazard: Hazard?
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
    // Generations begin at 1: the word 0 is what a transaction without a context carries, and must find nothing.
    slots.append((1, context))
    return ContextID(index: UInt32(truncatingIfNeeded: slots.count - 1), generation: 1)
  }

  /// The context of that name; nil when it is gone.
  subscript(id: ContextID) -> ResponseContext? {
    guard Int(id.index) < slots.count, slots[Int(id.index)].generation == id.generation else { return nil }
    return slots[Int(id.index)].context
  }

  /// Every context, in no order.
  func forEach(_ body: (ContextID, ResponseContext) -> Void) {
    for (index, slot) in slots.enumerated() {
      guard let context = slot.context else { continue }
      body(ContextID(index: UInt32(truncatingIfNeeded: index), generation: slot.generation), context)
    }
  }

  /// Forgets a context; its ID finds nothing from now on.
  mutating func remove(_ id: ContextID) {
    guard self[id] != nil else { return }
    slots[Int(id.index)] = (max(id.generation &+ 1, 1), nil)
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
