public import Wire

extension Settings {
  /// `hep`: copies of SIP messages for a capture server (HEP3, which Homer reads). Off unless `server` is written.
  public struct HEP: Sendable, Hashable {
    /// `server`: where the packets go, over UDP.
    public var server: SocketAddress
    /// `capture_id`: this node's number there.
    public var captureID: UInt32 = 2_001
    /// `node_name`: its name there.
    public var nodeName: String?
    /// `auth_key_file`: the file that holds what the capture server knows us by.
    public var authKeyPath: String?
    /// `events`: whether turns of calls are told too.
    public var hasEvents = true

    /// The port when the URL names none.
    public static let defaultPort: UInt16 = 9_060
    /// Bytes of a node name, and of a key.
    public static let maxTextBytes = 255

    /// A server, and the defaults.
    public init(server: SocketAddress) { self.server = server }

    /// The server as it would stand in the file: `udp://127.0.0.1:9060`.
    public var url: String { "udp://\(server)" }
  }
}
