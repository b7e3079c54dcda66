// Calls a SIP URI over UDP, stays for two seconds, hangs up: Caller sip:bob@127.0.0.1:5070 [OUR-ADDRESS]
// `Reactor` is this package's own loop; with another one, `received`, `timerFired` and `io.send` are what changes.
import Glibc
import Reactor
import SIPDialog
import SIPMessage
import SIPTransaction
import Synchronization
import Wire

let succeeded = Atomic(false)
final class Caller: ReactorDriver {
  private var agent: UserAgent
  private var sink = UserAgentSink()
  private var (call, hangUpAt): (CallHandle?, Instant?) = (nil, nil)
  private let (target, server, context): (String, Hop, ReactorContext)
  init(_ target: String, at server: Hop, _ context: ReactorContext) {
    (self.target, self.server, self.context) = (target, server, context)
    let identity = UserAgentConfiguration(contact: "sip:caller@\(context.sockets[0])", sentBy: "\(context.sockets[0])")
    var random = SystemRandomNumberGenerator()
    agent = UserAgent(configuration: identity, seed: (random.next(), random.next(), random.next(), random.next()))
  }
  func started(now: Instant, io: inout ReactorIO) {
    let us = context.sockets[0].ip
    let c = "IN \(us.isIPv4 ? "IP4" : "IP6") \(us)"
    let offer = SessionBody("v=0\r\no=- 1 1 \(c)\r\ns=-\r\nc=\(c)\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n")
    call = try? agent.invite(target, from: "<sip:caller@\(us)>", via: server, offer: offer, now: now, into: &sink)
    print("calling \(target)")
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
  var nextDeadline: Instant? { [agent.nextDeadline, agent.callCount > 0 ? hangUpAt : nil].compactMap { $0 }.min() }
  func timerFired(now: Instant, io: inout ReactorIO) {
    if let call, let at = hangUpAt, at <= now { try? agent.hangUp(call, now: now, into: &sink) }
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
      case .event(.ended(_, let reason)):
        if case .hungUp = reason { succeeded.store(true, ordering: .releasing) }
        print("ended: \(reason)")
      case .event: break
      }
    }
    if agent.callCount == 0, agent.dialogCount == 0 { context.mailboxes[0].post(.stop) }
  }
}
let words = CommandLine.arguments
guard words.count > 1, let uri = try? SIPURI(words[1]), let address = uri.host.address,
  let us = IPAddress(words.count > 2 ? words[2] : "127.0.0.1")
else { print("usage: Caller sip:USER@ADDRESS[:PORT] [OUR-ADDRESS]"); exit(2) }
let server = Hop(transport: .udp, remote: SocketAddress(ip: address, port: uri.port ?? 5060))
let group = try ReactorGroup(ReactorConfiguration(count: 1, sockets: [SocketAddress(ip: us, port: 0)]))
try group.start { Caller(words[1], at: server, $0) }
await group.waitUntilStopped()
exit(succeeded.load(ordering: .acquiring) ? 0 : 1)
