import FuzzSupport
import SIPMessage
import SIPTransaction
import Wire

/// What came in and what went out, and whether the one follows from the other.
struct Ledger {
  /// A request that the core sent.
  final class Request {
    let bytes: [UInt8]
    let hop: Hop
    let origin: TransactionOrigin?
    let branch: String
    let method: SIPMethod
    /// The request it was made of, by that one's Via; what was forked from one request has the same.
    let group: String
    /// An OPTIONS by which the core asks a hop whether it is there; made of nothing.
    var isProbe: Bool { group == Ledger.probe }
    let sentAt: Instant
    var hasProvisional = false
    /// A provisional response came while there was somebody to take it.
    var rings = false
    var hasFinal = false
    /// Given up by the transport.
    var hasFailed = false
    var isCancelled = false

    init(
      bytes: [UInt8], hop: Hop, origin: TransactionOrigin?, branch: String, method: SIPMethod, group: String,
      sentAt: Instant
    ) {
      self.bytes = bytes
      self.hop = hop
      self.origin = origin
      self.branch = branch
      self.method = method
      self.group = group
      self.sentAt = sentAt
    }
  }

  /// A call that is up, as its caller knows it.
  struct Dialog {
    let callID: String
    let fromTag: String
    let toTag: String
    let routes: [String]
  }

  /// What the core sent to others, oldest first.
  private(set) var requests: [Request] = []
  private(set) var dialogs: [Dialog] = []
  /// The nonce of the last challenge.
  private(set) var nonce = ""
  private var byBranch: [String: Request] = [:]
  private var origins: [String: Set<Hop>] = [:]
  private var answeredBy2xx: Set<String> = []
  private var finals: [TransactionOrigin: (status: Int, bytes: [UInt8])] = [:]
  private var malformedFrom: Hop?
  private var fed: Request?
  /// Once somebody has answered with headers that are not those of the request, the answers that go on have them, too.
  private var areHeadersHonest = true

  // MARK: What comes in

  mutating func received(_ view: SIPMessageView, _ fields: SIPMandatoryFields, _ hop: Hop, now: Instant) {
    fed = nil
    guard !view.isRequest else {
      origins[key(view, fields), default: []].insert(origin(hop))
      return
    }
    let branch = fields.topmostVia.branch.map { view.string($0) } ?? ""
    guard let request = byBranch[branch], request.method == fields.method(in: view) else { return }
    let status = view.statusCode
    if request.isProbe {
    } else if let next = try? view.via(after: fields.topmostVia), request.group == group(view, fields, next) {
    } else {
      areHeadersHonest = false
    }
    if status < 200 {
      let isInTime = request.rings || now - request.sentAt < .seconds(32)
      if isInTime, !request.hasFinal, !request.hasFailed { request.rings = true }
      request.hasProvisional = true
    }
    if status >= 200 { request.hasFinal = true }
    fed = request
  }

  mutating func beginMalformed(_ hop: Hop) {
    malformedFrom = hop
    fed = nil
  }
  mutating func endMalformed() { malformedFrom = nil }

  func failed(_ request: Request) { request.hasFailed = true }

  func closed(_ connection: UInt64) {
    for request in byBranch.values where request.hop.connection.rawValue == connection { request.hasFailed = true }
  }

  // MARK: What goes out

  mutating func sent(_ bytes: [UInt8], _ hop: Hop, _ origin: TransactionOrigin?, now: Instant) {
    var index = SIPMessageIndex()
    let span = bytes.span
    let isIndexed = (try? index.index(span, framing: hop.transport.isReliable ? .stream : .datagram)) != nil
    if let malformedFrom {
      require(bytes.starts(with: "SIP/2.0 4".utf8) || bytes.starts(with: "SIP/2.0 5".utf8), "a refusal that is none")
      require(hop.remote.ip == malformedFrom.remote.ip, "a refusal to somebody else")
      return
    }
    require(isIndexed, "what is sent cannot be read: \(String(decoding: bytes, as: UTF8.self))")
    let view = index.view(of: span)
    do throws(SIPParseError) {
      let fields = try view.validate()
      if view.isRequest {
        checkRequest(view, fields, bytes, hop, origin, now)
      } else {
        checkResponse(view, fields, bytes, hop, origin)
      }
    } catch {
      require(false, "what is sent is faulty: \(error) in \(String(decoding: bytes, as: UTF8.self))")
    }
  }

