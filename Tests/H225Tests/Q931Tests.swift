import H225
import Testing
import Wire

@Suite struct Q931Tests {
  private func read(_ hex: String) throws -> Q931Message {
    let octets = try Hex.decode(hex)
    return try Q931Message(decoding: octets.span)
  }

  private func fault(_ hex: String) throws -> Q931Error? {
    let octets = try Hex.decode(hex)
    do throws(Q931Error) {
      _ = try Q931Message(decoding: octets.span)
      return nil
    } catch {
      return error
    }
  }

  @Test func header() throws {
    let message = try read("080292345a")
    #expect(message.callReference == 0x1234 && message.isFromDestination && message.messageType == .releaseComplete)
    #expect(try Hex.encode(message.encoded()) == "080292345a")
    #expect(try fault("08021234") == .truncated)
    #expect(try fault("0902123405") == .protocolDiscriminator(9))
    #expect(try fault("0801123405") == .callReference(1))
    #expect(try fault("0812123405") == .callReference(2))
  }

  @Test func elements() throws {
    // A shift and a repeat indicator of one octet, an element nobody knows, two numbers.
    let hex = "0802123405" + "96" + "d1" + "42020102" + "700381" + "3132" + "700281" + "33" + "7e0003050102"
    let message = try read(hex)
    #expect(message.elements.map(\.identifier) == [0x96, 0xD1, 0x42, 0x70, 0x70, 0x7E])
    #expect(message.calledPartyNumber?.digits == "12")
    #expect(message.userUser == [1, 2])
    #expect(try Hex.encode(message.encoded()) == hex)
    #expect(try fault("080212340528") == .elementTruncated(0x28))
    #expect(try fault("08021234052802" + "41") == .elementTruncated(0x28))
    #expect(try fault("08021234057e00") == .elementTruncated(0x7E))
    #expect(try fault("08021234057e000205") == .elementTruncated(0x7E))
  }

  /// Elements that are too short mean nothing, and are written again.
  @Test func shortElements() throws {
    for identifier in ["04", "08", "14", "1e", "27", "6c", "70", "4c"] {
      let hex = "0802123405" + identifier + "00"
      let message = try read(hex)
      #expect(message.bearerCapability == nil && message.cause == nil && message.callState == nil)
      #expect(message.progressDescription == nil && message.notification == nil)
      #expect(message.callingPartyNumber == nil && message.calledPartyNumber == nil)
      #expect(message.connectedNumber == nil)
      #expect(try Hex.encode(message.encoded()) == hex)
    }
    #expect(try read("0802123405040188").bearerCapability == nil)
    #expect(try read("08021234050403889890").bearerCapability?.multiplier == 16)
    #expect(try read("080212340504028898").bearerCapability == nil)
    #expect(try read("0802123405080180").cause == nil)
    #expect(try read("080212340508020010").cause == nil)
    #expect(try read("08021234056c0121").callingPartyNumber == nil)
    // A User-user element that is empty, or of another protocol.
    #expect(try read("08021234057e0000").userUser == nil)
    #expect(try read("08021234057e000105").userUser == nil)
    #expect(try read("08021234057e00020401").userUser == nil)
  }

  @Test func callerIdentity() throws {
    // Octet 3a: restricted, provided by the network.
    let message = try read("08021234056c0621a331303031")
    let number = try #require(message.callingPartyNumber)
    #expect(number.presentation == .restricted && number.screening == .networkProvided && number.digits == "1001")
    var other = Q931Message(.setup, callReference: 1, isFromDestination: false)
    try other.setCallingPartyNumber(number)
    #expect(try Hex.encode(other.encoded()) == "08020001056c0621a331303031")
    try other.setCalledPartyNumber(number)
    #expect(try Hex.encode(other.encoded()) == "08020001056c0621a3313030317005a131303031")
    try other.setCallingPartyNumber(nil)
    #expect(other.callingPartyNumber == nil)
  }

  @Test func display() throws {
    #expect(try read("08021234052806416c69636500").display == "Alice")
    #expect(try read("0802123405280100").display?.isEmpty == true)
    #expect(try read("08021234052801ff").display == nil)
    var message = Q931Message(.setup, callReference: 1, isFromDestination: false)
    message.display = String(repeating: "é", count: 41)
    #expect(message.display == String(repeating: "é", count: 40))
  }

  @Test func causeAndBearer() throws {
    var message = Q931Message(.releaseComplete, callReference: 1, isFromDestination: true)
    message.cause = Q931Cause(17)
    message.bearerCapability = .speech
    message.callState = 10
    message.progressDescription = 8
    message.notification = 0x79
    #expect(
      try Hex.encode(message.encoded()) == "080280015a" + "04038090a3" + "08028091" + "14010a" + "1e028088" + "2701f9")
    let octets = try message.encoded()
    let again = try Q931Message(decoding: octets.span)
    #expect(again.cause == Q931Cause(17) && again.bearerCapability == .speech && again.callState == 10)
    #expect(again.progressDescription == 8 && again.notification == 0x79)
    // With a recommendation in octet 3a, and diagnostics.
    let cause = try #require(try read("08021234" + "5a" + "0805" + "0a80" + "9f" + "0102").cause)
    #expect(cause.value == 31 && cause.location == 10 && cause.diagnostics == [1, 2])
  }

  @Test func limits() throws {
    let one = "96"
    #expect(try read("0802123405" + String(repeating: one, count: Q931Limits.maxElements)).elements.count == 64)
    #expect(try fault("0802123405" + String(repeating: one, count: Q931Limits.maxElements + 1)) == .tooManyElements)

    var message = Q931Message(.setup, callReference: 1, isFromDestination: false)
    try message.setCallingPartyNumber(Q931Number(String(repeating: "1", count: Q931Limits.maxDigits)))
    #expect(throws: Q931Error.tooLong) {
      try message.setCallingPartyNumber(Q931Number(String(repeating: "1", count: Q931Limits.maxDigits + 1)))
    }
    message = Q931Message(.setup, callReference: 1, isFromDestination: false)
    // Five octets of header, three of the element, one of the protocol.
    message.userUser = [UInt8](repeating: 1, count: Q931Limits.maxMessageOctets - 9)
    #expect(try message.encoded().count == Q931Limits.maxMessageOctets)
    let longest = try message.encoded()
    #expect(try Q931Message(decoding: longest.span) == message)
    let tooLong = longest + [0x96]
    #expect(throws: Q931Error.tooLong) { try Q931Message(decoding: tooLong.span) }
    message.userUser?.append(1)
    #expect(throws: Q931Error.tooLong) { try message.encoded() }
    message = Q931Message(.setup, callReference: 1, isFromDestination: false)
    message.setContents(of: 0x42, [UInt8](repeating: 1, count: 256))
    #expect(throws: Q931Error.tooLong) { try message.encoded() }
    message.elements = [Q931Message.Element(0x42, nil)]
    #expect(throws: Q931Error.element(0x42)) { try message.encoded() }
  }
}
