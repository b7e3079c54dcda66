import Guard
import Relay

/// Ports that a call needs before a description can go on.
public struct MediaOpening: Sendable, Equatable {
  /// Whose they are.
  public var key: CallKey
  /// The relayed call they join; nil when it has none yet.
  public var call: RelayCallID?
  /// How many streams.
  public var streams: Int
  /// The family of the address that faces the caller.
  public var callerIsIPv4: Bool
  /// The family of the address that faces the callee.
  public var calleeIsIPv4: Bool
}

/// Such ports, open.
public struct MediaOpened: Sendable {
  /// One stream.
  public struct Stream: Sendable {
    /// Which stream of the relayed call it is.
    public var number: Int
    /// Where each side is to send to.
    public var ports: RelayPorts
    /// Random bytes for our keys towards the caller (``MediaAnchor/AnchorKeyMaterial``).
    public var callerKeys: [UInt8]
    /// The same towards the callee.
    public var calleeKeys: [UInt8]

    /// A stream.
    public init(number: Int, ports: RelayPorts, callerKeys: [UInt8], calleeKeys: [UInt8]) {
      self.number = number
      self.ports = ports
      self.callerKeys = callerKeys
      self.calleeKeys = calleeKeys
    }
  }

  /// The relayed call.
  public var call: RelayCallID
  /// Its new streams.
  public var streams: [Stream]

  /// Ports.
  public init(call: RelayCallID, streams: [Stream]) {
    self.call = call
    self.streams = streams
  }
}

/// Why there are no ports.
public enum MediaFailure: Error, Sendable, Hashable {
  /// None of our addresses is of that family.
  case family
  /// No port is free, or no more calls may be relayed.
  case full
  /// The system refused a socket: its error number.
  case system(Int32)
}

/// The end of a relayed call: its ports are to be closed, and what was counted is to be told
/// (``ProxyCore/mediaClosed(_:_:at:into:)``).
public struct MediaClosing: Sendable {
  /// The relayed call.
  public let call: RelayCallID
  let key: CallKey
  let callID: String
  let traceID: String
  /// Whether the parties had agreed on something, so that there is a bridge to be recorded.
  let hasBegun: Bool
  let lines: [MediaLine]
}

/// One stream of a call, for people and records.
public struct MediaLine: Sendable, Equatable {
  /// What one party has said of it.
  public struct Party: Sendable, Equatable {
    /// Where it wants RTP; nil on hold, and where it named a host.
    public var address: String?
    /// Its codec: name, clock rate.
    public var codec: String?
    /// `sendrecv` and its like.
    public var direction: String
    /// Its SRTP suite; nil for plain RTP.
    public var suite: String?
  }

  /// `audio` and its like.
  public var kind: String
  /// The caller.
  public var caller: Party
  /// The callee.
  public var callee: Party
  /// What the relay has counted; nil when it has not been asked.
  public var report: RelayReport?
}

/// What a payload type stands for.
public struct MediaFormat: Sendable, Hashable {
  /// 0 to 127.
  public var payloadType: UInt8
  /// The name of its encoding, as it was written.
  public var name: String
  /// Ticks of the timestamp in a second.
  public var clockRate: UInt32
  /// Channels.
  public var channels: UInt8
}

/// What each side of a relayed stream has said that it takes.
public struct MediaFormats: Sendable, Hashable {
  /// Which stream of the relayed call it is.
  public var place: Int
  /// Whether it is sound.
  public var isAudio: Bool
  /// The caller's, what it likes best first.
  public var caller: [MediaFormat]
  /// The callee's.
  public var callee: [MediaFormat]
}
