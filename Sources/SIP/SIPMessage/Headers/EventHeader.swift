/// Event (RFC 6665 §8.2.1): the package that a subscription or notification is about.
public struct EventHeader: SIPValue {
  /// `Event`
  public static var headerName: SIPHeaderName? { .event }
  /// The package and its templates, `presence.winfo`; names compare with case (§7.2.1).
  public let type: String
  /// The parameters, `id` among them.
  public let parameters: HeaderParameters

  /// A package; it must be a token.
  public init(type: String, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    guard EventHeader.isType(type) else { throw SIPParseError(.malformedToken, at: 0, in: .event) }
    self.type = type
    self.parameters = parameters
  }

  /// `id`, which tells apart several subscriptions in one dialog.
  public var id: String? { parameters.value(of: "id") }

  /// Reads package and parameters.
  @_lifetime(scanner: copy scanner)
  public init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    type = try scanner.tokenString()
    guard EventHeader.isType(type) else { throw scanner.error(.malformedToken, at: start) }
    parameters = try HeaderParameters(scanning: &scanner)
  }

  /// Appends package and parameters.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: type)
    parameters.write(into: &bytes)
  }

  /// `event-package *( "." event-template )`, none of them empty.
  private static func isType(_ text: String) -> Bool {
    text.consists(of: .token)
      && text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
  }
}
