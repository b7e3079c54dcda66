import Wire

extension Settings {
  /// `media`: which calls' media goes over this node, from where, and how.
  public struct Media: Sendable, Hashable {
    /// `relay`: which calls are relayed.
    public var relay = Relay.escalations
    /// `address`: where RTP is received. Where nothing is written, the first listener's address, one that others reach
    /// before one of this machine only.
    public var address = IPAddress(v4: 0x7F00_0001)
    /// `address6`: the same for IPv6, where `address` is of IPv4; nil: parties over IPv6 meet the IPv4 address.
    public var address6: IPAddress?
    /// `ports`: the range, both ends included.
    public var ports: ClosedRange<UInt16> = 40_000...49_999
    /// `srtp`: whether the SIP side is encrypted.
    public var srtp = SRTP.preferred
    /// `timeout_seconds`: how long a relayed call may be without media; nil (`0`): for ever.
    public var timeout: Duration? = .seconds(30)
    /// `learn`: whose packets are taken for a party's.
    public var learn = Learn.address
    /// `dscp`: the class that media is sent with (RFC 2474).
    public var dscp: UInt8 = 46
    /// `transcode`: whether parties without a common codec are helped.
    public var transcodes = false
    /// `recording`: whether calls may be recorded, and where to.
    public var recording = Recording()

    /// `recording`.
    public struct Recording: Sendable, Hashable {
      /// `allow`.
      public var isAllowed = false
      /// `directory`; nil for `recordings` in the state directory.
      public var directory: String?
      /// `max_seconds`: how long one recording may be.
      public var longest = Duration.seconds(14_400)

      /// None.
      public init() {}
    }

    /// `relay`.
    public enum Relay: String, Sendable, Hashable, CaseIterable {
      /// None: parties send to each other.
      case off
      /// Those to escalation targets.
      case escalations
      /// All.
      case all
    }

    /// `srtp`.
    public enum SRTP: String, Sendable, Hashable, CaseIterable {
      /// An escalation without SRTP is refused.
      case requiredForEscalations = "required_for_escalations"
      /// Used when the far side can.
      case preferred
      /// Never.
      case off
    }

    /// `learn`.
    public enum Learn: String, Sendable, Hashable, CaseIterable {
      /// Those from the address and port that the description names.
      case off
      /// Those from any port of that address.
      case port
      /// Those, and where that address is a private one, from the address that the signalling comes from.
      case address
    }

    /// The addresses, one of each family at most.
    public var addresses: [IPAddress] { [address] + (address6.map { [$0] } ?? []) }

    /// The defaults.
    public init() {}
  }

  /// Where recordings of calls go.
  public var recordingDirectory: String { media.recording.directory ?? stateDirectory + "/recordings" }

  /// Whether any call can be relayed by this configuration.
  public var relaysMedia: Bool {
    switch media.relay {
    case .off: false
    case .escalations: !escalationTargets.targets.isEmpty
    case .all: true
    }
  }
}
