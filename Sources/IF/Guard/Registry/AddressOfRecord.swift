import Wire

/// `user@host` in normalised form: escapes resolved, the host in lower case without a trailing dot, no scheme, port or
/// parameters.
///
/// Guard does not parse SIP messages and does not import what does. From the network it takes strings that the caller
/// has normalised (`SIPURI.normalizedAOR`); from the registry and the configuration it reads the plain URIs that
/// people write there, which is all this type's parser knows: `sip:` or `sips:`, a user, a host.
public struct AddressOfRecord: Sendable, Hashable, CustomStringConvertible {
  /// `user@host`.
  public let text: String

  /// Reads a URI as a configuration file has it.
  ///
  /// - Throws: what is wrong with it, as a sentence for a person.
  public init(configured uri: String) throws(AddressProblem) {
    let (user, host) = try Self.split(uri)
    guard let decoded = Self.resolvingEscapes(in: user) else {
      throw AddressProblem("\(uri) has a broken % escape, or one that stands for a control character or for @")
    }
    guard let normalised = Self.normalisedHost(host) else {
      throw AddressProblem("\(uri) needs a plain host after the @, without port or parameters")
    }
    text = decoded + "@" + normalised
  }

  /// The same as `text`.
  public var description: String { text }

  /// Cuts scheme, user and host apart; the pieces may still be wrong.
  static func split(_ uri: String) throws(AddressProblem) -> (user: Substring, host: Substring) {
    guard let colon = uri.firstIndex(of: ":"), ["sip", "sips"].contains(uri[..<colon].lowercased()) else {
      throw AddressProblem("\(uri) must begin with sip: or sips:")
    }
    let rest = uri[uri.index(after: colon)...]
    guard let at = rest.firstIndex(of: "@"), at != rest.startIndex else {
      throw AddressProblem("\(uri) needs a user before the @")
    }
    return (rest[..<at], rest[rest.index(after: at)...])
  }

  static func resolvingEscapes(in user: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = user.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.popFirst().flatMap(Hex.value(of:)), let low = rest.popFirst().flatMap(Hex.value(of:))
        else {
          return nil
        }
        bytes.append(high << 4 | low)
      // RFC 3261 §25.1 `user`: what else may stand there unescaped.
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        bytes.append(byte)
      default:
        guard "-_.!~*'()&=+$,;?/".utf8.contains(byte) else { return nil }
        bytes.append(byte)
      }
    }
    guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "@") }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  static func normalisedHost(_ host: Substring) -> String? {
    if host.hasPrefix("["), host.hasSuffix("]") {
      guard let address = IPAddress(String(host.dropFirst().dropLast())), !address.isIPv4 else { return nil }
      return "[\(address)]"
    }
    var name = host.lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let wellFormed = labels.allSatisfy { label in
      !label.isEmpty && label.utf8.count <= 63
        && label.utf8.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
            || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
        }
    }
    return wellFormed && name.utf8.count <= 253 ? name : nil
  }
}

/// What is wrong with a URI in a configuration file.
public struct AddressProblem: Error, Equatable, Sendable {
  /// A sentence for the person who wrote the file.
  public let message: String

  init(_ message: String) {
    self.message = message
  }
}
