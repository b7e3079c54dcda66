import H245
import PER
import Testing
import Wire

@Suite("Capabilities")
struct CapabilityTests {
  private func table(_ set: TerminalCapabilitySet) -> CapabilityTable {
    var table = CapabilityTable()
    #expect(table.apply(set) == nil)
    return table
  }

  private let set = TerminalCapabilitySet(
    sequenceNumber: 1,
    capabilityTable: [
      .init(1, .receiveAudioCapability(.g711Ulaw64k(20))),
      .init(2, .receiveAndTransmitAudioCapability(.g711Alaw64k(30))),
      .init(3, .transmitAudioCapability(.g729(2))), .init(4, .receiveAudioCapability(.g722At64k(60))),
      .init(5, .receiveUserInputCapability(.dtmf)),
      .init(6, .receiveRTPAudioTelephonyEventCapability(.init(dynamicRTPPayloadType: 97))),
    ],
    capabilityDescriptors: [.init(1, [[1]]), .init(0, [[2, 77, 5], [6]])])

  @Test(
    "the peer's order is that of its descriptors, then of its table; numbers that stand for nothing are passed over")
  func order() {
    let table = table(set)
    #expect(table.receivableAudio == [.g711Alaw64k(30), .g711Ulaw64k(20), .g722At64k(60)])
    #expect(table.telephoneEventPayloadType == 97)
    #expect(table.takes(.dtmf) && !table.takes(.basicString))
  }

  @Test(
    "we send with the first of ours that the peer receives, and with no more frames than either wants",
    arguments: [
      ([.g711Ulaw64k(30), .g711Alaw64k(20)], .g711Ulaw64k(20)), ([.g711Alaw64k(20)], .g711Alaw64k(20)),
      ([.g729(2), .g722At64k(20)], .g722At64k(20)), ([.g729(2)], nil), ([], nil),
    ] as [([AudioCapability], AudioCapability?)])
  func choice(ours: [AudioCapability], chosen: AudioCapability?) {
    #expect(table(set).choose(from: ours) == chosen)
  }

  @Test("a later set changes lines, and takes some away")
  func changes() {
    var table = table(set)
    let change = TerminalCapabilitySet(
      sequenceNumber: 2,
      capabilityTable: [.init(1, nil), .init(2, .receiveAudioCapability(.g711Alaw64k(10))), .init(9, nil)],
      capabilityDescriptors: [.init(0, nil)])
    #expect(table.apply(change) == nil)
    #expect(table.receivableAudio == [.g711Alaw64k(10), .g722At64k(60)])
    #expect(table.descriptors.count == 1)
  }

  @Test("what we say of ourselves can be read, and says it")
  func ours() throws {
    let local = LocalCapabilities(audio: [.g711Alaw64k(20), .g722At64k(20)], userInput: [.dtmf])
    let message = local.terminalCapabilitySet(sequenceNumber: 4)
    try expectRoundTrip(.request(.terminalCapabilitySet(message)))
    let table = table(message)
    #expect(table.receivableAudio == local.audio)
    #expect(table.telephoneEventPayloadType == 101 && table.takes(.dtmf))
    #expect(message.capabilityDescriptors == [.init(0, [[1, 2], [3, 4]])])
    let nothing = LocalCapabilities(audio: [], userInput: [], telephoneEventPayloadType: 3)
    #expect(nothing.terminalCapabilitySet(sequenceNumber: 1).isEmpty)
  }

  @Test("frames are counted in every codec that has them, and never fall to none")
  func frames() {
    let all: [AudioCapability] = [
      .g711Alaw64k(40), .g711Alaw56k(40), .g711Ulaw64k(40), .g711Ulaw56k(40), .g722At64k(40), .g722At56k(40),
      .g722At48k(40), .g7231(maxAlSduAudioFrames: 40, silenceSuppression: true), .g728(40), .g729(40), .g729AnnexA(40),
      .g729wAnnexB(40), .g729AnnexAwAnnexB(40),
    ]
    for audio in all {
      #expect(audio.framesPerPacket == 40)
      #expect(audio.limited(toFrames: 7).framesPerPacket == 7)
      #expect(audio.limited(toFrames: 0).framesPerPacket == 1)
      #expect(audio.limited(toFrames: 99) == audio)
      #expect(audio.limited(toFrames: 7).codec == audio.codec)
    }
    #expect(Set(all.map { $0.codec }).count == all.count)
  }

  @Test("digits are those of the keypad, whoever sends them")
  func digits() throws {
    #expect(UserInputIndication.alphanumeric(Array("1a,#x!".utf8)).digits == Array("1A#!".utf8))
    #expect(UserInputIndication.extendedAlphanumeric(.init(alphanumeric: [0x35])).digits == [0x35])
    #expect(UserInputIndication.signal(try #require(.init(0x2A))).digits == [0x2A])
    #expect(UserInputIndication.signalUpdate(.init(duration: 9)).digits.isEmpty)
  }
}
