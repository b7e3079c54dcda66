import H245
import PER
import Testing
import Wire

@Suite("H.245 messages")
struct CodecTests {
  @Test("PDUs are read for what they are", arguments: PDU.all)
  func reading(_ pdu: PDU) throws {
    #expect(try decoded(pdu.hex) == pdu.message)
  }

  @Test("PDUs are written as others write them", arguments: PDU.all)
  func writing(_ pdu: PDU) throws {
    #expect(try hex(pdu.message) == pdu.hex)
  }

  @Test("a signal has one character of seventeen")
  func signal() throws {
    guard case .indication(.userInput(.signal(let signal))) = try decoded("6d810446a000c7") else {
      Issue.record("no signal")
      return
    }
    #expect(signal.signalType == UInt8(ascii: "5"))
    #expect(signal.duration == 200)
    #expect(try hex(Message.indication(.userInput(.signal(signal)))) == "6d810446a000c7")
    #expect(UserInputIndication.Signal(UInt8(ascii: "E")) == nil)
    for character in UserInputIndication.Signal.alphabet {
      let signal = try #require(UserInputIndication.Signal(character))
      try expectRoundTrip(.indication(.userInput(.signal(signal))))
    }
  }

  @Test("cut short anywhere, a message is refused", arguments: PDU.all)
  func truncated(_ pdu: PDU) throws {
    let whole = bytes(pdu.hex)
    for count in 0..<whole.count {
      let part = Array(whole[..<count])
      guard let message = try? read(part) else { continue }
      // What is read all the same must be something else, or be whole without its last octets of padding.
      #expect(message != pdu.message, "\(count) octets")
    }
  }

  @Test("with any bit flipped, a message is refused or is another one that can be written", arguments: PDU.all)
  func flipped(_ pdu: PDU) throws {
    let whole = bytes(pdu.hex)
    for bit in 0..<(min(whole.count, 80) * 8) {
      var octets = whole
      octets[bit / 8] ^= 0x80 >> UInt8(bit % 8)
      guard let message = try? read(octets) else { continue }
      #expect(try read(message.encoded()) == message, "bit \(bit)")
    }
  }

  @Test("additions of a later version go through unharmed")
  func additions() throws {
    // A closeLogicalChannelAck with three additions, of which the second is not there.
    let digits = "23c0006405" + "40" + "02aabb" + "01cc"
    guard case .response(.closeLogicalChannelAck(let ack)) = try decoded(digits) else {
      Issue.record("another message")
      return
    }
    #expect(ack.forwardLogicalChannelNumber == 101)
    #expect(ack.extensions.kept.map { $0.index } == [0, 2])
    #expect(ack.extensions[0] == [0xAA, 0xBB])
    #expect(try hex(Message.response(.closeLogicalChannelAck(ack))) == digits)
  }

  @Test("alternatives of a later version go through unharmed")
  func alternatives() throws {
    let message = Message.request(.unknown(.init(index: 30, octets: [1, 2, 3])))
    try expectRoundTrip(message)
    // One that is the root's, or known, is not written as unknown.
    #expect(throws: PERError.self) { try Message.request(.unknown(.init(index: 3, octets: []))).encoded() }
  }

  @Test("a NULL in the extension of a CHOICE may come with nothing in it")
  func emptyNull() throws {
    // openLogicalChannelReject 1, masterSlaveConflict: an open type of no octets, and of one.
    let cause = Message.response(.openLogicalChannelReject(.init(1, cause: .masterSlaveConflict)))
    let octets = try cause.encoded()
    #expect(try read(octets) == cause)
    #expect(octets.suffix(2) == [1, 0])
    let empty = Array(octets.dropLast(2)) + [0]
    #expect(try read(empty) == cause)
  }

  @Test("a capability set without multiplexCapability is read")
  func noMultiplex() throws {
    let set = TerminalCapabilitySet(
      sequenceNumber: 3, capabilityTable: [.init(1, .receiveAudioCapability(.g722At64k(20)))])
    try expectRoundTrip(.request(.terminalCapabilitySet(set)))
    #expect(!set.isEmpty)
    #expect(TerminalCapabilitySet(sequenceNumber: 3).isEmpty)
  }

  @Test("an address of IPv6 is one, an address of IPv4 in its clothes is IPv4")
  func addresses() throws {
    let six = SocketAddress(ip: IPAddress(high: 0x2001_0DB8_0000_0000, low: 1), port: 5004)
    for address in [six, address(5004)] {
      let octets = try TransportAddress.unicast(address).encoded()
      #expect(try readAddress(octets) == address)
    }
    let mapped = bytes("08" + "00000000000000000000ffff7f000001" + "138c")
    #expect(try readAddress(mapped) == address(5004))
  }

  @Test("what is not looked into is kept", arguments: KeptType.allCases)
  func kept(_ type: KeptType) throws {
    var random = SplitMix64(seed: 7)
    var found = 0
    for _ in 0..<500 {
      // Mostly zeros, or nearly every list would be longer than the bytes.
      let octets = (0..<64).map { _ in random.chance(60) ? 0 : UInt8.random(in: 0...255, using: &random) }
      guard let value = try? KeptValue(type, decoding: octets) else { continue }
      found += 1
      #expect(try KeptValue(type, decoding: value.octets) == value)
    }
    #expect(found > 0)
  }
}
