import SIPTransaction
import Wire

/// IPv4 or IPv6.
public enum AddressFamily: Sendable, Hashable, CaseIterable {
  /// A records.
  case ipv4
  /// AAAA records.
  case ipv6

  /// The family of an address.
  public init(of ip: IPAddress) { self = ip.isIPv4 ? .ipv4 : .ipv6 }

  var recordType: DNSRecordType {
    switch self {
    case .ipv4: .a
    case .ipv6: .aaaa
    }
  }
}

/// From where we can send: one of our listeners, as far as it matters for where to.
public struct LocationSource: Sendable, Hashable {
  /// What it carries messages by.
  public var transport: SIPTransportKind
  /// Which addresses it reaches.
  public var family: AddressFamily

  /// A source.
  public init(_ transport: SIPTransportKind, _ family: AddressFamily) {
    self.transport = transport
    self.family = family
  }
}

/// One place to send a request to.
public struct LocatedHop: Sendable, Hashable, CustomStringConvertible {
  /// Over which transport.
  public var transport: SIPTransportKind
  /// To which address.
  public var address: SocketAddress

  /// A hop.
  public init(transport: SIPTransportKind, address: SocketAddress) {
    self.transport = transport
    self.address = address
  }

  /// `udp 192.0.2.1:5060`.
  public var description: String { "\(transport) \(address)" }
}

/// How far a location goes. What is beyond a limit is left out, the least preferred first.
public struct LocationLimits: Sendable, Hashable {
  /// Services whose SRV records are asked for.
  public var maxServices = 8
  /// Hosts, of all services, whose addresses are asked for.
  public var maxHosts = 16
  /// Questions, of all kinds together.
  public var maxQuestions = 40
  /// Hops in the list at the end.
  public var maxHops = 16

  /// Enough for every domain that means well.
  public static let `default` = LocationLimits()

  /// The defaults.
  public init() {}
}

/// Why a target leads nowhere.
public enum LocationFailure: Error, Sendable, Hashable {
  /// The name does not exist.
  case noSuchName
  /// The name exists and has no address of a family that we can send to.
  case noAddress
  /// The domain says that it has no such service: an SRV target of `.`
  case notAvailable
  /// The target wants, or the domain offers, none of the transports that we can send over.
  case noCommonTransport
  /// There are only addresses that the caller does not accept, or that are no single host's.
  case addressNotAccepted
  /// The servers did not tell; another time they may.
  case dns(DNSFailure)
}
