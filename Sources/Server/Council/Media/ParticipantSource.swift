import H323Endpoint
import RTP
import Relay
import Wire

/// Where a participant's packets come from and go to: what H.245 says of it, and what packets have shown. By the rules
/// of the relay: the address that was told at once, another port of its host after two packets in a row; from elsewhere
/// nobody is heard.
struct ParticipantSource: Sendable {
  /// What becomes of a datagram.
  enum Verdict: Sendable, Hashable {
    case accept
    /// The next one in sequence will be believed.
    case wait
    case stranger
  }

  private var peer: RelayPeer
  private var media: SourceLatch
  private var control: SourceLatch
  private var candidate: RelayCandidate?

  init(signalledFrom: IPAddress, now: Instant) {
    peer = RelayPeer(media: nil)
    peer.signalledFrom = signalledFrom
    let end = now + RelayLimits.learningWindow
    media = SourceLatch(windowEnd: end)
    control = SourceLatch(windowEnd: end)
  }

  /// The media has been agreed upon, or changed. On hold the peer stays where it was.
  mutating func negotiate(_ agreed: H323Media, now: Instant) {
    let end = now + RelayLimits.learningWindow
    media.extend(to: end)
    control.extend(to: end)
    guard let outgoing = agreed.outgoing else {
      // It may send before it has said where it hears: from the host that its signalling comes from, of which no port is
      // known (0).
      if peer.media == nil, agreed.incoming != nil {
        peer.media = peer.signalledFrom.map { SocketAddress(ip: $0, port: 0) }
      }
      return
    }
    let hasMoved = peer.media != outgoing.media
    guard hasMoved || peer.control != outgoing.mediaControl else { return }
    // Nothing else may be left of the host that was supposed, if that was another.
    peer.media = outgoing.media
    peer.control = outgoing.mediaControl
    if hasMoved { media.negotiate(hasMoved: true, windowEnd: end) }
    control.negotiate(hasMoved: true, windowEnd: end)
    candidate = nil
  }

  /// An RTP packet has come.
  mutating func judge(_ header: RTPHeader, from source: SocketAddress, now: Instant) -> Verdict {
    switch media.judge(source, told: peer.media, now: now) {
    case .known: return .accept
    case .told: break
    case .learnable:
      guard peer.mayLearn(source.ip) else { return .stranger }
      guard candidate?.isFollowed(by: header, source) == true else {
        candidate = RelayCandidate(header, source)
        return .wait
      }
    case .stranger: return .stranger
    }
    candidate = nil
    media.learn(source)
    control.extend(to: now + RelayLimits.learningWindow)
    return .accept
  }

  /// RTCP has come, and can be read.
  mutating func judgeControl(from source: SocketAddress, now: Instant) -> Verdict {
    switch control.judge(source, told: peer.toldControl, now: now) {
    case .known: return .accept
    case .told: break
    case .learnable:
      // RTCP comes from where RTP comes from, once that is known.
      let mayBe = media.source.map { $0.ip == source.ip } ?? peer.mayLearn(source.ip)
      guard mayBe else { return .stranger }
    case .stranger: return .stranger
    }
    control.learn(source)
    return .accept
  }

  /// Where RTP for it goes: where it says, and only where nobody can be reached there, to where its own comes from.
  var destination: SocketAddress? { named(peer.reachableMedia) ?? media.destination }

  /// Where RTCP for it goes.
  var controlDestination: SocketAddress? {
    guard peer.media?.port != 0 || peer.control != nil else { return control.destination }
    return named(peer.reachableControl) ?? control.destination
  }

  private func named(_ address: SocketAddress?) -> SocketAddress? { address.flatMap { $0.port == 0 ? nil : $0 } }
}
