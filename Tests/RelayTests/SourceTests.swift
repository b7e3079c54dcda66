import RTP
import Relay
import SRTP
import Testing
import Wire

@Suite("Who is let through") struct SourceTests {
  /// A caller behind what its description and signalling say, and where its packets come from.
  struct Case: Sendable, CustomTestStringConvertible {
    var learning: RelayLearning
    var media: String
    var signalledFrom: String
    var source: String
    var isHeard: Bool
    var testDescription: String { "\(learning), told \(media), from \(signalledFrom): \(source)" }
  }

  static let cases = [
    Case(learning: .off, media: "192.0.2.1:4000", signalledFrom: "192.0.2.1", source: "192.0.2.1:4000", isHeard: true),
    Case(learning: .off, media: "192.0.2.1:4000", signalledFrom: "192.0.2.1", source: "192.0.2.1:4002", isHeard: false),
    Case(learning: .port, media: "192.0.2.1:4000", signalledFrom: "192.0.2.1", source: "192.0.2.1:4002", isHeard: true),
    Case(
      learning: .port, media: "192.0.2.1:4000", signalledFrom: "192.0.2.1", source: "192.0.2.2:4000", isHeard: false),
    Case(learning: .port, media: "10.0.0.1:4000", signalledFrom: "192.0.2.1", source: "192.0.2.1:4000", isHeard: false),
    Case(learning: .address, media: "10.0.0.1:4000", signalledFrom: "192.0.2.1", source: "192.0.2.1:9", isHeard: true),
    Case(learning: .address, media: "10.0.0.1:4000", signalledFrom: "192.0.2.1", source: "192.0.2.3:9", isHeard: false),
    // Who has an address of its own out there is there, and not where its proxy is.
    Case(
      learning: .address, media: "198.51.100.7:4000", signalledFrom: "192.0.2.1", source: "192.0.2.1:4000",
      isHeard: false),
    Case(
      learning: .address, media: "[fd00::1]:4000", signalledFrom: "2001:db8::9", source: "[2001:db8::9]:1",
      isHeard: true),
    Case(
      learning: .address, media: "[fd00::1]:4000", signalledFrom: "2001:db8::9", source: "[2001:db8::8]:1",
      isHeard: false),
  ]

