/// The roots of the channels' parameters that are not looked into, in the order of H.245 Annex A.
enum ChannelShapes {
  private static let word = Shape.integer(0...65_535)

  static let h222 = Shape.open(
    word, .integer(0...8191), .optional(.integer(0...8191)), .optional(.octets), .optional(.octets))

  /// Also H223ModeParameters.
  static let h223 = Shape.open(
    .openChoice(
      .type(.nonStandardParameter), .null, .null, .null, .null, .closed(.integer(0...2), .integer(0...16_777_215))),
    .boolean)

  static let v76 = Shape.open(
    .open(.openNulls(3), .integer(1...4095), .boolean),  // hdlcParameters
    .openNulls(3), .boolean,
    .openChoice(.open(.integer(1...127), .openNulls(3)), .null),  // mode
    .open(.boolean))

  static let encryptionMode = Shape.openChoice(.type(.nonStandardParameter), .null)

  static let ipx = Shape.open(.fixedOctets(6), .fixedOctets(4), .fixedOctets(2))

  static let sourceRoute = Shape.open(.closedNulls(2), .fixedOctets(4), word, .list(.fixedOctets(4), nil))

  static let multicast = Shape.openChoice(.open(.fixedOctets(4), word), .open(.fixedOctets(16), word))
}
