// From, To, Contact, Route and their kin: an address and the parameters behind it.

/// A header whose value is an address with parameters (RFC 3261 §20.10).
///
/// Without brackets every `;` ends the URI and starts the header's parameters; with them the URI's own parameters stand
/// inside and the header's outside.
public protocol AddressHeader: SIPValue {
  /// The address.
  var address: NameAddress { get }

  /// The parameters behind the address, not those of its URI.
  var parameters: HeaderParameters { get }

  /// Whether the grammar demands the brackets: Route, Record-Route, Path, Service-Route.
  static var requiresBrackets: Bool { get }

  /// A value of these parts.
  ///
  /// - Throws: `malformedParameter` when a parameter this header defines is not what it must be.
  init(_ address: NameAddress, parameters: HeaderParameters) throws(SIPParseError)
}

extension AddressHeader {
  /// Both forms are allowed.
  public static var requiresBrackets: Bool { false }

  /// The URI.
  public var uri: AddrSpec { address.uri }

  /// Reads an address and its parameters.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let address = try NameAddress(scanning: &scanner, requiresBrackets: Self.requiresBrackets)
    let behind = scanner.position
    let parameters = try HeaderParameters(scanning: &scanner)
    do throws(SIPParseError) {
      self = try Self(address, parameters: parameters)
    } catch {
      throw scanner.error(error.reason, at: behind)
    }
  }

  /// Appends the address and its parameters.
  public func write(into bytes: inout [UInt8]) {
    address.write(into: &bytes)
    parameters.write(into: &bytes)
  }

  /// Whether the two mean the same address: equivalent URIs, the same tag or none, and no parameter that both have
  /// with different values. Names for people do not count (§20.20, §20.39).
  public func isEquivalent(to other: Self) -> Bool {
    isEquivalent(to: other, depth: 0)
  }

  func isEquivalent(to other: Self, depth: Int) -> Bool {
    guard uri.isEquivalent(to: other.uri, depth: depth),
      parameters.contains("tag") == other.parameters.contains("tag")
    else { return false }
    return parameters.entries.allSatisfy { parameter in
      guard let counterpart = other.parameters[parameter.name] else { return true }
      switch (parameter.rawValue, counterpart.rawValue) {
      case (nil, nil): return true
      case (let left?, let right?) where left.utf8.first == UInt8(ascii: "\""): return left == right
      case (let left?, let right?): return left.equalsIgnoringCase(right)
      default: return false
      }
    }
  }
}

/// Any address with parameters, for comparing the headers of two URIs.
struct AddressAndParameters: AddressHeader {
  let address: NameAddress
  let parameters: HeaderParameters

  init(_ address: NameAddress, parameters: HeaderParameters) throws(SIPParseError) {
    self.address = address
    self.parameters = parameters
  }
}

extension HeaderParameters {
  /// `tag-param`: when there is a tag it has a value, a token (§19.3).
  func checkTag() throws(SIPParseError) {
    guard let tag = self["tag"] else { return }
    guard tag.rawValue?.consists(of: .token) == true else { throw SIPParseError(.malformedParameter, at: 0) }
  }
}

// MARK: - From and To

/// From (RFC 3261 §20.20): who sends the request.
public struct FromHeader: AddressHeader {
  /// `From`
  public static var headerName: SIPHeaderName? { .from }
  /// The address.
  public let address: NameAddress
  /// The parameters.
  public let parameters: HeaderParameters

  /// A value of these parts; a `tag` must be a token.
  public init(_ address: NameAddress, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    try parameters.checkTag()
    self.address = address
    self.parameters = parameters
  }

  /// An address with a tag.
  public init(_ address: NameAddress, tag: String) throws(SIPParseError) {
    var parameters = HeaderParameters()
    try parameters.set("tag", to: tag)
    try self.init(address, parameters: parameters)
  }

  /// The tag; RFC 2543 clients have none.
  public var tag: String? { parameters.value(of: "tag") }
}

/// To (RFC 3261 §20.39): whom the request is for.
public struct ToHeader: AddressHeader {
  /// `To`
  public static var headerName: SIPHeaderName? { .to }
  /// The address.
  public let address: NameAddress
  /// The parameters.
  public let parameters: HeaderParameters

  /// A value of these parts; a `tag` must be a token.
  public init(_ address: NameAddress, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    try parameters.checkTag()
    self.address = address
    self.parameters = parameters
  }

  /// An address with a tag.
  public init(_ address: NameAddress, tag: String) throws(SIPParseError) {
    var parameters = HeaderParameters()
    try parameters.set("tag", to: tag)
    try self.init(address, parameters: parameters)
  }

  /// The tag; there is none before a dialog.
  public var tag: String? { parameters.value(of: "tag") }
}

// MARK: - Refer-To, P-Asserted-Identity

/// Refer-To (RFC 3515 §2.1): where the recipient should go.
public struct ReferToHeader: AddressHeader {
  /// `Refer-To`
  public static var headerName: SIPHeaderName? { .referTo }
  /// The address; a `method` parameter and headers (`Replaces`) stand in its URI.
  public let address: NameAddress
  /// The parameters.
  public let parameters: HeaderParameters

  /// A value of these parts.
  public init(_ address: NameAddress, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    self.address = address
    self.parameters = parameters
  }
}

/// One value of P-Asserted-Identity (RFC 3325 §9.1): an address without parameters.
///
/// A message has at most two, one sip or sips URI and one tel URI; `SIPMessageView.assertedIdentities()` holds to that.
public struct PAssertedIdentityHeader: SIPValue {
  /// `P-Asserted-Identity`
  public static var headerName: SIPHeaderName? { .pAssertedIdentity }
  /// The address.
  public let address: NameAddress

  /// An asserted address.
  public init(_ address: NameAddress) { self.address = address }

  /// Reads an address.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    address = try NameAddress(scanning: &scanner)
  }

  /// Appends the address.
  public func write(into bytes: inout [UInt8]) { address.write(into: &bytes) }
}
