import H225
import Proxy
import Reactor
import Resolver
import Wire

/// RAS of a node, on the reactor that has its socket: as the gatekeeper's side, or as an endpoint of another gatekeeper.
struct NodeRAS {
  private let plan: H323Plan
  private var client: NodeRASClient?

  init(_ plan: H323Plan, _ resolver: Resolver) {
    self.plan = plan
    if let external = plan.settings.external, !external.gatekeepers.isEmpty {
      client = NodeRASClient(plan, external.gatekeepers, resolver)
    }
  }

  mutating func start(at moment: Moment) { client?.start(now: moment.now) }

  /// Nobody is registered any more.
  mutating func stop(at moment: Moment) { client?.stop(now: moment.now) }

  var nextDeadline: Instant? { client?.nextDeadline }

  mutating func received(_ datagram: Span<UInt8>, from source: SocketAddress, at moment: Moment) {
    client?.received(datagram, from: source, now: moment.now)
  }

  /// What other reactors and the resolver have left on the desk.
  mutating func receivedQuestions(at moment: Moment) {
    for question in plan.shared.desk.take() { client?.received(question, now: moment.now) }
  }

  mutating func advance(at moment: Moment) {
    if let deadline = nextDeadline, deadline <= moment.now { client?.advance(now: moment.now) }
  }

  /// Sends what there is to send.
  mutating func flush(_ io: inout ReactorIO) {
    guard let client, !client.outgoing.isEmpty else { return }
    for (octets, address) in client.outgoing { io.send(bytes: octets.span, to: address, socket: plan.rasSocket) }
    self.client?.sent()
  }
}
