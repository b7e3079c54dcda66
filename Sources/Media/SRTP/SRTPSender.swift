import RTP
import Wire

/// Protects the packets of one direction under one master key (RFC 3711 §3.3, §3.4).
///
/// Packets are worked on where they lie, and the trailer goes behind them: the buffer has `maxTrailerBytes` to spare.
/// Nothing is allocated for an RTP packet once its source is known. One owner at a time.
public struct SRTPSender: ~Copyable, @unchecked Sendable {
  // `@unchecked Sendable` is sound: the only parts that are not Sendable are the transform's contexts, which change as
  // they work. It is private and used by mutating methods alone, so whoever uses it has this value to itself, and it is
  // bound to no thread.
  private let rtp: SRTPTransform
  private let rtcp: SRTPTransformKeys
  private let suite: SRTPSuite
  private let identifier: [UInt8]
  private let lifetime: UInt64
  private let encryptsRTCP: Bool
  private let rtpTrailer: Int
  private var table = SRTPSourceTable()
  private var packets: UInt64 = 0
  private var rtcpPackets: UInt64 = 0

  /// A context whose session keys are derived now.
  ///
  /// - Parameters:
  ///   - encryptsRTCP: false for RTCP that is authenticated only (`UNENCRYPTED_SRTCP`, RFC 4568 §6.3.2).
  public init(_ key: SRTPMasterKey, encryptsRTCP: Bool = true) {
    self.init(
      key, rtp: SRTPTransform(key, .rtp), rtcp: SRTPTransformKeys(key, .rtcp), encryptsRTCP: encryptsRTCP)
  }

  /// The same with session keys that come from elsewhere, and as if so many packets had gone before.
  package init(
    _ key: SRTPMasterKey, sessionKeys: SRTPSessionKeys, encryptsRTCP: Bool = true, packets: UInt64 = 0,
    rtcpPackets: UInt64 = 0
  ) {
    self.init(
      key, rtp: sessionKeys.transformKeys(key.suite, .rtp).transform(),
      rtcp: sessionKeys.transformKeys(key.suite, .rtcp),
      encryptsRTCP: encryptsRTCP)
    self.packets = packets
    self.rtcpPackets = rtcpPackets
  }

  private init(_ key: SRTPMasterKey, rtp: consuming SRTPTransform, rtcp: SRTPTransformKeys, encryptsRTCP: Bool) {
    self.rtp = rtp
    self.rtcp = rtcp
    suite = key.suite
    identifier = key.identifier
    lifetime = key.lifetime
    rtpTrailer = key.suite.rtpTagBytes + key.identifier.count
    self.encryptsRTCP = encryptsRTCP
  }

  /// The most bytes that a packet grows by.
  public var maxTrailerBytes: Int { max(rtpTrailer, rtcpTrailer) }

  private var rtcpTrailer: Int { 4 + suite.rtcpTagBytes + identifier.count }

  /// RTP packets that the key may still protect.
  public var remainingPackets: UInt64 { lifetime - packets }

  /// Says with which rollover counter a source begins that has sent before under another context. Without effect on a
  /// source that has been heard.
  public mutating func begin(_ ssrc: UInt32, rolloverCounter: UInt32) throws(SRTPError) {
    let place = try table.placeOrNew(ssrc)
    table[place].initialRolloverCounter = rolloverCounter
  }

  /// Protects an RTP packet: the first `count` bytes of the buffer.
  ///
  /// Packets of a source need not come in order. One whose index was there before is refused, since two packets under one
  /// key stream would give both away (§9.1): ``SRTPError/replayed``, or ``SRTPError/tooOld`` when it cannot be told.
  ///
  /// - Returns: the bytes of the protected packet.
  public mutating func protect(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard count >= 0, count <= packet.count else { throw .malformed }
    guard rtpTrailer <= packet.count &- count else { throw .noRoom }
    guard let header = try? RTPHeader(protected: packet.span.extracting(0..<count)) else { throw .malformed }
    guard packets < lifetime else { throw .keyExpired }
    let place = try table.placeOrNew(header.ssrc)
    let index = table[place].index(of: header.sequenceNumber)
    guard index < SRTPLimits.maxPackets else { throw .keyExpired }
    switch table[place].window.judge(index) {
    case .new: break
    case .replayed: throw .replayed
    case .tooOld: throw .tooOld
    }
    table[place].window.insert(index)
    packets &+= 1
    return rtp.sealRTP(
      &packet, header: header.byteCount, count: count, ssrc: header.ssrc, index: index, identifier: identifier)
  }

  /// Protects a datagram of RTCP: the first `count` bytes of the buffer. Its source is the first packet's.
  ///
  /// - Returns: the bytes of the protected datagram.
  public mutating func protectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard count >= SRTPTransform.rtcpHeaderBytes, count <= packet.count, packet[0] >> 6 == 2 else { throw .malformed }
    guard rtcpTrailer <= packet.count &- count else { throw .noRoom }
    guard rtcpPackets < SRTPLimits.maxRTCPPackets else { throw .keyExpired }
    let ssrc = packet.span.bigEndianUInt32(at: 4)
    let place = try table.placeOrNew(ssrc)
    // The first index is 0 (§3.4).
    let index = table[place].rtcpWindow.highest.map { $0 &+ 1 } ?? 0
    guard index < SRTPLimits.maxRTCPPackets else { throw .keyExpired }
    table[place].rtcpWindow.insert(index)
    rtcpPackets &+= 1
    let word = (encryptsRTCP ? 0x8000_0000 : 0) | UInt32(truncatingIfNeeded: index)
    return rtcp.transform().sealRTCP(&packet, count: count, ssrc: ssrc, word: word, identifier: identifier)
  }

  /// As if the source had sent RTCP up to this index.
  package mutating func skipRTCP(_ ssrc: UInt32, to index: UInt32) throws(SRTPError) {
    let place = try table.placeOrNew(ssrc)
    table[place].rtcpWindow.insert(UInt64(index))
  }
}
