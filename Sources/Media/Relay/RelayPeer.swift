import SRTP
import Wire

/// What signalling says of one side of a stream: one m-line of the description that this side has sent, and whence.
public struct RelayPeer: Sendable {
  /// Where it receives RTP: address of its `c=` and port of its `m=`. Nil when it has none, as for port 0.
  public var media: SocketAddress?
  /// Where it receives RTCP, by `a=rtcp` (RFC 3605); nil for one port above. Of no meaning where both share a port.
  public var control: SocketAddress?
  /// RTP and RTCP share its port: agreed upon, not only offered (RFC 5761 §5.1.1).
  public var isMultiplexed = false
  /// Whether it sends and receives, in its own words.
  public var direction = RelayDirection.sendrecv
  /// Where the signalling of this side came from, as the transport saw it.
  public var signalledFrom: IPAddress?
  /// Which other source may be believed.
  public var learning = RelayLearning.address
  /// The keys, when this side speaks SRTP; nil for plain RTP.
  public var protection: RelayProtection?
  /// The payload types it has said it takes: what is relayed to it with another one is dropped. Empty for any.
  public var payloadTypes = RelayPayloadTypes()
  /// The payload type among them that is telephone-event (RFC 4733).
  public var telephoneEvent: UInt8?
  /// The clock of those telephone events.
  public var telephoneEventClockRate: UInt32 = 8000
  /// This side speaks telephone events with us alone, since the other one takes its keys by way of signalling; nil where
  /// keys go as they come.
  public var keyEvents: RelayKeyEvents?
  /// What it speaks, where the other side may have no codec in common with it; nil: nothing is transcoded.
  public var speech: RelaySpeech?
  /// Ticks of the timestamp in a second, of what is relayed to it.
  public var clockRate: UInt32 = 8000

  /// A peer at an address, otherwise with the values that stand above.
  public init(media: SocketAddress?) { self.media = media }
}

/// How telephone events are spoken with a side whose counterpart has none.
public struct RelayKeyEvents: Sendable, Hashable {
  /// The payload type it sends them with.
  public var receive: UInt8
  /// The payload type it takes them with.
  public var send: UInt8
  /// Units of their timestamps in a second: those of the sound that they take the place of.
  public var clockRate: UInt32

  /// Payload types and clock.
  public init(receive: UInt8, send: UInt8, clockRate: UInt32 = 8000) {
    self.receive = receive
    self.send = send
    self.clockRate = clockRate
  }
}

/// The SRTP keys of one side (RFC 4568). A key that stays what it was keeps its counters through every renegotiation.
public struct RelayProtection: Sendable {
  /// What this side protects its packets with: the key in its own `a=crypto`.
  public var receive: SRTPMasterKey
  /// What we protect packets with that go to it: the key in the `a=crypto` that it got from us.
  public var send: SRTPMasterKey
  /// False for RTCP to it that is authenticated only (`UNENCRYPTED_SRTCP`).
  public var encryptsRTCP: Bool

  /// Keys of both directions, of one suite or of two.
  public init(receive: SRTPMasterKey, send: SRTPMasterKey, encryptsRTCP: Bool = true) {
    self.receive = receive
    self.send = send
    self.encryptsRTCP = encryptsRTCP
  }
}

/// A set of payload types: 128 bits.
public struct RelayPayloadTypes: Sendable, Hashable, ExpressibleByArrayLiteral {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// None.
  public init() {}

  /// These.
  public init(arrayLiteral types: UInt8...) {
    for type in types { insert(type) }
  }

  /// Adds one; its low seven bits count.
  public mutating func insert(_ type: UInt8) {
    if type & 0x40 == 0 { low |= 1 << UInt64(type & 0x3F) } else { high |= 1 << UInt64(type & 0x3F) }
  }

  /// Whether it is there.
  @inline(__always)
  public func contains(_ type: UInt8) -> Bool {
    (type & 0x40 == 0 ? low : high) >> UInt64(type & 0x3F) & 1 != 0
  }

  /// Whether a peer with these takes one: none means any.
  @inline(__always)
  func take(_ type: UInt8) -> Bool { isEmpty || contains(type) }

  /// Whether there is none.
  public var isEmpty: Bool { low | high == 0 }
}

/// How a stream is relayed, whoever its sides are.
public struct RelaySettings: Sendable, Hashable {
  /// How long after a negotiation a source may be learnt.
  public var learningWindow = RelayLimits.learningWindow
  /// How long nothing valid may come from either side before the stream counts as dead; nil for ever.
  public var mediaTimeout: Duration? = .seconds(30)

  /// The defaults.
  public init() {}
}

/// The limits of one relayed stream.
public enum RelayLimits {
  /// How long after a negotiation a source may be learnt.
  public static let learningWindow = Duration.seconds(10)
  /// The most changes of a side's SSRC within ``sourceChangePeriod``; other sources are dropped then.
  public static let maxSourceChanges = 4
  /// How long a change of SSRC counts.
  public static let sourceChangePeriod = Duration.seconds(10)
  /// The longest datagram that is relayed.
  public static let maxPacketBytes = 2048 - maxTrailerBytes
  /// Bytes kept free behind a datagram for what SRTP or SRTCP adds: index, tag and master key identifier.
  public static let maxTrailerBytes = 4 + 16 + 128
}
