import MediaAnchor
import Relay
import Wire

/// Which calls' media goes over this node, and how (`media`).
public struct MediaPolicy: Sendable, Hashable {
  /// Which calls are relayed.
  public enum Scope: Sendable, Hashable {
    /// Those that IF.guard has let in to an escalation target.
    case escalations
    /// All.
    case all
  }

  /// Whether media is encrypted.
  public enum Encryption: Sendable, Hashable {
    /// An escalation's is, or the call is refused; others' where it can be.
    case requiredForEscalations
    /// Where it can be.
    case preferred
    /// Never.
    case off
  }

  /// Which calls.
  public var scope: Scope
  /// Whether they are encrypted.
  public var encryption: Encryption
  /// Which sources of packets may be believed beside those that signalling names.
  public var learning: RelayLearning
  /// The addresses that media sockets are bound to: one of each family at most.
  public var addresses: [IPAddress]
  /// Whether parties without a common codec are helped by transcoding.
  public var transcodes = false
  /// What descriptions say instead of the address of the same family, behind NAT.
  public var advertised: IPAddress?

  /// A policy.
  public init(
    _ scope: Scope, encryption: Encryption = .preferred, learning: RelayLearning = .address, addresses: [IPAddress],
    advertised: IPAddress? = nil
  ) {
    self.scope = scope
    self.encryption = encryption
    self.learning = learning
    self.addresses = addresses
    self.advertised = advertised
  }

  /// Whether a call is relayed.
  func relays(isEscalation: Bool) -> Bool { scope == .all || isEscalation }

  /// How a call uses SRTP.
  func srtp(isEscalation: Bool) -> SRTPUse {
    switch encryption {
    case .requiredForEscalations: isEscalation ? .required : .preferred
    case .preferred: .preferred
    case .off: .off
    }
  }

  /// Whether there is an address of a family.
  func has(isIPv4: Bool) -> Bool { addresses.contains { $0.isIPv4 == isIPv4 } }

  /// The address that descriptions name for a socket.
  func told(_ address: IPAddress) -> IPAddress {
    guard let advertised, advertised.isIPv4 == address.isIPv4 else { return address }
    return advertised
  }
}
