/// A version of TLS that is spoken here.
public enum TLSVersion: String, Sendable, Hashable, CaseIterable {
  /// RFC 5246.
  case tls12 = "1.2"
  /// RFC 8446.
  case tls13 = "1.3"
}

/// A name in a certificate, as its subjectAltName has it (RFC 5280 §4.2.1.6).
public enum CertificateName: Sendable, Hashable {
  /// A host, in lower case.
  case dns(String)
  /// A URI as it stands there.
  case uri(String)
  /// An address.
  case address(IPAddress)

  /// The domain that a SIP identity stands for: a `sip:` URI without a user names one, and nothing else in a URI does
  /// (RFC 5922 §7.1). In lower case; nil for every other name.
  public var sipDomain: String? {
    guard case .uri(let text) = self, text.utf8.count > 4 else { return nil }
    guard text.utf8.prefix(4).elementsEqual("sip:".utf8) || text.lowercased().hasPrefix("sip:") else { return nil }
    let rest = text.utf8.dropFirst(4)
    guard !rest.contains(UInt8(ascii: "@")) else { return nil }
    let host = rest.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "?") }
    return host.isEmpty ? nil : String(Substring(host)).lowercased()
  }

  /// As a person writes it: `if.internal`, `sip:if.internal`, `192.0.2.1`.
  public var text: String {
    switch self {
    case .dns(let name), .uri(let name): name
    case .address(let address): address.description
    }
  }
}

/// What a TLS connection has come to: found out by the handshake, never taken from a message.
public struct TLSFacts: Sendable, Hashable {
  /// The version that both ends agreed upon.
  public var version: TLSVersion
  /// The cipher suite by its IANA name.
  public var cipher: String
  /// The name that the client asked for (RFC 6066 §3), in lower case.
  public var serverName: String?
  /// The protocol that both ends agreed upon (RFC 7301).
  public var applicationProtocol: String?
  /// The names in the certificate of the far end; empty when it showed none.
  public var peerNames: [CertificateName]
  /// The common name in that certificate's subject.
  public var peerCommonName: String?
  /// Whether the far end showed a certificate that leads to one of our authorities and is valid now.
  public var isPeerVerified: Bool
  /// Whether the handshake took up an earlier session.
  public var isResumed: Bool

  /// Facts.
  public init(
    version: TLSVersion, cipher: String, serverName: String? = nil, applicationProtocol: String? = nil,
    peerNames: [CertificateName] = [], peerCommonName: String? = nil, isPeerVerified: Bool = false,
    isResumed: Bool = false
  ) {
    self.version = version
    self.cipher = cipher
    self.serverName = serverName
    self.applicationProtocol = applicationProtocol
    self.peerNames = peerNames
    self.peerCommonName = peerCommonName
    self.isPeerVerified = isPeerVerified
    self.isResumed = isResumed
  }

  /// Whether a verified far end is that SIP domain or host (RFC 5922 §7): by `sip:` URIs if the certificate has any,
  /// else by host names, else, and only when there is no name at all, by the common name. A wildcard matches nothing.
  public func proves(domain: String) -> Bool {
    isPeerVerified && Self.names(peerNames, commonName: peerCommonName, include: domain)
  }

  /// The same for the names of a certificate that somebody else has verified.
  public static func names(_ names: [CertificateName], commonName: String?, include domain: String) -> Bool {
    let wanted = domain.lowercased()
    if let address = IPAddress(wanted) { return names.contains(.address(address)) }
    let domains = names.compactMap(\.sipDomain)
    if !domains.isEmpty { return domains.contains(wanted) }
    guard names.isEmpty else { return names.contains(.dns(wanted)) }
    return commonName?.lowercased() == wanted
  }
}
