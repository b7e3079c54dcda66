import OpenSSLCrypto
import Wire

/// AES in counter mode and HMAC-SHA-1 (RFC 3711 §4.1.1, §4.2.1, RFC 6188): the trailer is MKI and tag.
struct CounterModeTransform: ~Copyable {
  private let key: AESCounterKey
  private let mac: HMACSHA1Key
  private let salt: CounterSalt
  private let tagBytes: Int

  init(key: Span<UInt8>, authentication: Span<UInt8>, salt: CounterSalt, tagBytes: Int) {
    self.key = AESCounterKey(key)
    mac = HMACSHA1Key(authentication)
    self.salt = salt
    self.tagBytes = tagBytes
  }

  @inline(__always)
  func sealRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, identifier: [UInt8]
  ) -> Int {
    key.apply(from: salt.counter(ssrc, index), to: &packet, in: header..<count)
    let tag = rtpTag(packet.span.extracting(0..<count), index)
    return put(tag, identifier, behind: count, of: &packet)
  }

  @inline(__always)
  func openRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, identifierBytes: Int
  ) -> Bool {
    let tag = rtpTag(packet.span.extracting(0..<count), index)
    guard isTag(tag, at: count &+ identifierBytes, of: packet.span) else { return false }
    key.apply(from: salt.counter(ssrc, index), to: &packet, in: header..<count)
    return true
  }

  func sealRTCP(
    _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, word: UInt32, identifier: [UInt8]
  ) -> Int {
    let start = SRTPTransform.rtcpTextStart(word, count: count)
    key.apply(from: salt.counter(ssrc, UInt64(word & 0x7FFF_FFFF)), to: &packet, in: start..<count)
    packet.setBigEndian(word, at: count)
    let tag = mac.authenticate(packet.span.extracting(0..<(count &+ 4)))
    return put(tag, identifier, behind: count &+ 4, of: &packet)
  }

  func openRTCP(
    _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, word: UInt32, identifierBytes: Int
  ) -> Bool {
    let tag = mac.authenticate(packet.span.extracting(0..<(count &+ 4)))
    guard isTag(tag, at: count &+ 4 &+ identifierBytes, of: packet.span) else { return false }
    let start = SRTPTransform.rtcpTextStart(word, count: count)
    key.apply(from: salt.counter(ssrc, UInt64(word & 0x7FFF_FFFF)), to: &packet, in: start..<count)
    return true
  }

  /// Over the packet and the rollover counter, which is not in it (RFC 3711 §4.2).
  @inline(__always)
  private func rtpTag(_ packet: Span<UInt8>, _ index: UInt64) -> InlineArray<20, UInt8> {
    let rolloverCounter = UInt32(truncatingIfNeeded: index >> 16)
    let bytes: InlineArray<4, UInt8> = [
      UInt8(truncatingIfNeeded: rolloverCounter >> 24), UInt8(truncatingIfNeeded: rolloverCounter >> 16),
      UInt8(truncatingIfNeeded: rolloverCounter >> 8), UInt8(truncatingIfNeeded: rolloverCounter),
    ]
    return mac.authenticate(packet, bytes.span)
  }

  @inline(__always)
  private func put(
    _ tag: InlineArray<20, UInt8>, _ identifier: [UInt8], behind count: Int, of packet: inout MutableSpan<UInt8>
  ) -> Int {
    let place = packet.put(identifier, at: count)
    for index in 0..<tagBytes { packet[place &+ index] = tag[index] }
    return place &+ tagBytes
  }

  @inline(__always)
  private func isTag(_ tag: InlineArray<20, UInt8>, at place: Int, of packet: Span<UInt8>) -> Bool {
    constantTimeEquals(tag.span.extracting(0..<tagBytes), packet.extracting(place..<(place &+ tagBytes)))
  }
}
