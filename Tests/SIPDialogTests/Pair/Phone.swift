import SIPDialog
import SIPMessage
import SIPTransaction
import Testing
import Wire

/// One end of a call: an agent, and a record of what it told its user.
final class Phone {
  let name: String
  let address: SocketAddress
  var agent: UserAgent
  var sink = UserAgentSink()
  /// What happened, in order, and the same in words.
  var events: [UserAgentEvent] = []
  var log: [String] = []
  /// What was put on the wire, by start line: `INVITE`, `180 INVITE`.
  var sent: [String] = []
  var messages: [[UInt8]] = []
  /// What the user does about an event, at once.
  var react: (Phone, UserAgentEvent) -> Void = { _, _ in }
  /// Where bytes go.
  var transmit: ([UInt8], Hop) -> Void = { _, _ in }
  var now: Int64 = 0

  init(
    _ name: String, host: String, seed: UInt64, limits: UserAgentLimits = .default,
    _ change: (inout UserAgentConfiguration) -> Void = { _ in }
  ) {
    self.name = name
    address = Phone.address(host + ":5060")
    var configuration = UserAgentConfiguration(contact: "sip:\(name)@\(host):5060", sentBy: "\(host):5060")
    change(&configuration)
    agent = UserAgent(configuration: configuration, limits: limits, seed: (seed, 2, 3, seed))
  }

  static func address(_ text: String) -> SocketAddress {
    SocketAddress(text) ?? SocketAddress(ip: IPAddress(v4: 0), port: 0)
  }

  var instant: Instant { Instant(milliseconds: now) }

  /// Runs a command and hands on what came of it.
  @discardableResult
  func run<Value>(
    _ command: (inout UserAgent, Instant, inout UserAgentSink) throws(UserAgentError) -> Value
  ) throws(UserAgentError) -> Value {
    defer { flush() }
    return try command(&agent, instant, &sink)
  }

  func receive(_ bytes: [UInt8], from hop: Hop) {
    agent.receive(bytes.span, from: hop, now: instant, into: &sink)
    flush()
  }

  func receive(_ text: String, from hop: Hop) { receive(Array(text.utf8), from: hop) }

  func advance() {
    agent.advance(now: instant, into: &sink)
    flush()
  }

  func flush() {
    for action in sink.take() {
      switch action {
      case .send(let bytes, let hop, _):
        sent.append(Phone.summary(of: bytes))
        messages.append(bytes)
        transmit(bytes, hop)
      case .event(let event):
        events.append(event)
        log.append(Phone.words(for: event))
        react(self, event)
      }
    }
  }

  static func summary(of bytes: [UInt8]) -> String {
    guard let message = try? SIPMessage(parsing: bytes) else { return "unreadable" }
    let view = message.view
    if view.isRequest { return view.method.name }
    return "\(view.statusCode) \((try? view.cseq().method.name) ?? "?")"
  }

  /// The last message sent whose summary is this.
  func lastSent(_ summary: String) throws -> SIPMessage {
    try SIPMessage(parsing: #require(messages.last { Phone.summary(of: $0) == summary }))
  }

  func currentDialog() throws -> Dialog {
    let handle = try #require(dialog)
    let dialog = agent.dialog(handle)
    return try #require(dialog)
  }

  func currentSession() throws -> OfferAnswer {
    let handle = try #require(dialog)
    let session = agent.session(handle)
    return try #require(session)
  }

  /// The first value of a header in the last message sent with this summary.
  func header(_ name: SIPHeaderName, of summary: String) throws -> String? {
    let message = try lastSent(summary)
    let view = message.view
    guard let entry = view.first(name) else { return nil }
    return view.string(entry.valueRange)
  }

  // MARK: What the last events named

  var call: CallHandle? {
    for event in events.reversed() {
      switch event {
      case .incoming(let call, _, _, _, _), .progress(let call, _, _, _), .answered(let call, _, _, _): return call
      default: continue
      }
    }
    return nil
  }

  var dialog: DialogHandle? {
    for event in events.reversed() {
      switch event {
      case .incoming(_, let dialog, _, _, _), .progress(_, let dialog?, _, _), .answered(_, let dialog, _, _):
        return dialog
      default: continue
      }
    }
    return nil
  }

  var request: RequestHandle? {
    for event in events.reversed() {
      switch event {
      case .sessionRequested(_, let request, _, _), .referred(_, let request, _, _), .request(_, let request, _),
        .challenged(let request, _, _, _):
        return request
      default: continue
      }
    }
    return nil
  }

  static func words(for event: UserAgentEvent) -> String {
    switch event {
    case .incoming(_, _, _, let session, let replacing):
      "incoming\(words(for: session))\(replacing == nil ? "" : " replacing")"
    case .progress(_, _, let message, let session): "progress \(message.view.statusCode)\(words(for: session))"
    case .answered(_, _, _, let session): "answered\(words(for: session))"
    case .provisionalAcknowledged(_, let session): "provisional acknowledged\(words(for: session))"
    case .acknowledged(_, let session): "acknowledged\(words(for: session))"
    case .sessionRequested(_, _, let message, let session):
      "requested \(message.view.method)\(words(for: session))"
    case .requestCancelled: "request cancelled"
    case .sessionAccepted(_, _, let session): "accepted\(words(for: session))"
    case .sessionRefused(_, let message): "refused \(message?.view.statusCode ?? 0)"
    case .challenged(_, _, _, let message): "challenged \(message.view.statusCode)"
    case .referred(_, _, _, let to): "referred \(to.uri.text)"
    case .referAnswered(_, let message): "refer \(message?.view.statusCode ?? 0)"
    case .referProgress(_, let message): "notified \(message.view.string(message.view.body).prefix(11))"
    case .request(_, _, let message): "request \(message.view.method)"
    case .ended(_, let reason): "ended \(reason)"
    }
  }

  private static func words(for session: SessionPart) -> String {
    switch session {
    case .none: ""
    case .preview(let body): " preview \(String(decoding: body.bytes, as: UTF8.self))"
    case .offer(let body): " offer \(String(decoding: body.bytes, as: UTF8.self))"
    case .answer(let body): " answer \(String(decoding: body.bytes, as: UTF8.self))"
    }
  }
}
