public import Wire

/// The bytes of a file with the name that messages about it shall use. Reading files is the caller's work.
public struct TLSFile: Sendable {
  /// Its name.
  public var name: String
  /// Its content.
  public var bytes: [UInt8]

  /// A file.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}

/// A certificate with what belongs to it.
public struct TLSIdentity: Sendable {
  /// The certificate and, behind it, its chain: PEM.
  public var certificate: TLSFile
  /// Its private key: PEM, not encrypted.
  public var key: TLSFile
  /// The names it is shown for; nil: those that it holds. `*.example.net` stands for every host one label below.
  public var names: [String]?
  /// The status of the certificate as its authority signed it (RFC 6960): DER, to be stapled (RFC 6066 §8).
  public var status: TLSFile?

  /// An identity.
  public init(certificate: TLSFile, key: TLSFile, names: [String]? = nil, status: TLSFile? = nil) {
    self.certificate = certificate
    self.key = key
    self.names = names
    self.status = status
  }
}

/// Whether clients have to show a certificate.
public enum TLSClientCertificates: String, Sendable, Hashable, CaseIterable {
  /// They are not asked.
  case none
  /// They are asked; one that is shown must be good.
  case optional
  /// Without a good one there is no connection.
  case required
}

/// What a server's context is made of.
public struct TLSServerConfiguration: Sendable {
  /// The certificates; the first is shown to whoever names no name or an unknown one.
  public var identities: [TLSIdentity]
  /// Whether clients have to show a certificate.
  public var clientCertificates = TLSClientCertificates.none
  /// Who signs client certificates: PEM.
  public var clientAuthorities: TLSFile?
  /// The oldest version that is spoken.
  public var minimumVersion = TLSVersion.tls12
  /// The newest version that is spoken; for tests.
  package var maximumVersion = TLSVersion.tls13
  /// Whether clients get tickets, by which they take up their session later without a full handshake (RFC 5077,
  /// RFC 8446 §4.6.1).
  public var hasTickets = true
  /// Protocols in order of preference (RFC 7301); empty: whatever the client wants.
  public var applicationProtocols: [String] = []

  /// A configuration with the defaults.
  public init(identities: [TLSIdentity]) {
    self.identities = identities
  }
}

/// What a client's context is made of.
public struct TLSClientConfiguration: Sendable {
  /// Whom we believe: PEM; nil: whom the system believes.
  public var authorities: TLSFile?
  /// What we show to servers that ask.
  public var identity: TLSIdentity?
  /// The oldest version that is spoken.
  public var minimumVersion = TLSVersion.tls12
  /// The newest version that is spoken; for tests.
  package var maximumVersion = TLSVersion.tls13
  /// Protocols that are offered (RFC 7301).
  public var applicationProtocols: [String] = []

  /// A configuration with the defaults.
  public init() {}
}

/// Whom a client wants to reach, and so what the server's certificate must say.
public enum TLSPeerName: Sendable, Hashable {
  /// A SIP domain or host, proven as RFC 5922 §7 wants it: no wildcards.
  case domain(String)
  /// An address, which must stand in the certificate.
  case address(IPAddress)

  /// From a host as a URI has it, an IPv6 address with or without brackets.
  public init(host: String) {
    let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    self = IPAddress(bare).map { .address($0) } ?? .domain(host.lowercased())
  }

  /// As a person writes it.
  public var text: String {
    switch self {
    case .domain(let name): name
    case .address(let address): address.description
    }
  }
}

/// Bounds of what is read from files and peers.
public enum TLSLimits {
  /// Certificates in one chain or list of authorities.
  public static let certificates = 512
  /// Bytes of a chain that a peer shows.
  public static let peerChainBytes = 65_536
  /// Certificates between a peer's and the authority we believe.
  public static let peerChainDepth: Int32 = 6
  /// Bytes of one stapled status; it travels in every full handshake.
  public static let statusBytes = 16_384
  /// Names read from one certificate.
  public static let names = 256
  /// Bytes of one name.
  public static let nameBytes = 1_024
}
