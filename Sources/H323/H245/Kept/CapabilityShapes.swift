/// The roots of the capabilities that are not looked into, in the order of H.245 Annex A.
enum CapabilityShapes {
  static let nonStandard = Shape.closed(
    .closedChoice(.objectIdentifier, .closed(byte, byte, word)),  // nonStandardIdentifier
    .octets)

  private static let byte = Shape.integer(0...255)
  private static let word = Shape.integer(0...65_535)
  private static let long = Shape.integer(0...0xFFFF_FFFF)
  private static let bitRate = Shape.integer(1...65_535)

  // MARK: Video

  static let video = Shape.openChoice(.type(.nonStandardParameter), h261, h262, h263, is11172)

  private static let h261 = Shape.open(
    .optional(.integer(1...4)), .optional(.integer(1...4)), .boolean, .integer(1...19_200), .boolean)

  /// videoBitRate, vbvBufferSize, samplesPerLine, linesPerFrame, framesPerSecond or pictureRate, luminanceSampleRate.
  static let pictureLimits: [Shape] = [
    .optional(.integer(0...0x3FFF_FFFF)), .optional(.integer(0...262_143)), .optional(.integer(0...16_383)),
    .optional(.integer(0...16_383)), .optional(.integer(0...15)), .optional(.integer(0...0xFFFF_FFFF)),
  ]

  private static let h262 = Shape.sequence([Shape](repeating: .boolean, count: 11) + pictureLimits, isExtensible: true)

  private static let h263 = Shape.open(
    .optional(mpi), .optional(mpi), .optional(mpi), .optional(mpi), .optional(mpi),  // sqcifMPI to cif16MPI
    .integer(1...192_400), .boolean, .boolean, .boolean, .boolean, .boolean,
    .optional(.integer(0...524_287)), .optional(word))
  private static let mpi = Shape.integer(1...32)

  private static let is11172 = Shape.sequence([.boolean] + pictureLimits, isExtensible: true)

  // MARK: Audio

  static let is11172Audio = Shape.openBooleans(8, .integer(1...448))
  static let is13818Audio = Shape.openBooleans(20, .integer(1...1130))

  // MARK: Data

  static let dataApplications = Shape.list(.type(.dataApplicationCapability), nil)

  static let dataApplication = Shape.open(
    .openChoice(
      .type(.nonStandardParameter), dataProtocol, dataProtocol, dataProtocol,  // nonStandard to userData
      .closed(dataProtocol, t84Profile), dataProtocol, dataProtocol,  // t84, t434, h224
      .closed(dataProtocol, .octets), .null, dataProtocol),  // nlpid, dsvdControl, h222DataPartitioning
    long)

  static let dataProtocol = Shape.openChoice(.type(.nonStandardParameter), .null, .null, .null, .null, .null, .null)

  private static let t84Profile = Shape.closedChoice(.null, .openBooleans(19))

  // MARK: Encryption

  static let h233Receive = Shape.open(byte)

  // MARK: Multiplex

  static let h222 = Shape.open(.integer(1...256), .list(vc, nil))

  private static let vc = Shape.open(
    .optional(.openBooleans(9)), .optional(.open(word, word)), .boolean, .boolean,
    .open(.closedChoice(bitRate, .closed(bitRate, bitRate))))

  static let h223 = Shape.openBooleans(
    10, word, word, .integer(0...1023),
    .closedChoice(.null, .open(.integer(1...15), .integer(2...255), .integer(2...255))))

  static let v76 = Shape.openBooleans(
    9, .integer(2...8191), .boolean, .boolean, .integer(1...4095), .integer(1...127), .open(.boolean))

  // MARK: Generic

  static let generic = Shape.open(
    .type(.capabilityIdentifier), .optional(long), .optional(.list(.type(.genericParameter), nil)),
    .optional(.list(.type(.genericParameter), nil)), .optional(.octets), .optional(dataProtocol))

  static let capabilityIdentifier = Shape.openChoice(
    .objectIdentifier, .type(.nonStandardParameter), .fixedOctets(16), .boundedOctets(1...64))

  static let parameterIdentifier = Shape.openChoice(
    .integer(0...127), .type(.nonStandardParameter), .fixedOctets(16), .boundedOctets(1...64))

  static let genericParameter = Shape.open(
    .type(.parameterIdentifier),
    .openChoice(.null, byte, word, word, long, long, .octets, .list(.type(.genericParameter), nil)),
    .optional(.list(.type(.parameterIdentifier), nil)))
}
