import Wire

/// How much a session remembers.
public struct RTPSessionLimits: Sendable, Hashable {
  /// The most sources, believed or not.
  public var maxSources: Int
  /// The most addresses of others with our identifier.
  public var maxConflicts: Int
  /// How long a believed source must have been silent before a new one may take its place in a full table.
  public var silence: Duration

  /// Limits of these values.
  public init(maxSources: Int = 32, maxConflicts: Int = 8, silence: Duration = .seconds(10)) {
    self.maxSources = maxSources
    self.maxConflicts = maxConflicts
    self.silence = silence
  }
}

/// What to do when a source sends from another address than before (RFC 3550 §8.2).
public enum SourceAddressPolicy: Sendable, Hashable {
  /// Keep to the first address; the rest is a collision or a loop, and dropped.
  case first
  /// Go along: for packets whose source has been proved by other means, such as SRTP.
  case latest
}

/// What a session starts with.
public struct RTPSessionConfiguration: Sendable, Hashable {
  /// Our synchronisation source, chosen at random (RFC 3550 §8.1).
  public var ssrc: UInt32
  /// Our canonical name, at most 255 bytes (RFC 7022).
  public var cname: [UInt8]
  /// Ticks of the timestamp in a second.
  public var clockRate: UInt32
  /// RTCP's share.
  public var bandwidth: RTCPBandwidth
  /// The smallest interval between reports.
  public var minimumInterval: Duration
  /// Bytes of UDP and IP headers of a datagram: 28 over IPv4, 48 over IPv6.
  public var overheadBytes: Int
  /// Which RTCP is read.
  public var form: RTCPForm
  /// Which packets make a stream.
  public var sequence: SequenceLimits
  /// What becomes of a source that moves.
  public var addressPolicy: SourceAddressPolicy
  /// How much is remembered.
  public var limits: RTPSessionLimits

  /// A configuration with the standard's values.
  public init(
    ssrc: UInt32, cname: [UInt8], clockRate: UInt32, bandwidth: RTCPBandwidth,
    minimumInterval: Duration = RTCPScheduler.minimumInterval, overheadBytes: Int = 28, form: RTCPForm = .compound,
    sequence: SequenceLimits = .rfc3550, addressPolicy: SourceAddressPolicy = .first,
    limits: RTPSessionLimits = RTPSessionLimits()
  ) {
    self.ssrc = ssrc
    self.cname = Array(cname.prefix(RTPLimits.maxTextBytes))
    self.clockRate = clockRate
    self.bandwidth = bandwidth
    self.minimumInterval = minimumInterval
    self.overheadBytes = overheadBytes
    self.form = form
    self.sequence = sequence
    self.addressPolicy = addressPolicy
    self.limits = limits
  }
}

/// What became of an RTP packet.
public enum RTPReception: Sendable, Hashable {
  /// To be played; the number with its cycles.
  case accepted(UInt32)
  /// The same, late or a duplicate.
  case late(UInt32)
  /// To be played; the source has started anew with this number.
  case restarted(UInt32)
  /// Not to be played: the source has to prove itself first.
  case probation
  /// Not to be played.
  case dropped(RTPDropReason)
  /// Not to be played: somebody else uses our identifier. Call ``RTPSession/changeSource(to:now:writer:)``.
  case collision
}

/// Why a packet is not played.
public enum RTPDropReason: Sendable, Hashable {
  /// Its number is far from where it should be.
  case jump
  /// Its source sends from another address (§8.2: a collision of third parties, or a loop).
  case foreignAddress
  /// It is ours, come back.
  case loop
  /// Its source has said BYE.
  case left
  /// There is no room for another source.
  case tooManySources
}

/// What RTCP has told.
public enum RTPSessionEvent: Sendable, Hashable {
  /// A sender has reported; the relation of its timestamps to civil time is in it.
  case senderReport(SenderReport)
  /// Somebody says how our packets arrive, and how long they and the answer took together; nil without an SR of ours to go by.
  case receptionReport(from: UInt32, ReceptionReport, roundTrip: Duration?)
  /// A source has a name, for the first time.
  case named(UInt32, cname: [UInt8])
  /// A source has left.
  case left(UInt32, reason: [UInt8]?)
  /// Feedback, applications' packets and packets of other kinds: for whoever understands them.
  case other(RTCPPacket)
  /// Somebody else uses our identifier. Call ``RTPSession/changeSource(to:now:writer:)``.
  case collision
}
