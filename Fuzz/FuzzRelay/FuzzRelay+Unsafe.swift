import FuzzSupport
import RTP
import Relay
import SRTP
import Wire

/// The input is a sequence of operations on one stream: descriptions, packets of the peers and of strangers, time.
///
/// What is let through comes from where its side may be, and from there only until the next description; it goes to where
/// the other side has said it is or has been heard from. A hearer without keys hears one source whose numbers do not jump.
/// No BYE comes out. The counts add up. Nothing traps.
private func check(_ bytes: Span<UInt8>) {
  var script = FuzzScript(bytes)
  var model = Model()
  var steps = 0
  while !script.isAtEnd, steps < 2_000 {
    steps += 1
    model.step(&script)
  }
  model.finish()
}

private struct Model: ~Copyable {
  private static let ips = [
    IPAddress(v4: 0xC000_0201), IPAddress(v4: 0xC633_6401), IPAddress(v4: 0x0A00_0001), IPAddress(v4: 0x7F00_0001),
    IPAddress(high: 0x2001_0DB8_0000_0000, low: 1),
  ]
  private static let ports: [UInt16] = [4000, 4001, 4002, 0]

  private struct Side {
    var peer: RelayPeer?
    var isProtected = false
    /// Where it has been heard from since its newest description.
    var source: SocketAddress?
    /// Where it was heard from before, when its newest description says that it has not moved.
    var previous: SocketAddress?
    /// Where it may be: what it has said, and where it has been heard from.
    var places: Set<SocketAddress> = []
    var forwards: UInt64 = 0
    var drops: UInt64 = 0
    var controls: UInt64 = 0
    var sent: UInt64 = 0
    /// What it hears, as long as it has no keys.
    var heard: (ssrc: UInt32, number: UInt16)?
  }

  private var stream: RelayStream
  private var now = Instant(milliseconds: 1)
  private var caller = Side()
  private var callee = Side()

  init() {
    var settings = RelaySettings()
    settings.mediaTimeout = .seconds(5)
    stream = RelayStream(settings, now: now)
  }

  mutating func step(_ script: inout FuzzScript) {
    let side: RelaySide = script.once(in: 2) ? .caller : .callee
    switch script.below(8) {
    case 0: describe(side, &script)
    case 1:
      now += .milliseconds(Int64(script.byte()) * 50)
      _ = stream.advance(now: now)
    case 2: give(raw(&script), side, .media, address(&script))
    case 3: give(control(&script), side, script.once(in: 2) ? .media : .control, address(&script))
    default: give(media(&script), side, .media, address(&script))
    }
  }

  private func address(_ script: inout FuzzScript) -> SocketAddress {
    SocketAddress(ip: script.pick(Self.ips), port: script.pick(Self.ports))
  }

  private mutating func describe(_ side: RelaySide, _ script: inout FuzzScript) {
    var peer = RelayPeer(media: script.once(in: 8) ? nil : address(&script))
    let flags = script.byte()
    peer.control = flags & 1 == 0 ? nil : address(&script)
    peer.isMultiplexed = flags & 2 != 0
    peer.direction = RelayDirection(sends: flags & 12 != 12, receives: flags & 48 != 48)
    peer.signalledFrom = flags & 64 == 0 ? nil : script.pick(Self.ips)
    peer.learning = script.pick(RelayLearning.allCases)
    peer.telephoneEvent = 101
    peer.payloadTypes = flags & 128 == 0 ? [] : [0, 101]
    if script.once(in: 4) {
      let suite = script.pick(SRTPSuite.allCases)
      let secret = [UInt8](repeating: script.byte(), count: suite.masterBytes)
      if let key = try? SRTPMasterKey(suite, bytes: secret.span) {
        peer.protection = RelayProtection(receive: key, send: key)
      }
    }
    stream.set(peer, of: side, now: now)
    change(side) { this in
      let hasMoved = this.peer?.media != peer.media || this.peer?.signalledFrom != peer.signalledFrom
      this.previous = hasMoved ? nil : this.source ?? this.previous
      this.peer = peer
      this.source = nil
      this.isProtected = peer.protection != nil
      if let media = peer.media { this.places.insert(media) }
      // What it heard by other keys is not seen here.
      if this.isProtected { this.heard = nil }
    }
  }

  private mutating func change(_ side: RelaySide, _ body: (inout Side) -> Void) {
    if side == .caller { body(&caller) } else { body(&callee) }
  }

  private func raw(_ script: inout FuzzScript) -> [UInt8] {
    (0..<script.below(64)).map { _ in script.byte() }
  }

