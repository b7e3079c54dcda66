/// The roots of the modes that a requestMode asks for, in the order of H.245 Annex A.
enum ModeShapes {
  static let requested = Shape.list(.list(element, 1...256), 1...256)

  private static let element = Shape.open(
    .openChoice(
      .type(.nonStandardParameter), .type(.videoMode), .type(.audioMode), .type(.dataMode), .type(.encryptionMode)),
    .optional(.type(.h223ModeParameters)))

  static let audio = Shape.openChoice(
    .type(.nonStandardParameter), .null, .null, .null, .null, .null, .null, .null, .null, .null, .null,
    .closedNulls(4),  // g7231
    .open(.closedNulls(3), .closedNulls(3), .closedNulls(3), .integer(1...448)),  // is11172AudioMode
    .open(.closedNulls(3), .closedNulls(6), .closedNulls(10), .boolean, .boolean, .integer(1...1130)))

  static let video = Shape.openChoice(
    .type(.nonStandardParameter),
    .open(.closedNulls(2), .integer(1...19_200), .boolean),  // h261VideoMode
    .sequence([.openNulls(11)] + CapabilityShapes.pictureLimits, isExtensible: true),
    .open(.openNulls(5), .integer(1...19_200), .boolean, .boolean, .boolean, .boolean),  // h263VideoMode
    .sequence([.boolean] + CapabilityShapes.pictureLimits, isExtensible: true))

  private static let dataProtocol = Shape.type(.dataProtocolCapability)

  static let data = Shape.open(
    .openChoice(
      .type(.nonStandardParameter), dataProtocol, dataProtocol, dataProtocol, dataProtocol, dataProtocol, dataProtocol,
      .closed(dataProtocol, .octets), .null, dataProtocol),
    .integer(0...0xFFFF_FFFF))
}