  @Test("The source that was told is heard at once, one that may be learnt with its second packet", arguments: cases)
  func learning(this: Case) throws {
    let caller = Phone(.caller, this.media, ssrc: 0xA)
    caller.description.learning = this.learning
    caller.description.signalledFrom = IPAddress(this.signalledFrom)
    let isTold = this.media == this.source
    let (rig, _, callee) = call(caller: caller)
    caller.address = at(this.source)
    let first = rig.speak(caller)
    #expect(first.isForwarded == isTold)
    let second = rig.speak(caller)
    #expect(second.isForwarded == this.isHeard)
    if !this.isHeard { #expect(second.verdict == .drop(.stranger)) }
    #expect(rig.stream.statistics(of: .caller).source == (this.isHeard ? caller.address : nil))
    // What is for the caller goes to where it is; a private address out there is nowhere.
    let answer = rig.speak(callee)
    if this.isHeard {
      #expect(answer.destination == caller.address)
    } else if at(this.media).ip.isPrivate, this.learning != .off {
      #expect(answer.verdict == .drop(.noDestination))
    } else {
      #expect(answer.destination == at(this.media))
    }
  }

  @Test("A third address never gets through and moves nothing, before or after the source is learnt")
  func thirdAddress() throws {
    let (rig, caller, callee) = call()
    let stranger = Phone(.caller, "203.0.113.9:4000", ssrc: 0xA)
    for _ in 0..<10 { #expect(rig.speak(stranger).verdict == .drop(.stranger)) }
    for _ in 0..<10 {
      #expect(rig.speak(caller).isForwarded)
      #expect(rig.speak(stranger).verdict == .drop(.stranger))
      // Another port of the right host is a third address too, once the source is learnt.
      #expect(
        rig.give(caller.packet(), from: at("192.0.2.1:4444"), on: .caller).verdict == .drop(.stranger))
      #expect(rig.speak(callee).destination == caller.address)
    }
    let statistics = rig.stream.statistics(of: .caller)
    #expect(statistics.packetsOfStrangers == 30 && statistics.packetsReceived == 10)
  }

  @Test("The window closes; what signalling has told is heard all the same")
  func window() throws {
    for (wait, isHeard) in [
      (RelayLimits.learningWindow, true), (RelayLimits.learningWindow + .nanoseconds(1), false),
    ] {
      let (rig, caller, _) = call()
      rig.wait(wait)
      let told = caller.address
      caller.address = at("192.0.2.1:4002")
      _ = rig.speak(caller)
      #expect(rig.speak(caller).isForwarded == isHeard)
      if !isHeard {
        caller.address = told
        #expect(rig.speak(caller).isForwarded)
      }
    }
  }

  @Test("The answer opens the caller's window, which began with the call")
  func answerOpens() throws {
    let rig = Rig()
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    rig.set(caller)
    rig.wait(.seconds(60))
    rig.set(Phone(.callee, "198.51.100.1:6000", ssrc: 0xB))
    caller.address = at("192.0.2.1:4002")
    _ = rig.speak(caller)
    #expect(rig.speak(caller).isForwarded)
  }

  @Test("One packet is not enough where there are no keys, nor are two that do not follow each other")
  func probation() throws {
    let (rig, caller, _) = call()
    caller.address = at("192.0.2.1:4002")
    #expect(rig.speak(caller).verdict == .drop(.probation))
    caller.fields.sequenceNumber &+= 5
    #expect(rig.speak(caller).verdict == .drop(.probation))
    #expect(rig.speak(caller).isForwarded)
  }

  @Test("Nobody is at port 0, not even when a description says so")
  func portZero() throws {
    let (rig, caller, _) = call(caller: Phone(.caller, "192.0.2.1:0", ssrc: 0xA))
    for _ in 0..<3 { #expect(rig.speak(caller).verdict == .drop(.stranger)) }
    #expect(rig.stream.statistics(of: .caller).source == nil)
  }

  @Test("A renegotiation keeps the source without a gap, and lets it be learnt anew; the first decides")
  func renegotiation() throws {
    let (rig, caller, callee) = call()
    caller.address = at("192.0.2.1:4002")
    _ = rig.speak(caller)
    #expect(rig.speak(caller).isForwarded)
    rig.wait(.seconds(60))
    rig.set(caller)
    #expect(rig.speak(callee).destination == caller.address)
    let moved = at("192.0.2.1:5000")
    _ = rig.give(caller.packet(), from: moved, on: .caller)
    #expect(rig.give(caller.packet(), from: moved, on: .caller).isForwarded)
    #expect(rig.speak(callee).destination == moved)
    #expect(rig.speak(caller).verdict == .drop(.stranger))
  }

  @Test("Who says that it has moved is no longer heard from where it was")
  func moved() throws {
    let (rig, caller, callee) = call()
    #expect(rig.speak(caller).isForwarded)
    let old = caller.address
    caller.description.media = at("192.0.2.77:4100")
    rig.set(caller)
    #expect(rig.give(caller.packet(), from: old, on: .caller).verdict == .drop(.stranger))
    #expect(rig.speak(callee).destination == at("192.0.2.77:4100"))
    caller.address = at("192.0.2.77:4100")
    #expect(rig.speak(caller).isForwarded)
  }

  @Test("With keys, the first packet that authenticates decides, wherever it comes from")
  func authenticated() throws {
    let suite = SRTPSuite.aesCM128HMACSHA1Tag80
    let caller = Phone(.caller, "10.1.1.1:4000", ssrc: 0xA, keys: (try key(suite, 1), try key(suite, 2)))
    let (rig, _, callee) = call(caller: caller)
    let stranger = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA, keys: (try key(suite, 8), try key(suite, 9)))
    #expect(rig.speak(stranger).verdict == .drop(.notAuthentic))
    stranger.address = caller.address
    #expect(rig.speak(stranger).verdict == .drop(.notAuthentic))
    let plain = Phone(.caller, "10.1.1.1:4000", ssrc: 0xA)
    #expect(!rig.speak(plain).isForwarded)
    caller.address = at("203.0.113.40:1024")
    let packet = caller.packet()
    #expect(callee.hear(rig.give(packet, from: caller.address, on: .caller)) != nil)
    #expect(rig.speak(callee).destination == caller.address)
    // Not even what is genuine gets in from elsewhere now, and nothing twice.
    #expect(rig.give(caller.packet(), from: at("10.1.1.1:4000"), on: .caller).verdict == .drop(.stranger))
    #expect(rig.give(packet, from: caller.address, on: .caller).verdict == .drop(.replayed))
  }

  @Test("RTCP comes from where RTP comes from")
  func control() throws {
    let (rig, caller, callee) = call()
    caller.address = at("192.0.2.1:4002")
    _ = rig.speak(caller)
    #expect(rig.speak(caller).isForwarded)
    let report = try caller.control([.receiverReport(ReceiverReport(ssrc: 0xA))])
    #expect(rig.give(report, from: at("192.0.2.2:4003"), on: .caller, .control).verdict == .drop(.stranger))
    #expect(rig.give(report, from: at("192.0.2.1:4003"), on: .caller, .control).isForwarded)
    #expect(rig.give(report, from: at("192.0.2.1:4001"), on: .caller, .control).verdict == .drop(.stranger))
    #expect(
      try rig.report(callee, [.receiverReport(ReceiverReport(ssrc: 0xB))]).destination == at("192.0.2.1:4003"))
  }

