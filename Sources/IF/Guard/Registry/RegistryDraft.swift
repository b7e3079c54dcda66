/// What a registry file says, before anybody has judged it: every field a string, as it was written.
///
/// A loader fills this in and hands it to `Registry.init(_:)`. A nil field was absent. The names of the fields are the
/// keys of the file in Swift spelling.
public struct RegistryDraft: Sendable, Equatable {
  /// One element of `organisations`.
  public struct Organisation: Sendable, Equatable {
    /// `id`
    public var id: String?
    /// `networks`: CIDRs or single addresses
    public var networks: [String] = []
    /// `client_sans`: names that client certificates must prove one of
    public var clientSANs: [String] = []
    /// `status`: active (default), suspended, revoked
    public var status: String?

    /// An element with nothing in it but what is given.
    public init(id: String? = nil, networks: [String] = [], clientSANs: [String] = [], status: String? = nil) {
      self.id = id
      self.networks = networks
      self.clientSANs = clientSANs
      self.status = status
    }
  }

  /// One element of `experts`.
  public struct Expert: Sendable, Equatable {
    /// `uri`
    public var uri: String?
    /// `name`; the URI when absent
    public var name: String?
    /// `organisation`
    public var organisation: String?
    /// `user`
    public var user: String?
    /// `aors`
    public var aors: [String] = []
    /// `headers`: required (default) or derived
    public var headers: String?
    /// `specialisations`
    public var specialisations: [String] = []
    /// `key`
    public var key: String?
    /// `signature`: required (default) or optional
    public var signature: String?
    /// `rate`: new calls in one window; the configuration's when absent
    public var callsPerWindow: Int?
    /// `max_calls`: calls at one time; the configuration's when absent
    public var callsAtOnce: Int?
    /// `status`: active (default), suspended, revoked
    public var status: String?

    /// An element with nothing in it but what is given.
    public init(
      uri: String? = nil, name: String? = nil, organisation: String? = nil, user: String? = nil, aors: [String] = [],
      headers: String? = nil, specialisations: [String] = [], key: String? = nil, signature: String? = nil,
      callsPerWindow: Int? = nil, callsAtOnce: Int? = nil, status: String? = nil
    ) {
      self.uri = uri
      self.name = name
      self.organisation = organisation
      self.user = user
      self.aors = aors
      self.headers = headers
      self.specialisations = specialisations
      self.key = key
      self.signature = signature
      self.callsPerWindow = callsPerWindow
      self.callsAtOnce = callsAtOnce
      self.status = status
    }
  }

  /// One element of `guardians`.
  public struct Guardian: Sendable, Equatable {
    /// `id`
    public var id: String?
    /// `aliases`
    public var aliases: [String] = []
    /// `user`
    public var user: String?
    /// `key`
    public var key: String?
    /// `token`: required (default) or none
    public var token: String?
    /// `networks`: where it may come from without a token
    public var networks: [String] = []
    /// `bandwidth_bps`; 10,000,000 when absent
    public var bandwidthBitsPerSecond: Int64?
    /// `h235_password`
    public var h235Password: RegistrySecret?
    /// `status`: active (default), suspended, revoked
    public var status: String?

    /// An element with nothing in it but what is given.
    public init(
      id: String? = nil, aliases: [String] = [], user: String? = nil, key: String? = nil, token: String? = nil,
      networks: [String] = [], bandwidthBitsPerSecond: Int64? = nil, h235Password: RegistrySecret? = nil,
      status: String? = nil
    ) {
      self.id = id
      self.aliases = aliases
      self.user = user
      self.key = key
      self.token = token
      self.networks = networks
      self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
      self.h235Password = h235Password
      self.status = status
    }
  }

  /// One element of `agents`.
  public struct Agent: Sendable, Equatable {
    /// `id`
    public var id: String?
    /// `key`
    public var key: String?
    /// `rooms`
    public var rooms: [String] = []
    /// `escalate`: whether it may call experts; false when absent
    public var mayEscalate: Bool?
    /// `status`: active (default), suspended, revoked
    public var status: String?

    /// An element with nothing in it but what is given.
    public init(
      id: String? = nil, key: String? = nil, rooms: [String] = [], mayEscalate: Bool? = nil, status: String? = nil
    ) {
      self.id = id
      self.key = key
      self.rooms = rooms
      self.mayEscalate = mayEscalate
      self.status = status
    }
  }

  /// `organisations`
  public var organisations: [Organisation]
  /// `experts`
  public var experts: [Expert]
  /// `guardians`
  public var guardians: [Guardian]
  /// `agents`
  public var agents: [Agent]

  /// A draft of those elements.
  public init(
    organisations: [Organisation] = [], experts: [Expert] = [], guardians: [Guardian] = [], agents: [Agent] = []
  ) {
    self.organisations = organisations
    self.experts = experts
    self.guardians = guardians
    self.agents = agents
  }
}
