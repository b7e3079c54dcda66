import SDP
import Testing

struct CodecChoiceTests {
  private static func choose(_ first: [Codec], _ second: [Codec]) -> CodecChoice {
    CodecChoice(first, second) { ["pcmu", "pcma", "g722", "opus"].contains($0.encodingName.lowercased()) }
  }

  @Test func oneInCommonIsEnough() {
    let choice = Self.choose([.opus, .g722, .pcmu, .telephoneEvent()], [.pcma, .pcmu, .telephoneEvent()])
    #expect(choice == .common([.init(.pcmu, .pcmu)]))
  }

  /// In the order of the first side, each with the parameters and numbers of its own side.
  @Test func severalInCommon() {
    let mono = Codec("OPUS", 48_000, parameters: "usedtx=1", payloadType: 96)
    let choice = Self.choose([.g722, .opus], [mono, Codec("G722", 16_000)])
    #expect(choice == .common([.init(.g722, Codec("G722", 16_000)), .init(.opus, mono)]))
  }

  @Test func nothingInCommon() {
    let choice = Self.choose([Codec("G729", 8_000), .opus, .g722], [Codec("GSM", 8_000), .pcma, .pcmu])
    #expect(choice == .transcode(.init(.opus, .pcma)))
  }

  /// Events and comfort noise in common are no way to talk.
  @Test func auxiliaryOnesDoNotCount() {
    let choice = Self.choose([.opus, .telephoneEvent(), .comfortNoise], [.pcma, .telephoneEvent(), .comfortNoise])
    #expect(choice == .transcode(.init(.opus, .pcma)))
  }

  @Test func nothingThatCanBeTurned() {
    #expect(Self.choose([Codec("G729", 8_000)], [.pcmu]) == .none)
    #expect(Self.choose([.pcmu], [.telephoneEvent()]) == .none)
    #expect(Self.choose([], []) == .none)
    // The other way round G.729 is fine as long as both have it.
    let g729 = Codec("G729", 8_000)
    #expect(Self.choose([g729], [g729]) == .common([.init(g729, g729)]))
  }

  /// Parameters that change what the bytes mean.
  @Test func anotherFraming() {
    let aligned = Codec("AMR", 8_000, parameters: "octet-align=1")
    #expect(Self.choose([aligned], [Codec("AMR", 8_000)]) == .none)
  }
}
