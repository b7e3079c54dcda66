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
}

extension EndpointType {
  /// A value of its components that are not optional.
  public init(mc: Bool, undefinedNode: Bool) {
    self.mc = mc
    self.undefinedNode = undefinedNode
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 6)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let vendor: VendorIdentifier? = try preamble.has(1) ? VendorIdentifier(from: &reader) : nil
    let gatekeeper: GatekeeperInfo? = try preamble.has(2) ? GatekeeperInfo(from: &reader) : nil
    let gateway: GatewayInfo? = try preamble.has(3) ? GatewayInfo(from: &reader) : nil
    let mcu: McuInfo? = try preamble.has(4) ? McuInfo(from: &reader) : nil
    let terminal: TerminalInfo? = try preamble.has(5) ? TerminalInfo(from: &reader) : nil
    let mc: Bool = try reader.readBit()
    let undefinedNode: Bool = try reader.readBit()
    var additions = try reader.readAdditions(preamble)
    let set: BitString? = try additions.next(&reader) { (reader: inout PERReader) throws(PERError) in
      try reader.readBitString(count: 32)
    }
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      nonStandardData: nonStandardData, vendor: vendor, gatekeeper: gatekeeper, gateway: gateway, mcu: mcu,
      terminal: terminal, mc: mc, undefinedNode: undefinedNode, set: set, unknown: unknown)
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
}

extension VendorIdentifier {
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
    let vendor: H221NonStandard = try H221NonStandard(from: &reader)
    let productId: [UInt8]? = try preamble.has(0) ? reader.readOctets(1...256) : nil
    let versionId: [UInt8]? = try preamble.has(1) ? reader.readOctets(1...256) : nil
    var additions = try reader.readAdditions(preamble)
    let enterpriseNumber: ObjectIdentifier? = try additions.next(&reader)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(
      vendor: vendor, productId: productId, versionId: versionId, enterpriseNumber: enterpriseNumber, unknown: unknown)
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
  public var unknown: PERAdditions
}

extension GatekeeperInfo {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(nonStandardData: nonStandardData, unknown: unknown)
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
  public var unknown: PERAdditions
}

extension GatewayInfo {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 2)
    let `protocol`: [SupportedProtocols]? = try preamble.has(0) ? reader.readArray() : nil
    let nonStandardData: NonStandardParameter? = try preamble.has(1) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(protocol: `protocol`, nonStandardData: nonStandardData, unknown: unknown)
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
  public var unknown: PERAdditions
}

extension McuInfo {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(nonStandardData: nonStandardData, unknown: unknown)
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
  public var unknown: PERAdditions
}

extension TerminalInfo {
  /// A value of its components that are not optional.
  public init() {
    unknown = PERAdditions()
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(nonStandardData: nonStandardData, unknown: unknown)
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
}

extension SupportedPrefix {
  /// A value of its components that are not optional.
  public init(prefix: AliasAddress) {
    self.prefix = prefix
  }

  /// Reads the value.
  public init(from reader: inout PERReader) throws(PERError) {
    let preamble = try reader.readPreamble(optionals: 1)
    let nonStandardData: NonStandardParameter? = try preamble.has(0) ? NonStandardParameter(from: &reader) : nil
    let prefix: AliasAddress = try AliasAddress(from: &reader)
    var additions = try reader.readAdditions(preamble)
    let unknown: PERAdditions = try additions.finish(&reader)
    self.init(nonStandardData: nonStandardData, prefix: prefix, unknown: unknown)
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
