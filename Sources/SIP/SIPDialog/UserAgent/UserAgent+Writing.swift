import SIPMessage
import SIPTransaction
import Wire

// What our messages say.
extension UserAgent {
  /// The methods we understand.
  var allow: String {
    let methods = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, MESSAGE, REFER, NOTIFY"
    return configuration.reliability == .off ? methods : methods + ", PRACK"
  }

  /// The extensions we understand.
  var supportedTags: [String] {
    configuration.reliability == .off ? ["timer", "replaces"] : ["100rel", "timer", "replaces"]
  }

  mutating func newBranch() -> String { "z9hG4bK" + random.token() }

  // MARK: Requests

  /// The bytes of a request of ours under this number; nil when its dialog is gone.
  func write(_ request: OutgoingRequest, branch: String, sequence: UInt32) -> [UInt8]? {
    guard let frame = frame(of: request) else { return nil }
    var writer = start(request.method, frame, hop: request.hop, branch: branch, sequence: sequence)
    switch request.method {
    case .invite, .update:
      addAbilities(to: &writer, of: frame)
      if request.method == .invite, configuration.reliability == .required { writer.add("Require", "100rel") }
      if let seconds = request.sessionSeconds {
        let header = SessionExpiresHeader(seconds: seconds, refresher: refresher(of: request))
        writer.add("Session-Expires", header.text)
        if request.minimumSessionSeconds > SessionExpiresHeader.absoluteMinimum {
          writer.add("Min-SE", Int(request.minimumSessionSeconds))
        }
      }
    case .refer, .notify:
      writer.add("Contact", contact(isSIPS: frame.isSIPS))
      writer.add("Supported", supportedTags.joined(separator: ", "))
    case .prack, .bye, .info, .message, .ack, .cancel, .register, .options, .subscribe, .publish, .other:
      writer.add("Supported", supportedTags.joined(separator: ", "))
    }
    for header in request.headers + request.credentials { writer.add(header.name, header.value) }
    return finish(&writer, body: request.body)
  }

  /// The ACK for a 2xx (§13.2.2.4): the INVITE's number and credentials, within the dialog.
  func writeAck(
    for request: OutgoingRequest, in dialog: Dialog, hop: Hop, branch: String, body: SessionBody?
  ) -> [UInt8] {
    let target = dialog.requestTarget
    let frame = Frame(
      target: target.requestURI, routes: target.routes, from: "\(dialog.localAddress);tag=\(dialog.id.localTag)",
      to: Self.to(dialog), callID: dialog.id.callID, isSIPS: dialog.isSecure)
    var writer = start(.ack, frame, hop: hop, branch: branch, sequence: request.sequence)
    for header in request.credentials { writer.add(header.name, header.value) }
    return finish(&writer, body: body)
  }

  private struct Frame {
    var target: String
    var routes: [String]
    var from: String
    var to: String
    var callID: String
    /// Whether the Contact has to be a SIPS URI (§8.1.1.8, §12.1).
    var isSIPS: Bool
  }

  /// Our Contact; as a SIPS URI where the dialog has begun with one, by whoever's wish.
  private func contact(isSIPS: Bool) -> String {
    let uri = configuration.contact
    return isSIPS && uri.hasPrefix("sip:") ? "<sips:\(uri.dropFirst(4))>" : "<\(uri)>"
  }

  private static func to(_ dialog: Dialog) -> String {
    dialog.id.remoteTag.isEmpty ? dialog.remoteAddress : "\(dialog.remoteAddress);tag=\(dialog.id.remoteTag)"
  }

  private func frame(of request: OutgoingRequest) -> Frame? {
    if let draft = request.draft {
      return Frame(
        target: draft.target, routes: draft.routes, from: "\(draft.from);tag=\(draft.localTag)", to: draft.to,
        callID: draft.callID, isSIPS: draft.isSIPS)
    }
    guard let number = request.dialog, let dialog = dialogs[number]?.dialog else { return nil }
    let target = dialog.requestTarget
    return Frame(
      target: target.requestURI, routes: target.routes, from: "\(dialog.localAddress);tag=\(dialog.id.localTag)",
      to: Self.to(dialog), callID: dialog.id.callID, isSIPS: dialog.isSecure)
  }

  private func start(
    _ method: SIPMethod, _ frame: Frame, hop: Hop, branch: String, sequence: UInt32
  ) -> SIPRequestWriter {
    var writer = SIPRequestWriter(method, requestURI: frame.target)
    writer.add("Via", "SIP/2.0/\(hop.transport.viaToken) \(configuration.sentBy);branch=\(branch);rport")
    writer.add("Max-Forwards", 70)
    for route in frame.routes { writer.add("Route", route) }
    writer.add("From", frame.from)
    writer.add("To", frame.to)
    writer.add("Call-ID", frame.callID)
    writer.add("CSeq", "\(sequence) \(method.name)")
    return writer
  }

  private func finish(_ writer: inout SIPRequestWriter, body: SessionBody?) -> [UInt8] {
    if !configuration.product.isEmpty { writer.add("User-Agent", configuration.product) }
    if let body {
      writer.contentType = body.contentType
      writer.body = body.bytes
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1024)
    writer.write(into: &bytes)
    return bytes
  }

