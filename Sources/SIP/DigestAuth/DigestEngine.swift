import OpenSSLCrypto
import Wire

/// The arithmetic of RFC 7616 §3.4 for one hash function: a live hash context and a buffer, used again and again.
struct DigestEngine: ~Copyable {
  /// Everything a response is computed from besides HA1.
  struct Input: ~Escapable {
    var nonce: Span<UInt8>
    var uri: Span<UInt8>
    var nonceCount: Span<UInt8>
    var clientNonce: Span<UInt8>
    var qop: DigestQOP?
    var isSession: Bool

    @_lifetime(copy nonce, copy uri, copy nonceCount, copy clientNonce)
    init(
      nonce: Span<UInt8>, uri: Span<UInt8>, nonceCount: Span<UInt8>, clientNonce: Span<UInt8>, qop: DigestQOP?,
      isSession: Bool
    ) {
      self.nonce = nonce
      self.uri = uri
      self.nonceCount = nonceCount
      self.clientNonce = clientNonce
      self.qop = qop
      self.isSession = isSession
    }
  }

  let hash: DigestHash
  /// How many texts were hashed.
  private(set) var hashCount = 0
  private var context: DigestContext
  // Kept for their capacity only; they are moved out while in use.
  private var textStorage: [UInt8] = []
  private var digestStorage: [UInt8] = []

  init(_ hash: DigestHash) {
    self.hash = hash
    context = DigestContext(hash.algorithm)
    textStorage.reserveCapacity(512)
    digestStorage.reserveCapacity(64)
  }

  /// Appends the response to `response`, in lower-case hex.
  ///
  /// - Parameter method: empty for the `rspauth` of a server (§3.5).
  mutating func appendResponse(
    ha1: [UInt8], _ input: borrowing Input, method: Span<UInt8>, body: Span<UInt8>, to response: inout [UInt8]
  ) {
    var text: [UInt8] = []
    var digest: [UInt8] = []
    swap(&text, &textStorage)
    swap(&digest, &digestStorage)

    // H(A2), §3.4.3, into `secondHalf`.
    text.append(copying: method)
    text.appendField(input.uri)
    if input.qop == .authInt {
      hash(body, into: &digest)
      text.append(UInt8(ascii: ":"))
      Hex.append(digest.span, to: &text)
    }
    hash(text.span, into: &digest)
    let secondHalf = digest

    // H(A1), §3.4.2, at the front of what is hashed last.
    text.removeAll(keepingCapacity: true)
    text.append(contentsOf: ha1)
    if input.isSession {
      text.appendField(input.nonce)
      text.appendField(input.clientNonce)
      hash(text.span, into: &digest)
      text.removeAll(keepingCapacity: true)
      Hex.append(digest.span, to: &text)
    }

    // The response, §3.4.1, or without qop as RFC 2069 §2.4 has it.
    text.appendField(input.nonce)
    if let qop = input.qop {
      text.appendField(input.nonceCount)
      text.appendField(input.clientNonce)
      text.append(UInt8(ascii: ":"))
      text.append(contentsOf: qop.rawValue.utf8)
    }
    text.append(UInt8(ascii: ":"))
    Hex.append(secondHalf.span, to: &text)
    hash(text.span, into: &digest)
    Hex.append(digest.span, to: &response)

    text.removeAll(keepingCapacity: true)
    swap(&text, &textStorage)
    swap(&digest, &digestStorage)
  }

  private mutating func hash(_ bytes: Span<UInt8>, into digest: inout [UInt8]) {
    digest.removeAll(keepingCapacity: true)
    hashCount &+= 1
    context.update(bytes)
    context.finalize(into: &digest)
  }
}

extension [UInt8] {
  fileprivate mutating func appendField(_ field: Span<UInt8>) {
    append(UInt8(ascii: ":"))
    append(copying: field)
  }
}
