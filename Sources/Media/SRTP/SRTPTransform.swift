import OpenSSLCrypto
import Wire

/// The live contexts of one session key (RFC 3711 §4, RFC 7714), for RTP or for RTCP of one direction.
///
/// A packet is worked on where it lies; counter blocks, nonces and tags are on the stack.
enum SRTPTransform: ~Copyable {
  case counterMode(AESCounterKey, CounterSalt, HMACSHA1Key, tagBytes: Int)
  case gcm(AESGCMKey, CounterSalt)

  /// What session keys are for: the labels of RFC 3711 §4.3.1 begin here.
  enum Use: UInt8 {
    case rtp = 0
    case rtcp = 3
  }

  init(_ master: SRTPMasterKey, _ use: Use) {
    let suite = master.suite
    let key = master.sessionKey(use.rawValue, count: suite.keyBytes)
    let salt = CounterSalt(master.sessionKey(use.rawValue + 2, count: suite.saltBytes).span)
    if suite.isAEAD {
      self = .gcm(AESGCMKey(key.span), salt)
    } else {
      self.init(
        key: key.span, salt: salt, authentication: master.sessionKey(use.rawValue + 1, count: 20).span,
        tagBytes: use == .rtp ? suite.rtpTagBytes : suite.rtcpTagBytes)
    }
  }

  /// From session keys; the RFCs' examples begin there.
  init(key: Span<UInt8>, salt: CounterSalt, authentication: Span<UInt8>, tagBytes: Int) {
    self = .counterMode(AESCounterKey(key), salt, HMACSHA1Key(authentication), tagBytes: tagBytes)
  }
}

// MARK: - RTP

extension SRTPTransform {
  /// Encrypts the packet's payload and puts MKI and tag behind it; there is room.
  ///
  /// - Returns: the bytes of the whole.
  @inline(__always)
  func sealRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, identifier: [UInt8]
  ) -> Int {
    switch self {
    case .counterMode(let key, let salt, let mac, let tagBytes):
      key.apply(from: salt.counter(ssrc, index), to: &packet, in: header..<count)
      let rolloverCounter = bigEndianBytes(UInt32(truncatingIfNeeded: index >> 16))
      let tag = mac.authenticate(packet.span.extracting(0..<count), rolloverCounter.span)
      let end = packet.put(identifier, at: count)
      packet.put(tag, count: tagBytes, at: end)
      return end &+ tagBytes
    case .gcm(let key, let salt):
      key.seal(&packet, authenticating: 0..<header, encrypting: header..<count, nonce: salt.nonce(ssrc, index))
      return packet.put(identifier, at: count &+ AESGCMKey.tagBytes)
    }
  }

  /// Checks the tag and decrypts the payload.
  ///
  /// - Parameters:
  ///   - count: of header and payload; what follows is MKI and tag.
  /// - Returns: whether the packet is genuine; when it is not, the payload's bytes are no longer what came.
  @inline(__always)
  func openRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, identifierBytes: Int
  ) -> Bool {
    switch self {
    case .counterMode(let key, let salt, let mac, let tagBytes):
      let rolloverCounter = bigEndianBytes(UInt32(truncatingIfNeeded: index >> 16))
      let tag = mac.authenticate(packet.span.extracting(0..<count), rolloverCounter.span)
      let start = count &+ identifierBytes
      guard constantTimeEquals(tag.span.extracting(0..<tagBytes), packet.span.extracting(start..<(start &+ tagBytes)))
      else { return false }
      key.apply(from: salt.counter(ssrc, index), to: &packet, in: header..<count)
      return true
    case .gcm(let key, let salt):
      return key.open(
        &packet, authenticating: 0..<header, decrypting: header..<count, nonce: salt.nonce(ssrc, index))
    }
  }
}

// MARK: - RTCP

extension SRTPTransform {
  /// The bytes that are never encrypted: the first packet's header and source (RFC 3711 §3.4).
  static var rtcpHeaderBytes: Int { 8 }