  private func addAbilities(to writer: inout SIPRequestWriter, of frame: Frame) {
    writer.add("Contact", contact(isSIPS: frame.isSIPS))
    writer.add("Allow", allow)
    writer.add("Supported", supportedTags.joined(separator: ", "))
  }

  /// Within a dialog whoever refreshes goes on doing it (RFC 4028 §7.4); before there is one it is left open.
  private func refresher(of request: OutgoingRequest) -> SessionExpiresHeader.Refresher? {
    guard let number = request.dialog, let timer = dialogs[number]?.timer, timer.seconds != nil else { return nil }
    return timer.refreshes ? .uac : .uas
  }

  // MARK: Responses

  /// Makes a response to a request that is still held.
  func write(
    _ status: Int, phrase: String? = nil, answering message: SIPMessage, from source: Hop?, toTag: String?,
    headers: [ExtraHeader] = [], body: SessionBody? = nil
  ) -> [UInt8] {
    var writer = SIPResponseWriter(status, phrase: phrase)
    writer.toTag = toTag
    writer.received = source?.remote.ip
    writer.port = source?.remote.port
    let method = message.view.method
    if method == .invite, status > 100, status < 300 { writer.copiesRecordRoute = true }
    if method == .invite || method == .update, status > 100, status < 300 {
      let view = message.view
      let tag = (try? view.to())?.tag.map { view.string($0) } ?? toTag ?? ""
      let dialog = dialogNumber(of: view, localTag: tag).flatMap { dialogs[$0]?.dialog }
      writer.add("Contact", contact(isSIPS: dialog?.isSecure == true))
    }
    if (200...299).contains(status), method == .invite || method == .update || method == .options {
      writer.add("Allow", allow)
      writer.add("Supported", supportedTags.joined(separator: ", "))
    }
    for header in headers { writer.add(header.name, header.value) }
    if !configuration.product.isEmpty { writer.add("Server", configuration.product) }
    if let body {
      writer.contentType = body.contentType
      writer.body = body.bytes
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(1024)
    writer.write(answering: message.view, into: &bytes)
    return bytes
  }

  /// Answers a request that nothing is kept of.
  mutating func respond(
    _ id: ServerTransactionID, _ status: Int, answering message: SIPMessage, toTag: String? = nil,
    headers: [ExtraHeader] = [], body: SessionBody? = nil, now: Instant
  ) {
    let bytes = write(
      status, answering: message, from: layer.source(of: id), toTag: toTag ?? random.token(), headers: headers,
      body: body)
    layer.respond(id, status: status, bytes: bytes, now: now, into: &below)
  }

  // MARK: Where to

  /// Where a request within a dialog goes.
  func hop(of slot: DialogSlot) -> Hop {
    configuration.hasOneHop ? slot.hop : Self.hop(to: slot.dialog.nextHop, fallback: slot.hop)
  }

  /// The hop that a URI's address names; the fallback when it is a name, or when the stream we have leads there.
  package static func hop(to uri: String, fallback: Hop) -> Hop {
    guard let uri = try? SIPURI(uri), let address = (uri.maddr ?? uri.host).address else { return fallback }
    let transport: SIPTransportKind
    switch (uri.transport, uri.scheme) {
    case (nil, _) where fallback.transport.isReliable: return fallback
    case (nil, .sip), ("udp"?, _): transport = .udp
    case (nil, .sips), ("tls"?, _), ("tcp"?, .sips): transport = .tls
    case ("tcp"?, .sip): transport = .tcp
    case ("ws"?, .sip): transport = .ws
    case ("ws"?, .sips), ("wss"?, _): transport = .wss
    case (.some, _): return fallback
    }
    let remote = SocketAddress(ip: address, port: uri.port ?? transport.defaultPort)
    if fallback.transport == transport, fallback.remote == remote { return fallback }
    return Hop(transport: transport, remote: remote, listener: fallback.listener)
  }
}

extension SIPTransportKind {
  /// The token of a Via.
  var viaToken: String {
    switch self {
    case .udp: "UDP"
    case .tcp: "TCP"
    case .tls: "TLS"
    case .ws: "WS"
    case .wss: "WSS"
    }
  }
}

extension SessionBody {
  /// The description in a message: its body, unless Content-Disposition says that it is something else. Of a body of many
  /// parts the first that is SDP; the others are somebody else's (RFC 5621 §3.1).
  init?(in view: borrowing SIPMessageView) {
    guard !view.body.isEmpty else { return nil }
    if let parts = try? view.multipartBody() {
      guard let part = parts.first(.sdp) else { return nil }
      self.init([UInt8](copying: view.slice(part.content)))
      return
    }
    if let disposition = try? view.contentDisposition(), disposition.type != "session" { return nil }
    let type = view.first(.contentType).map { view.string($0.valueRange) }
    self.init([UInt8](copying: view.slice(view.body)), contentType: type ?? "application/octet-stream")
  }
}
