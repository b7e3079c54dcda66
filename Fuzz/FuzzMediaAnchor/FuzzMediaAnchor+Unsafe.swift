import FuzzSupport
import MediaAnchor
import Relay
import SDP
import Wire

// Any sequence of offers, answers and failures of a call. What has to hold: nothing traps; of what goes on and is
// relayed every address is ours; every stream of it has ports that were opened; streams are never more than the limit;
// what is said twice is the same twice; and a failed transaction leaves what was agreed before it.

private let ours = IPAddress(v4: 0xCB00_7101)
private let transports = ["RTP/AVP", "RTP/SAVP", "RTP/AVPF", "RTP/SAVPF", "UDP/TLS/RTP/SAVPF", "udptl", "RTP/AVP"]
private let formats = [
  "0 101", "0", "8 101\r\na=rtpmap:101 telephone-event/8000", "0 96\r\na=rtpmap:96 telephone-event/8000",
  "111 101\r\na=rtpmap:111 opus/48000/2\r\na=rtpmap:101 telephone-event/48000",
]
private let key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + String(repeating: "AAAA", count: 10)

private struct Run {
  var anchor: MediaAnchor
  var script: FuzzScript
  var sequences = BothSides<UInt32>(caller: 1, callee: 1)
  var opened: Set<Int> = []

  init(_ bytes: Span<UInt8>) {
    script = FuzzScript(bytes)
    let kind = script.below(6)
    anchor = MediaAnchor(srtp: [.preferred, .required, .off][kind % 3], transcodes: kind >= 3)
  }

  mutating func text() -> String {
    let host = script.pick(["192.0.2.1", "192.0.2.9", "0.0.0.0", "phone.test"])
    var text = "v=0\r\no=- 1 1 IN IP4 192.0.2.77\r\ns=x\r\n"
    if script.once(in: 4) { text += "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n" }
    if !script.once(in: 4) { text += "c=IN IP4 \(host)\r\n" }
    text += "t=0 0\r\n"
    for _ in 0..<script.below(11) {
      let port = script.once(in: 4) ? 0 : 6_000 + 2 * script.below(8)
      text +=
        "m=\(script.pick(["audio", "video", "application"])) \(port) \(script.pick(transports)) \(script.pick(formats))\r\n"
      let lines = script.byte()
      if lines & 1 != 0 { text += "c=IN IP4 \(script.pick(["192.0.2.3", "0.0.0.0", "2001:db8::1"]))\r\n" }
      if lines & 2 != 0 { text += key + "\r\n" }
      if lines & 4 != 0 { text += "a=rtcp-mux\r\n" }
      if lines & 8 != 0 { text += "a=rtcp:7001 IN IP4 192.0.2.4\r\n" }
      if lines & 16 != 0 { text += "a=candidate:1 1 UDP 1 192.0.2.5 6000 typ host\r\n" }
      if lines & 32 != 0 { text += "a=crypto:2 AEAD_AES_256_GCM inline:zzzz\r\n" }
      if lines & 64 != 0 { text += "a=sendonly\r\n" }
    }
    return text
  }

  mutating func leg() -> AnchorLeg {
    let kind = script.below(6)
    var leg = AnchorLeg(mayCarryKeys: kind % 3 > 0, isSecure: kind % 3 > 1, address: IPAddress(v4: 0xC000_0201))
    leg.takesInfo = kind >= 3
    return leg
  }

  mutating func message() -> AnchorMessage {
    let sender = script.pick(RelaySide.allCases)
    let method = script.pick([AnchorCarrier.Method.invite, .update, .prack])
    if script.once(in: 3) { sequences[sender] &+= 1 }
    let carrier = AnchorCarrier(method, from: sender, sequence: sequences[sender])
    switch script.below(4) {
    case 0: return .request(carrier)
    case 1: return .response(carrier, status: 183)
    case 2: return .response(carrier, status: 200)
    default: return .ack(carrier)
    }
  }

