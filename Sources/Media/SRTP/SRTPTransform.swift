import OpenSSLCrypto
import Wire

/// The live contexts of one session key, for RTP or for RTCP of one direction, whichever the suite is.
///
/// A packet is worked on where it lies; counter blocks, nonces and tags are on the stack.
enum SRTPTransform: ~Copyable {
  case counterMode(CounterModeTransform)
  case gcm(GCMTransform)

  /// What session keys are for: the labels of RFC 3711 §4.3.1 begin here.
  enum Use: UInt8 {
    case rtp = 0
    case rtcp = 3
  }

  /// The bytes of RTCP that are never encrypted: the first packet's header and source (RFC 3711 §3.4).
  static var rtcpHeaderBytes: Int { 8 }

  init(_ master: SRTPMasterKey, _ use: Use) {
    self = SRTPTransformKeys(master, use).transform()
  }

  /// From session keys: cipher key, authentication key (none in AEAD suites) and salt.
  init(
    _ suite: SRTPSuite, _ use: Use, key: Span<UInt8>, authentication: Span<UInt8>, salt: Span<UInt8>
  ) {
    let salt = CounterSalt(salt)
    if suite.isAEAD {
      self = .gcm(GCMTransform(key: key, salt: salt))
    } else {
      let tagBytes = use == .rtp ? suite.rtpTagBytes : suite.rtcpTagBytes
      self = .counterMode(
        CounterModeTransform(key: key, authentication: authentication, salt: salt, tagBytes: tagBytes))
    }
  }

  /// Encrypts the packet's payload and puts tag and MKI behind it; there is room.
  ///
  /// - Returns: the bytes of the whole.
  @inline(__always)
  func sealRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, identifier: [UInt8]
  ) -> Int {
    switch self {
    case .counterMode(let transform):
      transform.sealRTP(&packet, header: header, count: count, ssrc: ssrc, index: index, identifier: identifier)
    case .gcm(let transform):
      transform.sealRTP(&packet, header: header, count: count, ssrc: ssrc, index: index, identifier: identifier)
    }
  }

  /// Checks the tag and decrypts the payload.
  ///
  /// - Parameters:
  ///   - count: of header and payload; what follows is MKI and tag.
  /// - Returns: whether the packet is genuine; when it is not, the payload's bytes may be no longer what came.
  @inline(__always)
  func openRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, identifierBytes: Int
  ) -> Bool {
    switch self {
    case .counterMode(let transform):
      transform.openRTP(
        &packet, header: header, count: count, ssrc: ssrc, index: index, identifierBytes: identifierBytes)
    case .gcm(let transform): transform.openRTP(&packet, header: header, count: count, ssrc: ssrc, index: index)
    }
  }

  /// Encrypts the datagram behind its first eight bytes when `word` has the E flag, and puts the trailer behind it; there
  /// is room.
  ///
  /// - Parameters:
  ///   - word: the E flag and the index.
  /// - Returns: the bytes of the whole.
  func sealRTCP(
    _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, word: UInt32, identifier: [UInt8]
  ) -> Int {
    switch self {
    case .counterMode(let transform):
      transform.sealRTCP(&packet, count: count, ssrc: ssrc, word: word, identifier: identifier)
    case .gcm(let transform):
      transform.sealRTCP(&packet, count: count, ssrc: ssrc, word: word, identifier: identifier)
    }
  }

  /// Checks the tag and decrypts what is encrypted.
  ///
  /// - Parameters:
  ///   - count: of the datagram without its trailer.
  func openRTCP(
    _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, word: UInt32, identifierBytes: Int
  ) -> Bool {
    switch self {
    case .counterMode(let transform):
      transform.openRTCP(&packet, count: count, ssrc: ssrc, word: word, identifierBytes: identifierBytes)
    case .gcm(let transform): transform.openRTCP(&packet, count: count, ssrc: ssrc, word: word)
    }
  }

  /// Where the encrypted part of RTCP begins: after the header, or nowhere.
  @inline(__always)
  static func rtcpTextStart(_ word: UInt32, count: Int) -> Int { word >> 31 == 1 ? rtcpHeaderBytes : count }
}

extension MutableSpan where Element == UInt8 {
  /// Writes bytes and says where they end.
  @inline(__always)
  mutating func put(_ bytes: [UInt8], at place: Int) -> Int {
    for index in bytes.indices { self[place &+ index] = bytes[index] }
    return place &+ bytes.count
  }
}
