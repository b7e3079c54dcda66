import H245
import PER
import Wire

/// PDUs that four independent decoders take for what the second column says.
struct PDU: Sendable, CustomStringConvertible {
  var name: String
  var hex: String
  var message: Message

  var description: String { name }

  static let all: [PDU] = [
    PDU(
      name: "closeLogicalChannel", hex: "0480006400800100", message: .request(.closeLogicalChannel(.init(101)))),
    PDU(
      name: "closeLogicalChannelAck", hex: "23800064", message: .response(.closeLogicalChannelAck(.init(101)))),
    PDU(name: "endSessionCommand", hex: "4a40", message: .command(.endSessionCommand(.disconnect))),
    PDU(
      name: "videoFastUpdatePicture", hex: "4c006528",
      message: .command(.miscellaneousCommand(.init(logicalChannelNumber: 102, type: .videoFastUpdatePicture)))),
    PDU(
      name: "flowControlCommand", hex: "48000064200280",
      message: .command(
        .flowControlCommand(.init(scope: .logicalChannelNumber(101), restriction: .maximumBitRate(640))))),
    PDU(
      name: "H.239", hex: "10801560050008816f02060302c2000002a200670292007f",
      message: .request(
        .genericRequest(
          .init(
            .standard(oid(0, 0, 8, 239, 2)), subMessageIdentifier: 3,
            messageContent: [
              .init(.standard(44), .unsignedMin(0)), .init(.standard(42), .unsignedMin(103)),
              .init(.standard(41), .unsignedMin(127)),
            ])))),
    PDU(
      name: "masterSlaveDeterminationAck", hex: "20a0",
      message: .response(.masterSlaveDeterminationAck(.init(decision: .slave)))),
    PDU(
      name: "masterSlaveDeterminationReject", hex: "2100",
      message: .response(.masterSlaveDeterminationReject(.init()))),
    PDU(
      name: "nonStandard of 300 octets",
      hex: "0000092b06010401868d1f01812c" + String(repeating: "00", count: 300),
      message: .request(
        .nonStandard(
          .init(
            .init(
              .object(oid(1, 3, 6, 1, 4, 1, 99_999, 1)), data: [UInt8](repeating: 0, count: 300)))))),
    PDU(
      name: "functionNotUnderstood", hex: "611209",
      message: .indication(.functionNotUnderstood(.request(.roundTripDelayRequest(.init(sequenceNumber: 9)))))),
    PDU(
      name: "openLogicalChannel", hex: "030000640c6013800b050001007f000001138d00",
      message: .request(.openLogicalChannel(proposal(101, .g711Ulaw64k(20))))),
    PDU(
      name: "openLogicalChannel A-law", hex: "030000000c209f800b050001007f000001138d00",
      message: .request(.openLogicalChannel(proposal(1, .g711Alaw64k(160))))),
    PDU(
      name: "openLogicalChannelAck", hex: "22c000640680145c00007f0000011770007f000001177105000100",
      message: .response(
        .openLogicalChannelAck(
          .init(
            101,
            .init(
              sessionID: 1, mediaChannel: .unicast(address(6000)), mediaControlChannel: .unicast(address(6001))))))),
    PDU(
      name: "roundTripDelayResponse", hex: "280005",
      message: .response(.roundTripDelayResponse(.init(sequenceNumber: 5)))),
    PDU(
      name: "terminalCapabilitySet",
      hex: "02700106000881750007800d00003c000100000100000100000480000020c0138000012040138000028501108000038501408000"
        + "048a061404302d313600800001010000000102000200030004",
      message: .request(
        .terminalCapabilitySet(
          .init(
            sequenceNumber: 1, multiplexCapability: .h2250Capability(.init()),
            capabilityTable: [
              .init(1, .receiveAudioCapability(.g711Ulaw64k(20))), .init(2, .receiveAudioCapability(.g711Alaw64k(20))),
              .init(3, .receiveAndTransmitUserInputCapability(.basicString)),
              .init(4, .receiveAndTransmitUserInputCapability(.dtmf)),
              .init(
                5, .receiveRTPAudioTelephonyEventCapability(.init(dynamicRTPPayloadType: 101))),
            ],
            capabilityDescriptors: [.init(0, [[1, 2], [3, 4, 5]])])))),
    PDU(
      name: "terminalCapabilitySetReject", hex: "220001600003",
      message: .response(
        .terminalCapabilitySetReject(
          .init(sequenceNumber: 1, cause: .tableEntryCapacityExceeded(highestEntryNumberProcessed: 4))))),
    PDU(
      name: "terminalNumberAssign", hex: "70400308041c",
      message: .indication(
        .conferenceIndication(.terminalNumberAssign(.init(mcuNumber: 1, terminalNumber: 7))))),
    PDU(
      name: "alphanumeric", hex: "6d400431323323",
      message: .indication(.userInput(.alphanumeric(Array("123#".utf8))))),
    PDU(
      name: "signalUpdate", hex: "6d820640018f000064",
      message: .indication(.userInput(.signalUpdate(.init(duration: 400, rtp: .init(logicalChannelNumber: 101)))))),
    PDU(
      name: "vendorIdentification", hex: "70600e70b500534c056f7261636c650031",
      message: .indication(
        .vendorIdentification(
          .init(
            vendor: .h221NonStandard(t35CountryCode: 181, t35Extension: 0, manufacturerCode: 21_324),
            productNumber: Array("oracle".utf8), versionNumber: Array("1".utf8))))),
  ]

  static func proposal(_ number: UInt16, _ audio: AudioCapability) -> OpenLogicalChannel {
    OpenLogicalChannel(
      number, audio: audio,
      .init(sessionID: 1, mediaControlChannel: .unicast(address(5005)), silenceSuppression: false))
  }
}
