import OpenSSLCrypto
import Wire

/// AES-GCM (RFC 7714): the tag belongs to the ciphertext, and the trailer behind it is the MKI, of RTCP the index word
/// before that.
struct GCMTransform: ~Copyable {
  private let key: AESGCMKey
  private let salt: CounterSalt

  init(key: Span<UInt8>, salt: CounterSalt) {
    self.key = AESGCMKey(key)
    self.salt = salt
  }

  @inline(__always)
  func sealRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64, identifier: [UInt8]
  ) -> Int {
    key.seal(&packet, authenticating: 0..<header, encrypting: header..<count, nonce: salt.nonce(ssrc, index))
    return packet.put(identifier, at: count &+ AESGCMKey.tagBytes)
  }

  @inline(__always)
  func openRTP(
    _ packet: inout MutableSpan<UInt8>, header: Int, count: Int, ssrc: UInt32, index: UInt64
  ) -> Bool {
    key.open(&packet, authenticating: 0..<header, decrypting: header..<count, nonce: salt.nonce(ssrc, index))
  }

  func sealRTCP(
    _ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, word: UInt32, identifier: [UInt8]
  ) -> Int {
    let start = SRTPTransform.rtcpTextStart(word, count: count)
    let nonce = salt.nonce(ssrc, UInt64(word & 0x7FFF_FFFF))
    key.seal(&packet, authenticating: 0..<start, then: word, encrypting: start..<count, nonce: nonce)
    packet.setBigEndian(word, at: count &+ AESGCMKey.tagBytes)
    return packet.put(identifier, at: count &+ AESGCMKey.tagBytes &+ 4)
  }

  func openRTCP(_ packet: inout MutableSpan<UInt8>, count: Int, ssrc: UInt32, word: UInt32) -> Bool {
    let start = SRTPTransform.rtcpTextStart(word, count: count)
    let nonce = salt.nonce(ssrc, UInt64(word & 0x7FFF_FFFF))
    return key.open(&packet, authenticating: 0..<start, then: word, decrypting: start..<count, nonce: nonce)
  }
}
