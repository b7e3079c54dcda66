import PER

/// EndpointType.
public struct EndpointType: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `vendor VendorIdentifier OPTIONAL`
  public var vendor: VendorIdentifier?

  /// `gatekeeper GatekeeperInfo OPTIONAL`
  public var gatekeeper: GatekeeperInfo?

  /// `gateway GatewayInfo OPTIONAL`
  public var gateway: GatewayInfo?

  /// `mcu McuInfo OPTIONAL`
  public var mcu: McuInfo?

  /// `terminal TerminalInfo OPTIONAL`
  public var terminal: TerminalInfo?

  /// `mc BOOLEAN`
  public var mc: Bool

  /// `undefinedNode BOOLEAN`
  public var undefinedNode: Bool

  /// `set BIT STRING (SIZE(32)) OPTIONAL`, an addition
  public var set: BitString?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(mc: Bool, undefinedNode: Bool) {
    self.mc = mc
    self.undefinedNode = undefinedNode
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 6)
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    vendor = try preamble.has(1) ? VendorIdentifier(from: &reader) : nil
    gatekeeper = try preamble.has(2) ? GatekeeperInfo(from: &reader) : nil
    gateway = try preamble.has(3) ? GatewayInfo(from: &reader) : nil
    mcu = try preamble.has(4) ? McuInfo(from: &reader) : nil
    terminal = try preamble.has(5) ? TerminalInfo(from: &reader) : nil
    mc = try reader.readBit()
    undefinedNode = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    set = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBitString(count: 32)
    }
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 6)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try writer.writeOptional(vendor, 1, in: sequence)
    try writer.writeOptional(gatekeeper, 2, in: sequence)
    try writer.writeOptional(gateway, 3, in: sequence)
    try writer.writeOptional(mcu, 4, in: sequence)
    try writer.writeOptional(terminal, 5, in: sequence)
    writer.writeBit(mc)
    writer.writeBit(undefinedNode)
    var additions = writer.beginAdditions(sequence, known: 2, kept: unknown)
    try additions.next(&writer, isPresent: set != nil) { (writer: inout PERWriter) throws(PERError) in
      if let set { try writer.writeBitString(set, count: 32) }
    }
    try additions.finish(&writer)
  }
}

/// VendorIdentifier.
public struct VendorIdentifier: PERValue {
  /// `vendor H221NonStandard`
  public var vendor: H221NonStandard

  /// `productId OCTET STRING (SIZE(1..256)) OPTIONAL`
  public var productId: [UInt8]?

  /// `versionId OCTET STRING (SIZE(1..256)) OPTIONAL`
  public var versionId: [UInt8]?

  /// `enterpriseNumber OBJECT IDENTIFIER OPTIONAL`, an addition
  public var enterpriseNumber: ObjectIdentifier?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(vendor: H221NonStandard) {
    self.vendor = vendor
  }

  /// Of who has no number of a manufacturer (T.35): a product by its name.
  package init(product: String) {
    vendor = H221NonStandard(t35CountryCode: 0, t35Extension: 0, manufacturerCode: 0)
    productId = Array(product.utf8)
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    vendor = try H221NonStandard(from: &reader)
    productId = try preamble.has(0) ? reader.readOctets(1...256) : nil
    versionId = try preamble.has(1) ? reader.readOctets(1...256) : nil
    var additions = try reader.readAdditions(preamble)
    enterpriseNumber = try additions.next(&reader)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try vendor.encode(into: &writer)
    if let productId {
      writer.markPresent(0, in: sequence)
      try writer.writeOctets(productId, 1...256)
    }
    if let versionId {
      writer.markPresent(1, in: sequence)
      try writer.writeOctets(versionId, 1...256)
    }
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.next(&writer, enterpriseNumber)
    try additions.finish(&writer)
  }
}

/// GatekeeperInfo.
public struct GatekeeperInfo: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// GatewayInfo.
public struct GatewayInfo: PERValue {
  /// `protocol SEQUENCE OF SupportedProtocols OPTIONAL`
  public var `protocol`: [SupportedProtocols]?

  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let `protocol`: [SupportedProtocols]? = try preamble.has(0) ? reader.readArray() : nil
    nonStandardData = try preamble.has(1) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)

    self.protocol = `protocol`
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 2)
    try writer.writeOptional(`protocol`, 0, in: sequence)
    try writer.writeOptional(nonStandardData, 1, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// McuInfo.
public struct McuInfo: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// TerminalInfo.
public struct TerminalInfo: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init() {
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}

/// SupportedPrefix.
public struct SupportedPrefix: PERValue {
  /// `nonStandardData NonStandardParameter OPTIONAL`
  public var nonStandardData: NonStandardParameter?

  /// `prefix AliasAddress`
  public var prefix: AliasAddress

  /// Additions that are not read here.
  public var unknown = PERAdditions()

  /// A value of its components that are not optional.
  public init(prefix: AliasAddress) {
    self.prefix = prefix
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    nonStandardData = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    prefix = try AliasAddress(from: &reader)
    var additions = try reader.readAdditions(preamble)
    unknown = try additions.finish(&reader)
  }

  /// Writes the value.
  public func encode(into writer: inout PERWriter) throws(PERError) {
    let sequence = writer.beginSequence(optionals: 1)
    try writer.writeOptional(nonStandardData, 0, in: sequence)
    try prefix.encode(into: &writer)
    var additions = writer.beginAdditions(sequence, known: 1, kept: unknown)
    try additions.finish(&writer)
  }
}
