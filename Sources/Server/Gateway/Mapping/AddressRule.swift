import H225
import PER
import SIPMessage
import Wire

/// Whom aliases of H.323 mean in SIP, and the other way round (RFC 4123 §5.1.2).
///
/// | alias | SIP URI |
/// |---|---|
/// | url-ID `sip:…`, `sips:…` | the same as `sip:` |
/// | url-ID `h323:user@host` | `sip:user@host` |
/// | url-ID `tel:number`, dialled digits, e164 | `sip:number@` our domain |
/// | email-ID, h323-ID with an `@` | `sip:` and it |
/// | h323-ID, url-ID without scheme | `sip:name@` our domain |
struct AddressRule: Sendable {
  let domain: String
  let maxBytes: Int

  /// The URI of the first alias that has one.
  func target(of aliases: [AliasAddress]) -> String? {
    for alias in aliases {
      guard let text = Self.text(of: alias), !text.isEmpty, text.utf8.count <= maxBytes, let uri = uri(of: text) else {
        continue
      }
      return uri
    }
    return nil
  }

  /// The characters of an alias; nil where it is none of a user's.
  static func text(of alias: AliasAddress) -> String? {
    switch alias {
    case .dialledDigits(let digits): digits
    case .h323ID(let name): name.text
    case .urlID(let url): url
    case .emailID(let address): address
    case .partyNumber(.e164Number(let number)): number.publicNumberDigits
    case .partyNumber(.privateNumber(let number)): number.privateNumberDigits
    case .transportID, .partyNumber, .other: nil
    }
  }

  private func uri(of text: String) -> String? {
    if let uri = try? SIPURI(text) {
      var plain = uri.asRequestURI
      // What H.323 brings is no promise of TLS all the way (RFC 4123 §8).
      plain.scheme = .sip
      return plain.user == nil ? nil : plain.text
    }
    var rest = text
    for scheme in ["h323:", "tel:", "sip:"] where text.lowercased().hasPrefix(scheme) {
      rest = String(text.dropFirst(scheme.utf8.count))
    }
    let parts = rest.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count <= 2, let user = parts.first, !user.isEmpty else { return nil }
    let host = parts.count == 2 ? String(parts[1]) : domain
    guard let host = SIPHost(host), let uri = try? SIPURI(user: URIEscape.encodeUser(String(user)), host: host) else {
      return nil
    }
    return uri.text
  }

  /// sourceAddress of a SIP user: its URI as url-ID, its name as h323-ID.
  func source(uri: String, display: String?) -> [AliasAddress] {
    var aliases: [AliasAddress] = []
    if uri.utf8.count <= maxBytes, uri.utf8.allSatisfy({ $0 < 0x80 }), !uri.isEmpty { aliases.append(.urlID(uri)) }
    let name = display ?? (try? SIPURI(uri))?.user.map { String(decoding: URIEscape.decode($0), as: UTF8.self) }
    if let name = name.map({ HarmlessText.of($0, maxBytes: maxBytes) }), !name.isEmpty {
      var units = Array(name.utf16.prefix(maxBytes))
      // Not within a character of two units.
      if let last = units.last, UTF16.isLeadSurrogate(last) { units.removeLast() }
      aliases.append(.h323ID(BMPString(units: units)))
    }
    return aliases
  }
}
