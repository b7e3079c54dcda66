/// One `;name=value`, as it is written.
public struct SIPParameter: Sendable, Hashable {
  /// The name; letters have no case in lookups.
  public let name: String

  /// What stands behind the `=`: in a header a token, a host or a quoted string with its quotes, in a URI text with its
  /// escapes. Nil when there is no `=`.
  public let rawValue: String?

  init(name: String, rawValue: String?) {
    self.name = name
    self.rawValue = rawValue
  }

  func write(into bytes: inout [UInt8]) {
    bytes.append(ascii: name)
    guard let rawValue else { return }
    bytes.append(UInt8(ascii: "="))
    bytes.append(ascii: rawValue)
  }
}

/// The parameters behind a header's value (RFC 3261 §7.3.1 `generic-param`): each name at most once, letters without
/// case, in their order.
public struct HeaderParameters: Sendable, Hashable {
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
    entries.indices.first { entries[$0].name.equalsIgnoringCase(name) }
  }

  /// The parameter's value, unquoted if it was quoted; nil when the parameter or its value is absent.
  public func value(of name: String) -> String? {
    guard let raw = self[name]?.rawValue else { return nil }
    return raw.utf8.first == UInt8(ascii: "\"") ? HeaderParameters.unquoted(raw) : raw
  }

  /// Sets a parameter, in place or at the end. A value that is no token or host is written as a quoted string.
  ///
  /// - Throws: `malformedParameter` when the name is no token; `tooManyParameters` beyond `SIPLimits.maxParameters`.
  public mutating func set(_ name: String, to value: String? = nil) throws(SIPParseError) {
    guard name.consists(of: .token) else { throw SIPParseError(.malformedParameter, at: 0) }
    let raw = value.map { HeaderParameters.needsQuotes($0) ? HeaderParameters.quoted($0) : $0 }
    try setRaw(SIPParameter(name: name, rawValue: raw))
  }

  /// The same, the value always in quotes, as `text=` of Reason and most parameters of Digest want it.
  public mutating func set(_ name: String, toQuoted value: String) throws(SIPParseError) {
    guard name.consists(of: .token) else { throw SIPParseError(.malformedParameter, at: 0) }
    try setRaw(SIPParameter(name: name, rawValue: HeaderParameters.quoted(value)))
  }

  /// Removes the parameter if it is there.
  public mutating func remove(_ name: String) {
    entries.removeAll { $0.name.equalsIgnoringCase(name) }
  }

  private mutating func setRaw(_ parameter: SIPParameter) throws(SIPParseError) {
    if let index = index(of: parameter.name) {
      entries[index] = parameter
    } else if entries.count < SIPLimits.default.maxParameters {
      entries.append(parameter)
    } else {
      throw SIPParseError(.tooManyParameters, at: 0)
    }
  }

  /// Appends each as `;name=value`.
  func write(into bytes: inout [UInt8], separator: String = ";") {
    for parameter in entries {
      bytes.append(ascii: separator)
      parameter.write(into: &bytes)
    }
  }

  private static func needsQuotes(_ value: String) -> Bool {
    if value.consists(of: .token) { return false }
    return SIPHost(value) == nil || value.utf8.first != UInt8(ascii: "[")
  }

  private static func quoted(_ value: String) -> String {
    var bytes: [UInt8] = []
    bytes.append(quoting: value)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func unquoted(_ raw: String) -> String {
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in raw.utf8.dropFirst().dropLast() {
      if byte == UInt8(ascii: "\\"), !isEscaped {
        isEscaped = true
      } else {
        bytes.append(byte)
        isEscaped = false
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension HeaderParameters {
  /// Reads one parameter that is not there yet.
  ///
  /// A value without quotes is a token or a host; a bare IPv6 address passes as well, since `received=` comes without
  /// brackets (RFC 5118 §4.5) and a `:` has no other meaning here.
  @_lifetime(scanner: copy scanner)
  mutating func append(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    let start = scanner.position
    let scanned = try scanner.parameter()
    let name = try scanner.string(scanned.name)
    var rawValue: String?
    if let value = scanned.value {
      let isToken = scanner.isToken(value) || scanner.bytes[value.lowerBound] == UInt8(ascii: "\"")
      guard isToken || SIPHost(lenient: scanner.bytes.extracting(value)) != nil else {
        throw scanner.error(.malformedParameter, at: value.lowerBound)
      }
      rawValue = try scanner.rawParameterValue(value)
    }
    guard entries.count < SIPLimits.default.maxParameters else {
      throw scanner.error(.tooManyParameters, at: start)
    }
    guard !contains(name) else { throw scanner.error(.duplicateParameter, at: start) }
    entries.append(SIPParameter(name: name, rawValue: rawValue))
  }

  /// `*(SEMI generic-param)`: an empty parameter (`;;`, a final `;`) is a fault (RFC 4475 §3.1.2.1).
  @_lifetime(scanner: copy scanner)
  init(scanning scanner: inout FieldScanner) throws(SIPParseError) {
    self.init()
    while scanner.skipSeparator(UInt8(ascii: ";")) { try append(scanning: &scanner) }
  }
}

extension FieldScanner {
  func isToken(_ range: Range<Int>) -> Bool {
    for index in range where !ByteSet.token.contains(bytes[index]) { return false }
    return !range.isEmpty
  }
}