  private func media(_ script: inout FuzzScript) -> [UInt8] {
    let type = script.pick([0, 0, 0, 101, 8] as [UInt8])
    let number = script.once(in: 8) ? UInt16(script.byte()) << 8 | UInt16(script.byte()) : UInt16(script.byte())
    let ssrc = script.below(4)
    return [0x80, type, UInt8(number >> 8), UInt8(truncatingIfNeeded: number), 0, 0, script.byte(), 0]
      + [0, 0, 0, UInt8(ssrc)] + [1, 2, 3]
  }

  private func control(_ script: inout FuzzScript) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0...script.below(3) {
      let items = script.below(3)
      let words = script.below(14)
      bytes += [0x80 | UInt8(items), script.pick([200, 201, 202, 203, 204, 205, 206, 207]), 0, UInt8(words)]
      for _ in 0..<words { bytes += [0, 0, 0, UInt8(script.below(4))] }
    }
    return bytes
  }

  private mutating func give(
    _ datagram: [UInt8], _ side: RelaySide, _ component: RelayComponent, _ source: SocketAddress
  ) {
    var buffer = datagram + [UInt8](repeating: 0, count: RelayLimits.maxTrailerBytes)
    let total = buffer.count
    var span = buffer.mutableSpan
    let verdict = stream.receive(
      &span, count: datagram.count, component: component, from: source, on: side, now: now)
    learn(side, source)
    guard case .forward(let destination, let exit, let count) = verdict else {
      change(side) { $0.drops += 1 }
      return
    }
    require(count > 0 && count <= total, "more than there is")
    let isControl = datagram.count > 1 && (192...223).contains(datagram[1])
    let speaker = side == .caller ? caller : callee
    let hearer = side == .caller ? callee : caller
    guard let peer = speaker.peer, let other = hearer.peer else { return require(false, "nobody has been described") }
    require(isControl || peer.direction.sends && other.direction.receives, "against the direction")
    require(destination.port != 0 && !destination.ip.isMulticast, "to nowhere")
    if component == .media {
      require(stream.statistics(of: side).source == source, "a stranger is let through")
    }
    if !isControl {
      require(exit == .media, "the wrong port")
      require(hearer.places.contains(destination), "to where nobody is")
    }
    let output = Array(buffer.prefix(count))
    change(side) { if isControl { $0.controls += 1 } else { $0.forwards += 1 } }
    guard !hearer.isProtected else {
      if !isControl { change(side.other) { $0.sent += 1 } }
      return
    }
    if isControl {
      require((try? RTCPReader(output.span, allowing: .reducedSize)) != nil, "RTCP comes out broken")
      if var reader = try? RTCPReader(output.span, allowing: .reducedSize) {
        while let header = reader.next() { require(header.packetType != RTCPPacketType.goodbye, "a BYE comes out") }
      }
      return
    }
    guard let header = try? RTPHeader(output.span) else { return require(false, "RTP comes out broken") }
    change(side.other) { this in
      this.sent += 1
      if let heard = this.heard {
        require(header.ssrc == heard.ssrc, "another source is heard")
        let distance = header.sequenceNumber &- heard.number
        require(distance < 3_000 || distance > 0 &- 100, "the numbers jump")
        if distance < 3_000 { this.heard = (header.ssrc, header.sequenceNumber) }
      } else {
        this.heard = (header.ssrc, header.sequenceNumber)
      }
    }
  }

  /// A source is learnt once, from a packet of its own, and only where the side may be.
  private mutating func learn(_ side: RelaySide, _ source: SocketAddress) {
    let this = side == .caller ? caller : callee
    let learnt = stream.statistics(of: side).source
    if let known = this.source { return require(learnt == known, "what is learnt moves") }
    guard let learnt else { return }
    guard let peer = this.peer else { return require(false, "learnt without a description") }
    require(learnt == source, "learnt from somebody else's packet")
    require(mayBe(source, peer, this), "learnt where the peer cannot be")
    change(side) { this in
      this.source = source
      this.places.insert(source)
    }
  }

  /// Whether a side may be at an address, thought of in another way than the machine does.
  private func mayBe(_ source: SocketAddress, _ peer: RelayPeer, _ side: Side) -> Bool {
    if source == peer.media || source == side.previous { return true }
    if peer.learning == .off { return false }
    if side.isProtected || source.ip == peer.media?.ip { return true }
    guard peer.learning == .address, let media = peer.media, source.ip == peer.signalledFrom else { return false }
    return media.ip.isPrivate || media.ip.isLoopback || media.ip.isLinkLocal || media.ip.isUnspecified
  }

  func finish() {
    for (side, model) in [(RelaySide.caller, caller), (.callee, callee)] {
      let statistics = stream.statistics(of: side)
      require(statistics.packetsReceived == model.forwards, "packets relayed")
      require(statistics.packetsDropped == model.drops, "packets dropped")
      require(statistics.controlReceived == model.controls, "RTCP relayed")
      require(statistics.packetsSent == model.sent, "packets sent")
      require(statistics.packetsOfStrangers <= statistics.packetsDropped, "strangers")
    }
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
