/// The `;name=value` parameters of a SIP or tel URI: each name at most once, in their order (RFC 3261 §19.1.1).
///
/// Names and values keep the escapes they came with. Lookups see through them and have no case: a Contact with
/// `;%6C%72` has `lr` (RFC 4475 §3.1.1.3).
public struct URIParameters: Sendable, Hashable {
  /// The parameters in their order.
  public private(set) var entries: [SIPParameter]

  /// No parameters.
  public init() { entries = [] }

  /// Whether there are none.
  public var isEmpty: Bool { entries.isEmpty }

  /// The parameter of this name.
  public subscript(name: String) -> SIPParameter? { index(of: name).map { entries[$0] } }

  /// Whether the parameter is there, with or without a value.
  public func contains(_ name: String) -> Bool { index(of: name) != nil }

  private func index(of name: String) -> Int? {
    entries.indices.first { entries[$0].name.matchesComponent(name, ignoringCase: true) }
  }

  /// The parameter's value with its escapes; nil when the parameter or its value is absent.
  public func value(of name: String) -> String? { self[name]?.rawValue }

  /// Sets a parameter, in place or at the end. Name and value are escaped as needed, a `%` in them included.
  ///
  /// - Throws: `malformedParameter` when the name is empty, or the value is and not absent, or when it is one that this
  ///   type reads (`maddr`, `ttl`) and has no such form; `tooManyParameters` beyond `SIPLimits.maxParameters`.
  public mutating func set(_ name: String, to value: String? = nil) throws(SIPParseError) {
    guard !name.isEmpty, value?.isEmpty != true else { throw SIPParseError(.malformedParameter, at: 0) }
    let parameter = SIPParameter(
      name: URIEscape.encodeParameter(name), rawValue: value.map(URIEscape.encodeParameter))
    guard URIParameters.isWellFormed(parameter) else { throw SIPParseError(.malformedParameter, at: 0) }
    if let index = index(of: parameter.name) {
      entries[index] = parameter
    } else if entries.count < SIPLimits.default.maxParameters {
      entries.append(parameter)
    } else {
      throw SIPParseError(.tooManyParameters, at: 0)
    }
  }

  /// Removes the parameter if it is there.
  public mutating func remove(_ name: String) {
    entries.removeAll { $0.name.matchesComponent(name, ignoringCase: true) }
  }

  /// `*( ";" uri-parameter )`, without white space; names without escapes and of these characters only, when given.
  @_lifetime(scanner: copy scanner)
  init(scanning scanner: inout FieldScanner, plainNames: ByteSet? = nil) throws(SIPParseError) {
    entries = []
    while scanner.skip(UInt8(ascii: ";")) {
      let start = scanner.position
      let name: Range<Int>
      if let plainNames {
        name = scanner.run(of: plainNames)
      } else {
        name = try scanner.escapedRun(of: .uriParameter)
      }
      guard !name.isEmpty else { throw scanner.error(.malformedParameter) }
      var rawValue: String?
      if scanner.skip(UInt8(ascii: "=")) {
        let value = try scanner.escapedRun(of: .uriParameter)
        guard !value.isEmpty else { throw scanner.error(.malformedParameter) }
        rawValue = try scanner.string(value)
      }
      let parameter = SIPParameter(name: try scanner.string(name), rawValue: rawValue)
      guard entries.count < SIPLimits.default.maxParameters else { throw scanner.error(.tooManyParameters, at: start) }
      guard !contains(parameter.name) else { throw scanner.error(.duplicateParameter, at: start) }
      guard URIParameters.isWellFormed(parameter) else { throw scanner.error(.malformedParameter, at: start) }
      entries.append(parameter)
    }
  }

  /// What decides where a request goes must be what it claims: `maddr` a host, `ttl` a number up to 255, `transport`
  /// and `method` tokens. All other parameters may hold anything.
  private static func isWellFormed(_ parameter: SIPParameter) -> Bool {
    let utf8 = parameter.name.utf8
    var scanner = FieldScanner(utf8.span)
    switch try? scanner.uriParameterName() {
    case .maddr: return parameter.rawValue.flatMap { SIPHost($0) } != nil
    case .ttl: return parameter.rawValue.flatMap(URIParameters.ttl) != nil
    case .transport, .method:
      return parameter.rawValue.map { URIEscape.decode($0).allSatisfy(ByteSet.token.contains) } ?? false
    default: return true
    }
  }

  static func ttl(_ text: String) -> UInt8? {
    text.utf8.count <= 3 && text.consists(of: .digit) ? UInt8(text) : nil
  }

  /// Appends each as `;name=value`.
  func write(into bytes: inout [UInt8]) {
    for parameter in entries {
      bytes.append(UInt8(ascii: ";"))
      parameter.write(into: &bytes)
    }
  }
}
