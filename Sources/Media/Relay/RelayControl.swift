import RTP
import Wire

/// Makes the RTCP of one side true for the other (RFC 3550 §7.2), in place.
///
/// A side's own SSRC becomes the one that the hearer knows; what it says of the stream that it hears is put in terms of
/// the source behind that. While both flows are relayed as they came, nothing is changed but that BYEs are taken out.
enum RelayControl {
  private enum Place {
    static let ssrc = 4
    /// Of an SR, from the start of its packet.
    static let ntpMiddle = 10
    static let timestamp = 16
    static let packetCount = 20
    static let octetCount = 24
    static let senderBlocks = 28
    static let receiverBlocks = 8
    static let blockBytes = 24
    /// Of feedback (RFC 4585 §6.1).
    static let mediaSource = 8
    static let feedback = 12
  }

  /// Translates a datagram that has been checked as a whole.
  ///
  /// - Parameters:
  ///   - from: whose it is; what it reports is noted there.
  ///   - hearing: what this side hears: the other's flow.
  /// - Returns: the bytes that are left; 0 when there is nothing for the other side.
  static func translate(
    _ packet: inout MutableSpan<UInt8>, count: Int, from leg: inout RelayLeg, to hearing: RelayFlow,
    now: Instant
  ) -> Int {
    var position = 0
    var end = 0
    while count &- position >= 4 {
      let length = 4 &+ 4 &* Int(packet.span.bigEndianUInt16(at: position &+ 2))
      guard length <= count &- position else { break }
      if translateOne(&packet, position..<(position &+ length), &leg, hearing, now) {
        if end != position {
          for offset in 0..<length { packet[end &+ offset] = packet[position &+ offset] }
        }
        end &+= length
      }
      position &+= length
    }
    return end
  }

  /// Translates one packet; false when it is not for the other side.
  private static func translateOne(
    _ packet: inout MutableSpan<UInt8>, _ range: Range<Int>, _ leg: inout RelayLeg, _ hearing: RelayFlow,
    _ now: Instant
  ) -> Bool {
    let start = range.lowerBound
    let isVerbatim = leg.flow.isVerbatim && hearing.isVerbatim
    let items = Int(packet[start] & 0x1F)
    switch packet[start &+ 1] {
    case RTCPPacketType.senderReport:
      guard range.count >= Place.senderBlocks else { return false }
      leg.flow.lastReport = (packet.span.bigEndianUInt32(at: start &+ Place.ntpMiddle), now)
      if !isVerbatim, packet.span.bigEndianUInt32(at: start &+ Place.ssrc) == leg.flow.heard?.ssrc {
        let timestamp = packet.span.bigEndianUInt32(at: start &+ Place.timestamp)
        packet.setBigEndian(timestamp &+ leg.flow.timestampOffset, at: start &+ Place.timestamp)
        if !leg.flow.isVerbatim {
          packet.setBigEndian(UInt32(truncatingIfNeeded: leg.flow.packets), at: start &+ Place.packetCount)
          packet.setBigEndian(UInt32(truncatingIfNeeded: leg.flow.octets), at: start &+ Place.octetCount)
        }
      }
      translateSource(&packet, start &+ Place.ssrc, leg.flow)
      translateBlocks(&packet, (start &+ Place.senderBlocks)..<range.upperBound, items, &leg, hearing, now)
      return true
    case RTCPPacketType.receiverReport:
      guard range.count >= Place.receiverBlocks else { return false }
      translateSource(&packet, start &+ Place.ssrc, leg.flow)
      translateBlocks(&packet, (start &+ Place.receiverBlocks)..<range.upperBound, items, &leg, hearing, now)
      return true
    case RTCPPacketType.sourceDescription:
      if !isVerbatim { translateChunks(&packet, (start &+ 4)..<range.upperBound, items, leg.flow) }
      return true
    case RTCPPacketType.goodbye: return false
    case RTCPPacketType.application:
      guard range.count >= 8 else { return false }
      translateSource(&packet, start &+ Place.ssrc, leg.flow)
      return true
    case RTCPPacketType.transportFeedback, RTCPPacketType.payloadFeedback:
      guard range.count >= Place.feedback else { return false }
      if !isVerbatim { translateFeedback(&packet, range, leg.flow, hearing) }
      return true
    default:
      // Others, extended reports among them, may name sources and numbers anywhere.
      return isVerbatim
    }
  }

