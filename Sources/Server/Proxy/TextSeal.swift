import OpenSSLCrypto
import Wire

/// Encrypts short texts that peers carry for us, so that they can neither read nor change nor make one, and nothing has to
/// be remembered.
///
///     sealed      tag 16 ‖ text ⊕ stream
///     tag         HMAC(key 1, bound ‖ text), cut
///     stream      HMAC(key 2, tag ‖ 0), HMAC(key 2, tag ‖ 1), …
///
/// The tag is the nonce of the stream, as in SIV (RFC 5297): two texts that differ in anything have nothing in common, and
/// one text is always sealed alike. Its length shows, so callers pad.
struct TextSeal: ~Copyable {
  private let authentication: HMACKey
  private let encryption: HMACKey

  /// How many bytes a sealed text is longer.
  static let overhead = 16
  /// The longest text: the stream counts its blocks in one byte.
  static let maximumText = 256 * 32

  /// - Parameter purpose: keeps what is sealed for one use from being opened for another.
  init(key: [UInt8], purpose: String) {
    authentication = Self.derived(key, "\(purpose) authentication")
    encryption = Self.derived(key, "\(purpose) encryption")
  }

  /// A key for one purpose.
  static func derived(_ key: [UInt8], _ purpose: String) -> HMACKey {
    let label = Array("ifsip \(purpose)".utf8)
    return HMACKey(HMACKey(key.span).authenticate(label.span).span)
  }

  /// Seals a text of at most ``maximumText`` bytes; what is longer comes out empty.
  ///
  /// - Parameter bound: what has to be the same when it is opened; ends where nothing in it can be taken for the text.
  func seal(_ text: [UInt8], bound: [UInt8] = []) -> [UInt8] {
    guard text.count <= Self.maximumText else { return [] }
    let tag = tag(of: text, bound)
    var text = text
    apply(stream: tag, to: &text)
    return tag + text
  }

  /// Opens a sealed text; nil when it is none of ours, or bound to something else.
  func open(_ sealed: [UInt8], bound: [UInt8] = []) -> [UInt8]? {
    guard sealed.count >= Self.overhead, sealed.count <= Self.maximumText + Self.overhead else { return nil }
    let tag = Array(sealed[..<Self.overhead])
    var text = Array(sealed[Self.overhead...])
    apply(stream: tag, to: &text)
    let expected = self.tag(of: text, bound)
    return constantTimeEquals(expected.span, tag.span) ? text : nil
  }

  private func tag(of text: [UInt8], _ bound: [UInt8]) -> [UInt8] {
    [UInt8](copying: authentication.authenticate(bound.span, text.span).span.extracting(0..<Self.overhead))
  }

  private func apply(stream tag: [UInt8], to text: inout [UInt8]) {
    var block: UInt8 = 0
    var start = 0
    while start < text.count {
      let key = encryption.authenticate((tag + [block]).span)
      for index in start..<min(start + 32, text.count) { text[index] ^= key.bytes[index - start] }
      start += 32
      block &+= 1
    }
  }
}
