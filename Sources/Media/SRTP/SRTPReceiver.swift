import RTP
import Wire

/// Checks and decrypts the packets of one direction under one master key (RFC 3711 §3.3, §3.4).
///
/// Packets are worked on where they lie. A source takes a place once a packet of it was genuine, so strangers cannot fill
/// the table; nothing else is allocated for an RTP packet. One owner at a time.
public struct SRTPReceiver: ~Copyable, @unchecked Sendable {
  // `@unchecked Sendable` is sound: as for SRTPSender.
  private let rtp: SRTPTransform
  private let rtcp: SRTPTransformKeys
  private let identifier: [UInt8]
  private let lifetime: UInt64
  private let rtpTrailer: Int
  private let rtcpTrailer: Int
  private var table = SRTPSourceTable()
  private var packets: UInt64 = 0
  private var rtcpPackets: UInt64 = 0

  /// A context whose session keys are derived now.
  public init(_ key: SRTPMasterKey) {
    self.init(key, rtp: SRTPTransform(key, .rtp), rtcp: SRTPTransformKeys(key, .rtcp))
  }

  /// The same with session keys that come from elsewhere, and as if so many packets had come before.
  package init(
    _ key: SRTPMasterKey, sessionKeys: SRTPSessionKeys, packets: UInt64 = 0, rtcpPackets: UInt64 = 0
  ) {
    self.init(
      key, rtp: sessionKeys.transformKeys(key.suite, .rtp).transform(),
      rtcp: sessionKeys.transformKeys(key.suite, .rtcp))
    self.packets = packets
    self.rtcpPackets = rtcpPackets
  }

  private init(_ key: SRTPMasterKey, rtp: consuming SRTPTransform, rtcp: SRTPTransformKeys) {
    self.rtp = rtp
    self.rtcp = rtcp
    identifier = key.identifier
    lifetime = key.lifetime
    rtpTrailer = key.suite.rtpTagBytes + key.identifier.count
    rtcpTrailer = 4 + key.suite.rtcpTagBytes + key.identifier.count
    tagIsLast = !key.suite.isAEAD
  }

  /// Whether the tag is behind the MKI (RFC 3711 §3.1); in AEAD suites it is part of the ciphertext, before it.
  private let tagIsLast: Bool

  /// Says with which rollover counter a source is that sends already (§3.3.1). Without effect on a source that has been
  /// heard.
  public mutating func begin(_ ssrc: UInt32, rolloverCounter: UInt32) throws(SRTPError) {
    let place = try table.placeOrNew(ssrc)
    table[place].initialRolloverCounter = rolloverCounter
  }

  /// Checks and decrypts an SRTP packet: the first `count` bytes of the buffer.
  ///
  /// Whether it is a replay is looked up before the tag is checked, and noted only after that (§3.3): a forged packet
  /// changes nothing. On an error the payload's bytes are no longer what came.
  ///
  /// - Returns: the bytes of the RTP packet, whose padding and payload type are as the peer says and not checked.
  public mutating func unprotect(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard count >= 0, count <= packet.count else { throw .malformed }
    let length = count &- rtpTrailer
    guard length >= 0, let header = try? RTPHeader(protected: packet.span.extracting(0..<length)) else {
      throw .malformed
    }
    try checkIdentifier(packet, trailer: length, tagBytes: rtpTrailer &- identifier.count)
    guard packets < lifetime else { throw .keyExpired }
    let known = table.place(of: header.ssrc)
    let index: UInt64
    if let known {
      index = table[known].index(of: header.sequenceNumber)
      guard index < SRTPLimits.maxPackets else { throw .keyExpired }
      switch table[known].window.judge(index) {
      case .new: break
      case .replayed: throw .replayed
      case .tooOld: throw .tooOld
      }
    } else {
      index = UInt64(header.sequenceNumber)
    }
    let isGenuine = rtp.openRTP(
      &packet, header: header.byteCount, count: length, ssrc: header.ssrc, index: index,
      identifierBytes: identifier.count)
    guard isGenuine else { throw .authenticationFailed }
    let place = if let known { known } else { try table.placeOrNew(header.ssrc) }
    table[place].window.insert(index)
    packets &+= 1
    return length
  }

  /// Checks and decrypts a datagram of SRTCP: the first `count` bytes of the buffer. Whether it is encrypted is its own
  /// word, which the tag covers.
  ///
  /// - Returns: the bytes of the RTCP datagram.
  public mutating func unprotectRTCP(_ packet: inout MutableSpan<UInt8>, count: Int) throws(SRTPError) -> Int {
    guard count >= 0, count <= packet.count else { throw .malformed }
    let length = count &- rtcpTrailer
    guard length >= SRTPTransform.rtcpHeaderBytes, packet[0] >> 6 == 2 else { throw .malformed }
    let tagBytes = rtcpTrailer &- 4 &- identifier.count
    let wordPlace = tagIsLast ? length : length &+ tagBytes
    let identifierPlace = wordPlace &+ 4
    try checkIdentifier(packet, at: identifierPlace)
    guard rtcpPackets < SRTPLimits.maxRTCPPackets else { throw .keyExpired }
    let word = packet.span.bigEndianUInt32(at: wordPlace)
    let ssrc = packet.span.bigEndianUInt32(at: 4)
    let index = UInt64(word & 0x7FFF_FFFF)
    let known = table.place(of: ssrc)
    if let known {
      switch table[known].rtcpWindow.judge(index) {
      case .new: break
      case .replayed: throw .replayed
      case .tooOld: throw .tooOld
      }
    }
    let isGenuine = rtcp.transform().openRTCP(
      &packet, count: length, ssrc: ssrc, word: word, identifierBytes: identifier.count)
    guard isGenuine else { throw .authenticationFailed }
    let place = if let known { known } else { try table.placeOrNew(ssrc) }
    table[place].rtcpWindow.insert(index)
    rtcpPackets &+= 1
    return length
  }

  @inline(__always)
  private func checkIdentifier(
    _ packet: borrowing MutableSpan<UInt8>, trailer: Int, tagBytes: Int
  ) throws(SRTPError) {
    if identifier.isEmpty { return }
    try checkIdentifier(packet, at: tagIsLast ? trailer : trailer &+ tagBytes)
  }

  private func checkIdentifier(_ packet: borrowing MutableSpan<UInt8>, at place: Int) throws(SRTPError) {
    for index in identifier.indices where packet[place &+ index] != identifier[index] { throw .otherMasterKey }
  }
}
