/// The roots of the messages that mean nothing on a packet network, in the order of H.245 Annex A.
enum MultiplexShapes {
  private static let byte = Shape.integer(0...255)
  private static let word = Shape.integer(0...65_535)
  private static let channel = Shape.integer(1...65_535)
  private static let entry = Shape.integer(1...15)

  static let entries = Shape.open(.list(entry, 1...15))

  static let entrySend = Shape.open(
    byte, .list(.sequence([entry, .optional(.list(.type(.multiplexElement), 1...256))], isExtensible: false), 1...15))

  static let element = Shape.closed(
    .closedChoice(word, .list(.type(.multiplexElement), 2...255)), .closedChoice(channel, .null))

  static let entrySendAck = Shape.open(byte, .list(entry, 1...15))
  static let entrySendReject = Shape.open(byte, .list(.open(entry, .openNulls(2)), 1...15))
  static let requestEntryReject = Shape.open(.list(entry, 1...15), .list(.open(entry, .openNulls(1)), 1...15))

  private static let loopType = Shape.openChoice(.null, channel, channel)
  static let loop = Shape.open(loopType)
  static let loopReject = Shape.open(loopType, .openNulls(1))

  static let encryptionCommand = Shape.openChoice(.octets, .null, .closed(byte, .type(.nonStandardParameter)))

  static let specificRequest = Shape.open(
    .boolean, .optional(.list(channel, 1...65_535)), .optional(.list(byte, 1...256)))

  static let h223Skew = Shape.open(channel, channel, .integer(0...4095))

  static let newATMVC = Shape.open(
    word, channel, .boolean, .boolean,
    .openChoice(.open(.openNulls(3), .openNulls(4), .boolean, .boolean), .open(word, word)),  // aal
    .openNulls(3))
}
