import RTP
import SRTP
import Wire

/// One side of a stream: what signalling says of it, where it is, its keys, and what it says.
struct RelayLeg: ~Copyable {
  /// Numbers alone, so that looking at it counts no references.
  private(set) var peer: RelayParty?
  private(set) var protection: RelayProtection?
  var media: SourceLatch
  var control: SourceLatch
  var receiver: SRTPReceiver?
  var sender: SRTPSender?
  /// What this side says.
  var flow = RelayFlow()
  /// Who hears it beside the other side; nil for nobody.
  var tap: Tap?
  /// Its keys, where the two sides want them differently.
  var keys: RelayKeys?
  /// What it speaks, where that may have to be turned into something; and what does so.
  private(set) var speech: RelaySpeech?
  var transcoder: RelayTranscoder?
  /// Whether somebody hears it, or there are keys.
  var isAttended = false

  var bytesReceived: UInt64 = 0
  var packetsReceived: UInt64 = 0
  var bytesSent: UInt64 = 0
  var packetsSent: UInt64 = 0
  var packetsDropped: UInt64 = 0
  var packetsOfStrangers: UInt64 = 0
  var controlReceived: UInt64 = 0
  var telephoneEvents: UInt64 = 0
  var lastEvent: UInt32?
  var payloadType: UInt8?
  var reportedLost: Int32?
  var roundTrip: Duration?

  init(windowEnd: Instant) {
    media = SourceLatch(windowEnd: windowEnd)
    control = SourceLatch(windowEnd: windowEnd)
  }

  /// A description has come.
  ///
  /// - Parameter hearing: what this side is told: the other's flow.
  mutating func describe(_ description: RelayPeer, hearing: RelayFlow, windowEnd: Instant) {
    let old = peer
    let hasMoved = old?.media != description.media || old?.signalledFrom != description.signalledFrom
    let controlHasMoved = hasMoved || old?.control != description.control
    media.negotiate(hasMoved: hasMoved, windowEnd: windowEnd)
    control.negotiate(hasMoved: controlHasMoved, windowEnd: windowEnd)
    if old != nil { flow.expectAnother() }
    rekey(from: protection, to: description.protection, hasMoved: hasMoved, hearing: hearing)
    protection = description.protection
    peer = RelayParty(description)
    speech = description.speech
  }

  /// Contexts live as long as their keys. Under another key the rollover counters stay (RFC 3711 §3.3.1), unless there is
  /// somebody else now who knows nothing of them.
  private mutating func rekey(
    from old: RelayProtection?, to new: RelayProtection?, hasMoved: Bool, hearing: RelayFlow
  ) {
    guard let new else {
      receiver = nil
      sender = nil
      return
    }
    if old.map({ $0.receive.isSame(as: new.receive) }) != true {
      var receiver = SRTPReceiver(new.receive)
      if old != nil, !hasMoved, let heard = flow.heard {
        // A new context has room for one source.
        try? receiver.begin(heard.ssrc, rolloverCounter: heard.reception.sequence.extendedHighest >> 16)
      }
      self.receiver = consume receiver
    }
    if old.map({ $0.send.isSame(as: new.send) && $0.encryptsRTCP == new.encryptsRTCP }) != true {
      var sender = SRTPSender(new.send, encryptsRTCP: new.encryptsRTCP)
      if old != nil, !hasMoved, hearing.packets > 0 {
        try? sender.begin(hearing.ssrc, rolloverCounter: hearing.lastNumber >> 16)
      }
      self.sender = consume sender
    }
  }

  /// What this side says is turned into what the other one takes; nil: it goes as it is.
  mutating func transcode(for hearer: RelaySpeech?) {
    guard let speech, let hearer else {
      transcoder = nil
      return
    }
    if transcoder?.from != speech || transcoder?.to != hearer { transcoder = RelayTranscoder(speech, to: hearer) }
    if speech.isNeeded { peer?.payloadTypes = .nothing }
  }

  // MARK: Where it is

  @inline(__always)
  func judgeMedia(_ source: SocketAddress, _ peer: RelayParty, now: Instant) -> SourceLatch.Verdict {
    let verdict = media.judge(source, told: peer.media, now: now)
    if verdict == .learnable, !mayLearn(source.ip, peer) { return .stranger }
    return verdict
  }

  func judgeControl(_ source: SocketAddress, _ peer: RelayParty, now: Instant) -> SourceLatch.Verdict {
    let verdict = control.judge(source, told: peer.toldControl, now: now)
    if verdict == .learnable, !mayLearnControl(source.ip, peer) { return .stranger }
    return verdict
  }

  /// Whether a source at this address may be the peer's although its description names another one. Whoever has the keys
  /// may be anywhere.
  private func mayLearn(_ ip: IPAddress, _ peer: RelayParty) -> Bool {
    if protection != nil { return peer.learning != .off }
    return peer.mayLearn(ip)
  }

  /// The same for RTCP, which comes from where RTP comes from, once that is known.
  private func mayLearnControl(_ ip: IPAddress, _ peer: RelayParty) -> Bool {
    guard let known = media.source?.ip, protection == nil else { return mayLearn(ip, peer) }
    return peer.learning != .off && ip == known
  }

  mutating func learnMedia(_ source: SocketAddress, windowEnd: Instant) {
    media.learn(source)
    control.extend(to: windowEnd)
  }

  /// Where RTP for this side goes; nil while that is not known.
  @inline(__always)
  var mediaDestination: SocketAddress? {
    if let destination = media.destination { return destination }
    return peer?.reachableMedia
  }

  /// Where RTCP for this side goes; nil while that is not known. Behind a network address translator it is known only by
  /// what comes from there.
  var controlDestination: (SocketAddress, RelayComponent)? {
    guard let peer else { return nil }
    if peer.isMultiplexed { return mediaDestination.map { ($0, .media) } }
    if let destination = control.destination { return (destination, .control) }
    guard let told = peer.reachableControl else { return nil }
    if let learnt = media.destination, learnt.ip != told.ip { return nil }
    return (told, .control)
  }
}

extension IPAddress {
  /// Whether the address means the same host everywhere.
  var isRoutable: Bool { !(isPrivate || isLinkLocal || isLoopback || isUnspecified) }
}

extension SRTPMasterKey {
  func isSame(as other: SRTPMasterKey) -> Bool {
    suite == other.suite && identifier == other.identifier && constantTimeEquals(bytes.span, other.bytes.span)
  }
}
