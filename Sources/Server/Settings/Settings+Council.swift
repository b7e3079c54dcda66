public import Wire

extension Settings {
  /// `council`: where guardians meet, and who speaks H.323 here.
  public struct Council: Sendable, Hashable {
    /// Whose council it is.
    public enum Mode: Sendable, Hashable {
      /// The gatekeeper and MCU inside this process.
      case builtin
      /// Others.
      case external(External)
      /// None: no H.323 at all.
      case off
    }

    /// `external`: whose council it is. At least one of the two is there.
    public struct External: Sendable, Hashable {
      /// `gatekeeper`: the gatekeepers to register with, in this order.
      public var gatekeepers: [HostPort]
      /// `mcu`: where calls go that no gatekeeper has another address for.
      public var mcu: HostPort?
      /// `endpoint_id`: what a gatekeeper that wants H.235.1 calls us before we are registered; nil: the first alias.
      public var endpointID: String?
      /// `h235_password_file`: the file that holds the password of H.235.1; nil: messages are not sealed.
      public var passwordPath: String?
      /// `redirect_networks`: where calls may be led by whoever is called, beside the host that they are with.
      public var redirectNetworks: [CIDR] = []

      /// The most gatekeepers.
      public static let maxGatekeepers = 8
      /// Bytes of the password.
      public static let maxPasswordBytes = 255

      /// A gatekeeper, an MCU, or both.
      public init(gatekeepers: [HostPort], mcu: HostPort?) {
        self.gatekeepers = gatekeepers
        self.mcu = mcu
      }
    }

    /// `mode`.
    public var mode = Mode.builtin
    /// `ras`: where RAS is heard, and sent from; over UDP. Port 0 lets the system choose.
    public var ras = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: defaultRASPort)
    /// `signalling`: where calls come in; over TCP. Port 0 lets the system choose.
    public var signalling = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: defaultSignallingPort)
    /// `h245_ports`: where peers open connections for H.245 that do not tunnel it; nil: the system chooses.
    public var h245Ports: ClosedRange<UInt16>?
    /// `h245_networks`: from where these connections are taken beside the host that the call is with.
    public var h245Networks: [CIDR] = []
    /// `max_connections`: connections of H.323 at once that others opened.
    public var maxConnections = 1_024
    /// `max_per_address`: of those, from one address.
    public var maxPerAddress = 512
    /// `identifier`: what the gatekeeper calls itself, or what one of others has to be called; nil: whatever it is.
    public var identifier: String?
    /// `aliases`: under which the gateway registers with a gatekeeper of others.
    public var aliases = ["ifsip-proxy"]
    /// `gateway_aliases`: which aliases terminals of the built-in gatekeeper may call that are neither a room nor a
    /// terminal: they go to SIP. A `*` stands for any text.
    public var gatewayAliases = ["expert-*"]
    /// `alternates`: the gatekeepers that terminals of the built-in one go to when it falls silent, in this order.
    public var alternates: [SocketAddress] = []
    /// `neighbours`: networks of other gatekeepers, which may ask the built-in one where somebody is.
    public var neighbours: [CIDR] = []
    /// `pre_granted`: whether terminals that need no token may call rooms without asking.
    public var preGranted = false
    /// `time_to_live_seconds`: how long a registration lasts.
    public var timeToLive = Duration.seconds(300)
    /// `capacity`: participants of a room.
    public var capacity = 25
    /// `lifetime_seconds`: how long a room may last.
    public var lifetime = Duration.seconds(14_400)

    /// The port of RAS when none is written.
    public static let defaultRASPort: UInt16 = 1_719
    /// The port of call signalling when none is written.
    public static let defaultSignallingPort: UInt16 = 1_720
    /// The most alternate gatekeepers.
    public static let maxAlternates = 8
    /// The most aliases.
    public static let maxAliases = 16

    /// Whether anything of H.323 runs.
    public var isOn: Bool { mode != .off }

    /// What others are; nil: there are none.
    public var external: External? {
      if case .external(let external) = mode { external } else { nil }
    }

    /// The defaults: all on loopback.
    public init() {}
  }

  /// A host, by name or address, and a port.
  public struct HostPort: Sendable, Hashable, CustomStringConvertible {
    /// A name in lower case, or an address without brackets.
    public var host: String
    /// The port.
    public var port: UInt16
    /// Whether the port was written; where it was not, DNS may name another one.
    public var isPortWritten = true

    /// A host and its port.
    public init(host: String, port: UInt16) {
      self.host = host
      self.port = port
    }

    /// `gk.example.net`, `gk.example.net:1719`, `192.0.2.1`, `[2001:db8::1]:1719`; nil for anything else.
    ///
    /// - Parameter defaultPort: the port where none is written.
    public init?(_ text: String, defaultPort: UInt16) {
      guard let (host, written) = HostName.withPort(text), written != 0 else { return nil }
      self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
      port = written ?? defaultPort
      isPortWritten = written != nil
    }

    /// Where it is, when the host is an address.
    public var address: SocketAddress? { IPAddress(host).map { SocketAddress(ip: $0, port: port) } }

    /// `host:port`.
    public var description: String { address?.description ?? "\(host):\(port)" }
  }
}