  /// Encrypts the datagram behind its first eight bytes when `word` has the E flag, and puts the trailer behind it; there
  /// is room.
  ///
  /// - Parameters:
  ///   - word: the E flag and the index.
  /// - Returns: the bytes of the whole.
  func sealRTCP(
    _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, word: UInt32, identifier: [UInt8]
  ) -> Int {
    let start = word >> 31 == 1 ? Self.rtcpHeaderBytes : count
    let index = UInt64(word & 0x7FFF_FFFF)
    switch self {
    case .counterMode(let key, let salt, let mac, let tagBytes):
      key.apply(from: salt.counter(ssrc, index), to: &packet, in: start..<count)
      packet.setBigEndian(word, at: count)
      let tag = mac.authenticate(packet.span.extracting(0..<(count &+ 4)))
      let end = packet.put(identifier, at: count &+ 4)
      packet.put(tag, count: tagBytes, at: end)
      return end &+ tagBytes
    case .gcm(let key, let salt):
      key.seal(
        &packet, authenticating: 0..<start, then: word, encrypting: start..<count, nonce: salt.nonce(ssrc, index))
      packet.setBigEndian(word, at: count &+ AESGCMKey.tagBytes)
      return packet.put(identifier, at: count &+ AESGCMKey.tagBytes &+ 4)
    }
  }

  /// Checks the tag and decrypts what is encrypted.
  ///
  /// - Parameters:
  ///   - count: of the datagram without its trailer.
  func openRTCP(
    _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, word: UInt32, identifierBytes: Int
  ) -> Bool {
    let start = word >> 31 == 1 ? Self.rtcpHeaderBytes : count
    let index = UInt64(word & 0x7FFF_FFFF)
    switch self {
    case .counterMode(let key, let salt, let mac, let tagBytes):
      let tag = mac.authenticate(packet.span.extracting(0..<(count &+ 4)))
      let place = count &+ 4 &+ identifierBytes
      guard constantTimeEquals(tag.span.extracting(0..<tagBytes), packet.span.extracting(place..<(place &+ tagBytes)))
      else { return false }
      key.apply(from: salt.counter(ssrc, index), to: &packet, in: start..<count)
      return true
    case .gcm(let key, let salt):
      return key.open(
        &packet, authenticating: 0..<start, then: word, decrypting: start..<count, nonce: salt.nonce(ssrc, index))
    }
  }
}

// MARK: - Words

extension CounterSalt {
  /// The counter block of a packet's first bytes (RFC 3711 §4.1.1).
  @inline(__always)
  func counter(_ ssrc: UInt32, _ index: UInt64) -> (high: UInt64, low: UInt64) {
    (high ^ UInt64(ssrc), low ^ index << 16)
  }

  /// The nonce of a packet, twelve bytes: two of zero, the source, and the index in 48 bits (RFC 7714 §8.1, §9.1).
  @inline(__always)
  func nonce(_ ssrc: UInt32, _ index: UInt64) -> (high: UInt64, low: UInt32) {
    (
      high ^ (UInt64(ssrc) << 16 | index >> 32),
      UInt32(truncatingIfNeeded: low >> 32) ^ UInt32(truncatingIfNeeded: index)
    )
  }
}

@inline(__always)
private func bigEndianBytes(_ word: UInt32) -> InlineArray<4, UInt8> {
  [
    UInt8(truncatingIfNeeded: word >> 24), UInt8(truncatingIfNeeded: word >> 16), UInt8(truncatingIfNeeded: word >> 8),
    UInt8(truncatingIfNeeded: word),
  ]
}

extension MutableSpan where Element == UInt8 {
  /// Writes the first bytes of a tag.
  @inline(__always)
  fileprivate mutating func put(_ tag: InlineArray<20, UInt8>, count: Int, at place: Int) {
    for index in 0..<count { self[place &+ index] = tag[index] }
  }

  /// Writes bytes and says where they end.
  @inline(__always)
  fileprivate mutating func put(_ bytes: [UInt8], at place: Int) -> Int {
    for index in bytes.indices { self[place &+ index] = bytes[index] }
    return place &+ bytes.count
  }
}
