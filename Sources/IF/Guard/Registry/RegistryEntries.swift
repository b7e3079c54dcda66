// The four kinds of registry entry. None has a public initialiser: an entry exists only as part of a `Registry`, whose
// own initialiser has checked every field and every reference, so holding one is proof that it was valid.

public import OpenSSLCrypto
public import Wire

/// Whether an entry may be used at all.
public enum EntryStatus: String, Sendable, Hashable, CaseIterable {
  /// May call and be called.
  case active
  /// Refused for now.
  case suspended
  /// Refused for good; the entry stays so that its URI and user are not given to somebody else by accident.
  case revoked
}

/// Whether a caller brings the X-IF headers itself.
public enum HeaderPolicy: String, Sendable, Hashable, CaseIterable {
  /// Every escalation carries them.
  case required
  /// An ordinary phone: the hazard comes from the target it called, the trace_id from us.
  case derived
}

/// Whether a caller that has a key must sign.
public enum SignaturePolicy: String, Sendable, Hashable, CaseIterable {
  /// An escalation without a signature is refused.
  case required
  /// A signature may be absent; one that is there must be right.
  case optional
}

/// Whether a terminal needs an admission token at the gatekeeper.
public enum TokenPolicy: String, Sendable, Hashable, CaseIterable {
  /// Admitted with a signed token only.
  case required
  /// Admitted by source network and alias.
  case none
}

/// An organisation that experts belong to, with the networks its calls come from.
public struct Organisation: Sendable, Hashable {
  /// The name other entries refer to.
  public let id: String
  /// The networks it owns; an expert who calls in must be inside one of them.
  public let networks: [CIDR]
  /// The names of which an expert's connection must prove one by a client certificate; empty: none is wanted.
  public let clientNames: [String]
  /// `active` unless the file says otherwise.
  public let status: EntryStatus

  /// Whether one of its networks holds the address.
  public func owns(_ address: IPAddress) -> Bool {
    networks.contains { $0.contains(address) }
  }

  /// Whether a caller's certificate is one of its own, or none is wanted.
  public func accepts(_ certificate: CallerCertificate) -> Bool {
    guard !clientNames.isEmpty else { return true }
    switch certificate {
    case .absent: return false
    case .vouched: return true
    case .shown(let facts): return clientNames.contains { facts.proves(domain: $0) }
    }
  }
}

/// A human outside the organisation who may be called about hazards, or call about them.
public struct Expert: Sendable, Hashable {
  /// Where the expert is called, as written in the file.
  public let uri: String
  /// `uri` as a normalised address of record.
  public let address: AddressOfRecord
  /// Further From URIs of the same person.
  public let aors: [AddressOfRecord]
  /// A name for people.
  public let name: String
  /// The `id` of the organisation it belongs to.
  public let organisation: String
  /// The digest user. It is unique in the registry, so it also serves as the expert's identifier in answers.
  public let user: String
  /// Whether its calls carry the X-IF headers.
  public let headers: HeaderPolicy
  /// What it speaks for. Nothing else says so: not the URI's name, not a table in the code.
  public let specialisations: HazardSet
  /// The key its escalations are signed with, if it has one.
  public let key: Ed25519PublicKey?
  /// Whether the signature may be left out although there is a key.
  public let signature: SignaturePolicy
  /// New calls in one window, instead of the configuration's `rate.per_expert`.
  public let callsPerWindow: Int?
  /// Calls at one time, instead of the configuration's `calls.max_per_expert`.
  public let callsAtOnce: Int?
  /// Whether the entry may be used.
  public let status: EntryStatus

  /// Whether a From URI with this normalised address of record is this expert's.
  public func owns(_ address: String) -> Bool {
    isSame(self.address.text, address) || aors.contains { isSame($0.text, address) }
  }
}

/// A member of the council: an H.323 terminal, which may also dial in by SIP when it has a user.
public struct Guardian: Sendable, Hashable {
  /// `if://guardian/<name>`.
  public let id: String
  /// H.323 aliases (names or dialled digits), unique in the registry.
  public let aliases: [String]
  /// The digest user for dialling in by SIP, if any.
  public let user: String?
  /// The key its admission tokens are signed with.
  public let key: Ed25519PublicKey?
  /// Whether the gatekeeper wants a token.
  public let token: TokenPolicy
  /// The networks it may come from without proof of who it is; with none listed that is loopback only.
  public let networks: [CIDR]
  /// What its calls may use together, both directions counted, in bits per second.
  public let bandwidthBitsPerSecond: Int64
  /// The H.235.1 password, if it has one.
  public let h235Password: RegistrySecret?
  /// Whether the entry may be used.
  public let status: EntryStatus
}

/// A software agent on the mesh.
public struct Agent: Sendable, Hashable {
  /// The `source` its messages carry.
  public let id: String
  /// The key its messages are signed with.
  public let key: Ed25519PublicKey
  /// The rooms it may join; `*` stands for any run of characters.
  public let rooms: [WildcardPattern]
  /// Whether a message of its with performative `escalate` may call an expert.
  public let mayEscalate: Bool
  /// Whether the entry may be used.
  public let status: EntryStatus

  /// Whether the agent may join the room.
  public func mayJoin(_ room: String) -> Bool {
    rooms.contains { $0.matches(room) }
  }
}

/// A password out of the registry file that no description, log line or dump shows.
public struct RegistrySecret: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// The password itself; the name is long so that its use is seen in review.
  public let exposedText: String

  /// Wraps a password as it was read.
  public init(_ text: String) {
    exposedText = text
  }

  /// Always the same word.
  public var description: String { "(secret)" }

  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