  /// This side's own SSRC becomes the hearer's.
  private static func translateSource(
    _ packet: inout MutableSpan<UInt8>, _ place: Int, _ flow: RelayFlow
  ) {
    guard !flow.isVerbatim, packet.span.bigEndianUInt32(at: place) == flow.heard?.ssrc else { return }
    packet.setBigEndian(flow.ssrc, at: place)
  }

  /// What it says of the stream that it hears is about the source behind that.
  private static func translateHeard(
    _ packet: inout MutableSpan<UInt8>, _ place: Int, _ hearing: RelayFlow
  ) -> Bool {
    guard packet.span.bigEndianUInt32(at: place) == hearing.ssrc, let ssrc = hearing.heard?.ssrc else { return false }
    if !hearing.isVerbatim { packet.setBigEndian(ssrc, at: place) }
    return true
  }

  /// Reception reports (RFC 3550 §6.4.1).
  private static func translateBlocks(
    _ packet: inout MutableSpan<UInt8>, _ range: Range<Int>, _ items: Int, _ leg: inout RelayLeg,
    _ hearing: RelayFlow, _ now: Instant
  ) {
    var place = range.lowerBound
    var left = items
    while left > 0, range.upperBound &- place >= Place.blockBytes {
      if translateHeard(&packet, place, hearing) {
        // 24 bits with their sign.
        leg.reportedLost = Int32(bitPattern: packet.span.bigEndianUInt32(at: place &+ 4) << 8) >> 8
        let lastSR = packet.span.bigEndianUInt32(at: place &+ 16)
        if lastSR != 0, let report = hearing.lastReport, report.middle == lastSR {
          let delay = packet.span.bigEndianUInt32(at: place &+ 20)
          // In units of 1/65,536 s.
          let waited = Duration.nanoseconds((Int64(delay) &* 1_000_000_000) >> 16)
          let roundTrip = report.at.duration(to: now) - waited
          // Clocks are not exact; a negative time is none.
          leg.roundTrip = max(.zero, roundTrip)
        }
        if !hearing.isVerbatim {
          let highest = packet.span.bigEndianUInt32(at: place &+ 8)
          packet.setBigEndian(highest &- hearing.numberOffset, at: place &+ 8)
        }
      }
      place &+= Place.blockBytes
      left &-= 1
    }
  }

  /// SDES (RFC 3550 §6.5): each chunk is a source and items up to a zero, filled to a word.
  private static func translateChunks(
    _ packet: inout MutableSpan<UInt8>, _ range: Range<Int>, _ items: Int, _ flow: RelayFlow
  ) {
    var place = range.lowerBound
    var left = items
    while left > 0, range.upperBound &- place >= 4 {
      translateSource(&packet, place, flow)
      place &+= 4
      while place < range.upperBound, packet[place] != 0 {
        guard range.upperBound &- place >= 2 else { return }
        place &+= 2 &+ Int(packet[place &+ 1])
      }
      // Behind the zero, and on to the next word; all counts from the start of the packet, which is a word.
      place &+= 4 &- (place &- range.lowerBound) & 3
      left &-= 1
    }
  }

  /// Feedback (RFC 4585 §6): its sender, the source that it is about, and what of its information names either.
  private static func translateFeedback(
    _ packet: inout MutableSpan<UInt8>, _ range: Range<Int>, _ flow: RelayFlow, _ hearing: RelayFlow
  ) {
    let start = range.lowerBound
    let format = packet[start] & 0x1F
    let isTransport = packet[start &+ 1] == RTCPPacketType.transportFeedback
    translateSource(&packet, start &+ Place.ssrc, flow)
    let isHeard = translateHeard(&packet, start &+ Place.mediaSource, hearing)
    var place = start &+ Place.feedback
    switch (isTransport, format) {
    case (true, 1) where isHeard:
      // Generic NACK (§6.2.1): a number and a mask of those that follow it.
      while range.upperBound &- place >= 4 {
        let number = packet.span.bigEndianUInt16(at: place)
        packet.setBigEndian(number &- UInt16(truncatingIfNeeded: hearing.numberOffset), at: place)
        place &+= 4
      }
    case (true, 3), (false, 4):
      // TMMBR and FIR (RFC 5104 §4.2.1, §4.3.1): entries of eight bytes that begin with the source they are for.
      while range.upperBound &- place >= 8 {
        _ = translateHeard(&packet, place, hearing)
        place &+= 8
      }
    default: break
    }
  }
}