  mutating func step() {
    let message = message()
    switch script.below(8) {
    case 0: anchor.receivedNothing(message)
    case 1: fail(message.carrier)
    default: pass(message)
    }
    for update in anchor.takeUpdates() {
      require(opened.contains(update.stream), "the relay hears of a stream that has no ports")
      for peer in [update.peers.caller, update.peers.callee] {
        require((peer.receiveKey == nil) == (peer.sendKey == nil), "a key for one direction only")
        require(peer.rtp?.port != 0, "media to port 0")
      }
    }
    require(anchor.openStreams.count <= AnchorLimits.maxStreams, "too many streams")
    require(Set(anchor.openStreams) == opened, "ports that nobody knows of")
  }

  mutating func fail(_ carrier: AnchorCarrier) {
    anchor.failed(carrier)
    let after = anchor
    anchor.failed(carrier)
    for stream in anchor.openStreams {
      require(anchor.peers(of: stream) == after.peers(of: stream), "failed twice is not failed once")
    }
  }

  mutating func pass(_ message: AnchorMessage) {
    guard let description = try? SessionDescription(text()) else { return }
    let (source, target) = (leg(), leg())
    guard let role = try? anchor.receive(description, message, from: source) else { return }
    if case .offer(let missing) = role {
      for stream in missing {
        require(!opened.contains(stream), "ports opened twice")
        require(stream < AnchorLimits.maxStreams, "a stream beyond the limit")
        opened.insert(stream)
        open(stream, message)
      }
    }
    guard let bytes = try? anchor.rewrite(description, role, message, toward: target, from: source) else { return }
    let again = try? anchor.rewrite(description, role, message, toward: target, from: source)
    require(again == bytes, "the same description became another one")
    examine(bytes, description)
  }

  private mutating func open(_ stream: Int, _ message: AnchorMessage) {
    guard let material = AnchorKeyMaterial([UInt8](repeating: 7, count: AnchorKeyMaterial.byteCount)) else { return }
    let port = UInt16(40_000 + 4 * stream)
    anchor.opened(
      stream,
      AnchorPorts(
        endpoints: BothSides(
          caller: SDP.RelayEndpoint(ours, port: port, rtcpPort: port + 1),
          callee: SDP.RelayEndpoint(ours, port: port + 2, rtcpPort: port + 3)),
        keys: BothSides(caller: material, callee: material)), for: message)
  }

  private func examine(_ bytes: [UInt8], _ before: SessionDescription) {
    guard let after = try? SessionDescription(parsing: bytes) else {
      require(false, "what went on is no description")
      return
    }
    require(after.media.count == before.media.count, "another number of streams")
    var isRelayed = true
    for (old, new) in zip(before.media, after.media) {
      require(old.type == new.type, "another medium")
      let passes = !old.transport.isRTP || old.transport.usesDTLS
      if passes, new.port != 0 { isRelayed = false }
      guard !passes, new.port != 0 else { continue }
      require((40_000..<40_100).contains(new.port), "a port that is not ours")
      require(!new.attributes.contains(.candidate), "a way around the relay")
      require(!new.attributes.contains { $0.value?.contains("AAAAAAAAAAAA") == true }, "a peer's key went on")
      if let address = new.connection?.address {
        require(address == ours || address.isUnspecified, "another's address")
      }
    }
    if isRelayed, !anchor.openStreams.isEmpty, !after.media.isEmpty {
      require(!bytesContain(bytes, "192.0.2."), "an address went on: \(after)")
    }
  }

  private func bytesContain(_ bytes: [UInt8], _ text: String) -> Bool {
    String(decoding: bytes, as: UTF8.self).contains(text)
  }
}

private func check(_ bytes: Span<UInt8>) {
  guard bytes.count <= 4_096 else { return }
  var run = Run(bytes)
  while !run.script.isAtEnd { run.step() }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main enum Replayer { static func main() { Replay.run(check) } }
#endif
