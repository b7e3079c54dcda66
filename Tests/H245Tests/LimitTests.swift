import H245
import PER
import Testing
import Wire

@Suite("H.245 limits")
struct LimitTests {
  private func message(depth: Int) -> Message {
    var parameter = GenericParameter(.standard(1), .logical)
    for _ in 1..<depth { parameter = GenericParameter(.standard(1), .genericParameter([parameter])) }
    return .request(.genericRequest(.init(.standard(oid(0, 0, 8, 239, 2)), messageContent: [parameter])))
  }

  @Test("generic parameters are nested four deep and no deeper")
  func depth() throws {
    try expectRoundTrip(message(depth: H245Limits.maxParameterDepth))
    #expect(throws: PERError.self) { try message(depth: H245Limits.maxParameterDepth + 1).encoded() }
    // What we refuse to write, written by hand.
    let deep = nested(H245Limits.maxParameterDepth + 1)
    #expect(throws: PERError.self) { try readGeneric(deep) }
    let fine = nested(H245Limits.maxParameterDepth)
    _ = try readGeneric(fine)
  }

  /// A GenericMessage whose parameters are nested so deep.
  private func nested(_ depth: Int) -> [UInt8] {
    var writer = PERWriter()
    let sequence = writer.beginSequence(optionals: 2)
    try? CapabilityIdentifier.standard(oid(0, 0, 8, 239, 2)).encode(into: &writer)
    writer.markPresent(1, in: sequence)
    for level in 1...depth {
      try? writer.writeLength(1, maximum: 128)
      _ = writer.beginSequence(optionals: 1)
      try? ParameterIdentifier.standard(1).encode(into: &writer)
      try? writer.writeIndex(level == depth ? 0 : 7, rootCount: 8)
    }
    return writer.finish()
  }

  @Test("a list has 128 parameters and no more")
  func parameters() throws {
    func message(_ count: Int) -> Message {
      let list = [GenericParameter](repeating: .init(.standard(1), .logical), count: count)
      return .indication(.genericIndication(.init(.standard(oid(0, 0, 8, 239, 2)), messageContent: list)))
    }
    try expectRoundTrip(message(H245Limits.maxParameters))
    #expect(throws: PERError.self) { try message(H245Limits.maxParameters + 1).encoded() }
  }

  @Test("a set has 256 entries and no more")
  func entries() throws {
    func message(_ count: Int) -> Message {
      let table = (1...count).map { CapabilityTableEntry(UInt16($0), .receiveAudioCapability(.g711Ulaw64k(20))) }
      return .request(.terminalCapabilitySet(.init(sequenceNumber: 1, capabilityTable: table)))
    }
    try expectRoundTrip(message(65))
    try expectRoundTrip(message(256))
    #expect(throws: PERError.self) { try message(257).encoded() }
  }

  @Test("a peer's sets leave 512 entries and no more")
  func capabilities() throws {
    func set(_ numbers: ClosedRange<UInt16>) -> TerminalCapabilitySet {
      TerminalCapabilitySet(
        sequenceNumber: 1,
        capabilityTable: numbers.map { CapabilityTableEntry($0, .receiveAudioCapability(.g711Ulaw64k(20))) })
    }
    var table = CapabilityTable()
    #expect(table.apply(set(1...256)) == nil)
    #expect(table.apply(set(257...512)) == nil)
    #expect(table.entries.count == H245Limits.maxCapabilities)
    #expect(
      table.apply(set(500...513)) == .tableEntryCapacityExceeded(highestEntryNumberProcessed: 512))
    #expect(table.entries.count == H245Limits.maxCapabilities)
  }

  @Test("32 channels are open in one direction and no more")
  func channels() throws {
    let pair = Pair()
    pair.begin()
    for _ in 0..<H245Limits.maxChannels { #expect(pair.open(.first) != nil) }
    #expect(pair.open(.first) == nil)
    pair.run()
    #expect(pair.second.session.openChannels.count == H245Limits.maxChannels)
    // The 33rd of a peer that does not count is refused.
    pair.deliver(.request(.openLogicalChannel(PDU.proposal(4000, .g711Ulaw64k(20)))), to: .second)
    #expect(
      pair.second.sent.last == .response(.openLogicalChannelReject(.init(4000, cause: .unspecified))))
  }

  @Test("64 elements of a fastStart are looked at and no more")
  func fastStart() throws {
    let offer = FastStartOffer(audio: [.g711Ulaw64k(20)], media: address(1), mediaControl: address(2))
    let element = try #require(try offer.elements().first)
    let junk = [[UInt8]](repeating: [0xFF], count: H245Limits.maxFastStartProposals - 1)
    let capabilities = LocalCapabilities()
    #expect(FastStartProposal.choose(from: junk + [element], capabilities: capabilities).incoming != nil)
    #expect(FastStartProposal.choose(from: junk + [[0xFF], element], capabilities: capabilities).incoming == nil)
  }

  @Test("1024 unreadable octets are sent back and no more")
  func returned() throws {
    let pair = Pair()
    pair.begin()
    for count in [H245Limits.maxReturnedOctets, H245Limits.maxReturnedOctets + 1] {
      let octets = [UInt8](repeating: 0xFF, count: count)
      var actions: [ControlAction] = []
      pair.first.session.receivedUnreadable(octets, into: &actions)
      let returned = count <= H245Limits.maxReturnedOctets ? octets : nil
      #expect(
        actions == [
          .send(.indication(.functionNotSupported(.init(cause: .syntaxError, returnedFunction: returned))))
        ])
    }
  }

  @Test("a kept list has 512 elements and no more")
  func keptLists() throws {
    func specificRequest(_ count: Int) -> [UInt8] {
      var writer = PERWriter()
      let sequence = writer.beginSequence(optionals: 2)
      writer.writeBit(true)
      writer.markPresent(0, in: sequence)
      try? writer.writeLength(count, 1...65_535)
      for number in 1...count { try? writer.writeInteger(number, 1...65_535) }
      return writer.finish()
    }
    _ = try KeptValue(.specificRequest, decoding: specificRequest(H245Limits.maxListElements))
    #expect(throws: PERError.self) {
      try KeptValue(.specificRequest, decoding: specificRequest(H245Limits.maxListElements + 1))
    }
  }
}
