import FuzzSupport
import H225
import H245
import H323Endpoint
import PER
import Wire

/// One endpoint, and what must be true of all it wants and tells.
///
/// Nothing is sent or closed on a connection that is closed; what is sent can be read. Every call that is told of ends once,
/// and is not named after that. No call has more connections than the limit.
final class Watch {
  let ip: UInt32
  var endpoint: H323Endpoint
  /// Calls that are not over, as the user sees them.
  var calls: [H323CallHandle] = []
  /// Calls that the user holds.
  var held: Set<H323CallHandle> = []
  /// Connections and listeners that the endpoint believes in.
  var links: Set<H323Link> = []
  var listeners: [UInt16: H323Link] = [:]
  var canListen = true
  var nextPort: UInt16 = 30_000
  private var ended: Set<H323CallHandle> = []

  init(ip: UInt32, _ configuration: H323EndpointConfiguration, _ limits: H323EndpointLimits, seed: UInt64) {
    self.ip = ip
    endpoint = H323Endpoint(configuration: configuration, limits: limits, seed: seed)
  }

  /// A connection that came in and was taken.
  func took(_ link: H323Link) {
    require(links.insert(link).inserted, "a link twice")
  }

  /// The driver has told that a connection is gone.
  func lost(_ link: H323Link) {
    links.remove(link)
  }

  func check(_ action: H323EndpointAction) {
    switch action {
    case .connect(let link, _):
      require(links.insert(link).inserted, "a link twice")
    case .listen(let link): require(links.insert(link).inserted, "a link twice")
    case .send(let octets, let link):
      require(links.contains(link), "sent on a connection that is closed")
      // One of the two it must be.
      let isSignalling = (try? CallSignallingMessage(decoding: octets.span)) != nil
      let isControl = (try? MultimediaSystemControlMessage(decoding: octets.span)) != nil
      require(isSignalling || isControl, "sent, but nobody can read it")
    case .close(let link): require(links.remove(link) != nil, "closed twice")
    case .event(let event): told(event)
    }
  }

  private func told(_ event: H323EndpointEvent) {
    switch event {
    case .incoming(let call, _):
      require(!calls.contains(call) && !ended.contains(call), "a call twice")
      calls.append(call)
    case .released(let call, _):
      require(ended.insert(call).inserted, "an end twice")
      calls.removeAll { $0 == call }
      held.remove(call)
    case .proceeding(let call), .alerting(let call), .connected(let call, _), .media(let call, _),
      .digit(let call, _, _), .redirected(let call, _), .other(let call, _):
      require(!ended.contains(call), "told of a call that is over")
    }
  }

  /// Between any two events.
  func check(now: Instant) {
    require(
      endpoint.linkCount <= endpoint.callCount * H323EndpointLimits.maxLinksPerCall + endpoint.limits.maxWaitingLinks,
      "too many links")
    require(endpoint.callCount >= calls.count, "a call is gone and nobody was told")
    require(endpoint.callCount <= endpoint.limits.maxCalls, "too many calls")
    require(links.count == endpoint.linkCount, "\(links.count) links are open, \(endpoint.linkCount) are known")
  }

  /// After a long time: what is left has media both ways, or somebody holds it.
  func checkWhole() {
    for call in calls {
      guard let media = endpoint.media(of: call), let hold = endpoint.hold(of: call) else { continue }
      require(media.outgoing != nil || hold.byPeer, "nothing is sent, and nobody holds the call")
      require(media.incoming != nil || hold.byUs, "nothing is received, and nobody holds the call")
    }
  }

  func checkEmpty() {
    require(calls.isEmpty && endpoint.callCount == 0, "a call without an end")
    require(links.isEmpty && endpoint.linkCount == 0, "a connection without an end")
    require(endpoint.nextDeadline == nil, "a deadline for nothing")
  }
}
