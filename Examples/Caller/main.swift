// Calls a SIP URI over UDP, stays for two seconds, hangs up: Caller sip:bob@127.0.0.1:5070 [OUR-ADDRESS]
// `Reactor` is this package's own loop; with another one, `received`, `timerFired` and `io.send` are what changes.
import Glibc
import Reactor
import SIPDialog
import SIPMessage
import SIPTransaction
import Synchronization
import Wire

enum Outcome { static let succeeded = Atomic(false) }

final class Caller: ReactorDriver {
  private var agent: UserAgent, sink = UserAgentSink()
  private let target: String, server: Hop, context: ReactorContext
  private var call: CallHandle?, hangUpAt: Instant?

  init(_ target: String, server: Hop, context: ReactorContext, seed: (UInt64, UInt64, UInt64, UInt64)) {
    (self.target, self.server, self.context) = (target, server, context)
    let us = "\(context.sockets[0])"
    agent = UserAgent(configuration: UserAgentConfiguration(contact: "sip:caller@\(us)", sentBy: us), seed: seed)
  }

  func started(now: Instant, io: inout ReactorIO) {
    let (us, kind) = (context.sockets[0].ip, context.sockets[0].ip.isIPv4 ? "IP4" : "IP6")
    let offer = "v=0\r\no=- 1 1 IN \(kind) \(us)\r\ns=-\r\nc=IN \(kind) \(us)\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n"
    print("calling \(target)")
    call = try? agent.invite(
      target, from: "<sip:caller@\(context.sockets[0])>", via: server, offer: SessionBody(offer), now: now, into: &sink)
    perform(now, &io)
  }

  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {
    agent.receive(datagram, from: Hop(transport: .udp, remote: from), now: now, into: &sink)
    perform(now, &io)
  }

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {}
  var nextDeadline: Instant? { [agent.nextDeadline, hangUpAt].compactMap { $0 }.min() }

  func timerFired(now: Instant, io: inout ReactorIO) {
    if let call, let at = hangUpAt, at <= now {
      hangUpAt = nil
      try? agent.hangUp(call, now: now, into: &sink)
    }
    agent.advance(now: now, into: &sink)
    perform(now, &io)
  }

  private func perform(_ now: Instant, _ io: inout ReactorIO) {
    for action in sink.take() {
      switch action {
      case .send(let bytes, let hop, _): _ = io.send(bytes: bytes.span, to: hop.remote, socket: 0)
      case .event(.progress(_, _, let message, _)): print("\(message.view.statusCode)")
      case .event(.answered(_, _, _, let session)):
        print("answered, \(session.body?.bytes.count ?? 0) bytes of \(session.body?.contentType ?? "nothing")")
        hangUpAt = now + .seconds(2)
      case .event(.ended(_, .refused(let message))): print("refused: \(message.view.statusCode)")
      case .event(.ended(_, let reason)):
        if case .hungUp = reason { Outcome.succeeded.store(true, ordering: .releasing) }
        print("ended: \(reason)")
      case .event: break
      }
    }
    // The BYE keeps its dialog until it has been answered.
    if agent.callCount == 0, agent.dialogCount == 0 { context.mailboxes[0].post(.stop) }
  }
}

let arguments = CommandLine.arguments
guard arguments.count > 1, let uri = try? SIPURI(arguments[1]), let address = uri.host.address,
  let us = IPAddress(arguments.count > 2 ? arguments[2] : "127.0.0.1")
else { fatalError("usage: Caller sip:USER@ADDRESS[:PORT] [OUR-ADDRESS]") }
let server = Hop(transport: .udp, remote: SocketAddress(ip: address, port: uri.port ?? 5060))
let seed = (
  UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max),
  UInt64.random(in: 0 ... .max)
)
let group = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [SocketAddress(ip: us, port: 0)]))
try group.start { Caller(arguments[1], server: server, context: $0, seed: seed) }
await group.waitUntilStopped()
exit(Outcome.succeeded.load(ordering: .acquiring) ? 0 : 1)