  private mutating func checkRequest(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields, _ bytes: [UInt8], _ hop: Hop, _ origin: TransactionOrigin?,
    _ now: Instant
  ) {
    let branch = fields.topmostVia.branch.map { view.string($0) } ?? ""
    require(branch.hasPrefix("z9hG4bK") && branch.utf8.count == 57, "a branch of somebody else's")
    require((fields.maxForwards ?? 255) < 255, "Max-Forwards is not counted down")
    let method = view.method
    if let known = byBranch[branch] {
      switch method {
      case .cancel:
        require(known.method == .invite, "a CANCEL for what is no INVITE")
        require(known.hasProvisional, "a CANCEL before a provisional response")
        require(known.hop.remote == hop.remote, "a CANCEL that goes elsewhere")
        known.isCancelled = true
      case .ack: require(known.method == .invite || known.method == .ack, "an ACK for what is no INVITE")
      default: require(known.bytes == bytes, "two requests with one branch")
      }
      return
    }
    require(method != .cancel, "a CANCEL for nothing")
    var next: ViaField?
    do { next = try view.via(after: fields.topmostVia) } catch { require(false, "the second Via is faulty: \(error)") }
    let request = Request(
      bytes: bytes, hop: hop, origin: origin, branch: branch, method: method,
      group: next.map { group(view, fields, $0) } ?? Self.probe, sentAt: now)
    if request.isProbe {
      require(
        method == .options && fields.maxForwards == 0 && fields.to.tag == nil && fields.topmostRoute == nil,
        "a request of our own making")
    }
    byBranch[branch] = request
    requests.append(request)
  }

  private mutating func checkResponse(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields, _ bytes: [UInt8], _ hop: Hop, _ origin: TransactionOrigin?
  ) {
    let status = view.statusCode
    if areHeadersHonest {
      let from = origins[key(view, fields)] ?? []
      require(!from.isEmpty, "an answer to nothing: \(String(decoding: bytes, as: UTF8.self))")
      require(from.contains(self.origin(hop)), "an answer to somebody else")
    }
    let isInvite = fields.method(in: view) == .invite
    if let origin, status >= 200 {
      if let last = finals[origin], last.bytes != bytes {
        require(isInvite && last.status < 300 && status < 300, "\(status) after \(last.status)")
      }
      finals[origin] = (status, bytes)
    }
    if status == 407 || status == 401 { learnNonce(view) }
    guard isInvite, (200...299).contains(status) else { return }
    if let fed { answeredBy2xx.insert(fed.group) }
    var routes: [String] = []
    view.forEachElement(of: .recordRoute) { routes.append(view.string($0)) }
    guard let from = fields.from.tag, let to = fields.to.tag else { return }
    dialogs.append(
      Dialog(
        callID: view.string(fields.callID), fromTag: view.string(from), toTag: view.string(to), routes: routes))
  }

  private mutating func learnNonce(_ view: SIPMessageView) {
    for name in [SIPHeaderName.proxyAuthenticate, .wwwAuthenticate] {
      guard let entry = view.first(name) else { continue }
      let value = view.string(entry.valueRange)
      guard let start = value.firstRange(of: "nonce=\"") else { continue }
      nonce = String(value[start.upperBound...].prefix { $0 != "\"" })
    }
  }

  // MARK: What must hold between events

  /// After a 2xx every other branch is cancelled (§16.7 step 10), as soon as it may be (§9.1).
  func checkForks() {
    guard !answeredBy2xx.isEmpty else { return }
    for request in byBranch.values where request.method == .invite && answeredBy2xx.contains(request.group) {
      require(
        !request.rings || request.hasFinal || request.hasFailed || request.isCancelled,
        "a branch rings on after a 2xx")
    }
  }

  // MARK: Names

  private func key(_ view: SIPMessageView, _ fields: SIPMandatoryFields) -> String {
    let via = fields.topmostVia
    let branch = via.branch.map { view.string($0) } ?? ""
    return
      "\(view.string(via.host)):\(via.port ?? 0)|\(branch)|\(view.string(fields.callID))|\(fields.cseqNumber)|"
      + fields.method(in: view).name
  }

  private func group(_ view: SIPMessageView, _ fields: SIPMandatoryFields, _ via: ViaField) -> String {
    "\(view.string(via.value))|\(view.string(fields.callID))|\(fields.cseqNumber)"
  }

  fileprivate static let probe = "probe"

  /// What of a hop an answer must have in common with its request: over UDP the port is Via's business.
  private func origin(_ hop: Hop) -> Hop {
    var hop = hop
    hop.listener = 0
    if !hop.transport.isReliable { hop.remote.port = 0 }
    return hop
  }
}
