import Relay
import SRTP
import Testing
import Wire

@Suite("Who hears what is relayed") struct TapTests {
  private final class Ear: RelayTap {
    struct Heard: Equatable {
      var bytes: [UInt8]
      var side: RelaySide
      var source: SocketAddress
      var destination: SocketAddress
    }

    var all: [Heard] = []

    func heard(
      _ packet: Span<UInt8>, of side: RelaySide, from source: SocketAddress, to destination: SocketAddress, now: Instant
    ) {
      all.append(Heard(bytes: [UInt8](copying: packet), side: side, source: source, destination: destination))
    }
  }

  @Test("Packets as they were said, before they are protected and rewritten; RTCP and what is dropped are not told")
  func plain() throws {
    let keys = (try key(.aeadAES128GCM, 1), try key(.aeadAES128GCM, 2))
    let (rig, caller, callee) = call(
      caller: Phone(.caller, "192.0.2.1:4000", ssrc: 0xA, keys: keys),
      callee: Phone(.callee, "192.0.2.2:6000", ssrc: 0xB))
    let ear = Ear()
    _ = rig.speak(caller)
    rig.stream.set(tap: ear)
    let said = caller.bytes(caller.fields, [1, 2, 3])
    let relayed = rig.speak(caller, payload: [1, 2, 3])
    #expect(relayed.isForwarded)
    #expect(
      ear.all == [.init(bytes: said, side: .caller, source: caller.address, destination: callee.address)])
    let answer = callee.bytes(callee.fields, [4, 5])
    #expect(rig.speak(callee, payload: [4, 5]).isForwarded)
    #expect(
      ear.all.last == .init(bytes: answer, side: .callee, source: callee.address, destination: caller.address))
    _ = try rig.report(callee, [.receiverReport(.init(ssrc: 0xB))])
    _ = rig.give(callee.bytes(callee.fields, [6]), from: at("203.0.113.9:1"), on: .callee)
    #expect(ear.all.count == 2)
    // A source that changes: the hearer gets other numbers, the ear those that were sent.
    callee.fields.ssrc = 0xC
    callee.fields.sequenceNumber = 9_000
    for _ in 0..<3 { _ = rig.speak(callee) }
    #expect(ear.all.last?.bytes[8..<12].elementsEqual([0, 0, 0, 0xC]) == true)
    rig.stream.set(tap: nil)
    let count = ear.all.count
    #expect(rig.speak(callee).isForwarded)
    #expect(ear.all.count == count)
  }
}