  @Test("A report alone does not tell where a peer is, unless it is authentic")
  func controlIsNoProof() throws {
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    caller.description.isMultiplexed = true
    let (rig, _, _) = call(caller: caller)
    caller.address = at("192.0.2.1:4002")
    for _ in 0..<3 {
      #expect(
        try rig.report(caller, [.receiverReport(ReceiverReport(ssrc: 0xA))]).verdict == .drop(.probation))
    }
    let suite = SRTPSuite.aeadAES128GCM
    caller.use((try key(suite, 1), try key(suite, 2)))
    rig.set(caller)
    #expect(try rig.report(caller, [.receiverReport(ReceiverReport(ssrc: 0xA))]).isForwarded)
    #expect(rig.stream.statistics(of: .caller).source == caller.address)
  }

  @Test("Before a side is described nothing of it is heard, and before the other is it goes nowhere")
  func beforeNegotiation() throws {
    let rig = Rig()
    let caller = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA)
    let callee = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB)
    #expect(rig.speak(caller).verdict == .drop(.notNegotiated))
    #expect(
      rig.give([0x80, 201, 0, 1, 0, 0, 0, 9], from: caller.controlAddress, on: .caller, .control).verdict
        == .drop(.notNegotiated))
    rig.set(caller)
    #expect(rig.speak(callee).verdict == .drop(.notNegotiated))
    #expect(rig.speak(caller).verdict == .drop(.noDestination))
    rig.set(callee)
    #expect(rig.speak(callee).isForwarded && rig.speak(caller).isForwarded)
  }

  @Test(
    "Nobody out there makes us send into our own network",
    arguments: [
      ("10.0.0.1:4000", "192.0.2.1", false), ("127.0.0.1:4000", "192.0.2.1", false),
      ("127.0.0.1:4000", "10.0.0.2", false), ("127.0.0.1:4000", "127.0.0.2", true),
      ("10.0.0.1:4000", "10.0.0.2", true), ("10.0.0.1:4000", "10.0.0.1", true),
      ("192.0.2.1:4000", "192.0.2.9", true), ("224.0.0.5:4000", "192.0.2.1", false),
      ("0.0.0.0:4000", "192.0.2.1", false), ("192.0.2.1:0", "192.0.2.1", false),
      ("[fe80::1]:4000", "2001:db8::1", false), ("[::1]:4000", "2001:db8::1", false),
    ])
  func reachability(media: String, signalledFrom: String, isReachable: Bool) throws {
    let callee = Phone(.callee, media, ssrc: 0xB)
    callee.description.signalledFrom = IPAddress(signalledFrom)
    let (rig, caller, _) = call(callee: callee)
    let relayed = rig.speak(caller)
    #expect(relayed.isForwarded == isReachable)
    if !isReachable { #expect(relayed.verdict == .drop(.noDestination)) }
  }
}
