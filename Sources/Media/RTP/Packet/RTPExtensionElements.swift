import Wire

/// One element of a header extension (RFC 8285 §4.1).
public struct RTPExtensionElement: Sendable, Hashable {
  /// The local identifier that the session description gives a meaning: 1 to 14 in the one-byte form, 1 to 255 in the
  /// other.
  public let id: UInt8
  /// The data's place in the packet; it may be empty in the two-byte form.
  public let data: ByteRange
}

/// Walks through the elements of a header extension in either form of RFC 8285 §4.2 and §4.3.
///
/// An extension of any other kind has no elements. An element that says it is longer than the extension ends the walk,
/// as does the reserved identifier 15 of the one-byte form.
public struct RTPExtensionElements: ~Escapable {
  private enum Form {
    case oneByte
    case twoByte
    case other
  }

  private let bytes: Span<UInt8>
  private let form: Form
  private var position: Int
  private let end: Int

  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ header: RTPHeader) {
    self.bytes = bytes
    position = header.extensionRange.lowerBound
    end = header.extensionRange.upperBound
    switch header.extensionProfile {
    case .some(RTPHeaderExtension.oneByteProfile): form = .oneByte
    case .some(let profile) where profile & 0xFFF0 == RTPHeaderExtension.twoByteProfile: form = .twoByte
    case .some, .none: form = .other
    }
  }

  /// The next element; nil behind the last.
  @_lifetime(self: copy self)
  public mutating func next() -> RTPExtensionElement? {
    switch form {
    case .oneByte: nextOneByte()
    case .twoByte: nextTwoByte()
    case .other: nil
    }
  }

  @_lifetime(self: copy self)
  private mutating func nextOneByte() -> RTPExtensionElement? {
    while position < end, bytes[position] == 0 { position &+= 1 }
    guard position < end else { return nil }
    let id = bytes[position] >> 4
    // Zero with a length is no padding byte and no identifier; nothing behind it can be relied on.
    guard id != 0, id != 15 else { return finish() }
    return element(id, from: position &+ 1, count: Int(bytes[position] & 0x0F) &+ 1)
  }

  @_lifetime(self: copy self)
  private mutating func nextTwoByte() -> RTPExtensionElement? {
    while position < end, bytes[position] == 0 { position &+= 1 }
    guard end &- position >= 2 else { return finish() }
    return element(bytes[position], from: position &+ 2, count: Int(bytes[position &+ 1]))
  }

  @_lifetime(self: copy self)
  private mutating func element(_ id: UInt8, from start: Int, count: Int) -> RTPExtensionElement? {
    guard count <= end &- start else { return finish() }
    position = start &+ count
    return RTPExtensionElement(id: id, data: ByteRange(start..<position))
  }

  @_lifetime(self: copy self)
  private mutating func finish() -> RTPExtensionElement? {
    position = end
    return nil
  }
}

/// How loud the packet's audio is (RFC 6464 §3), `urn:ietf:params:rtp-hdrext:ssrc-audio-level`.
public struct RTPAudioLevel: Sendable, Hashable {
  /// The level below overload in dB, as −dBov: 0 is as loud as can be, 127 is silence.
  public let belowOverload: UInt8
  /// Whether the sender believes that there is speech in it.
  public let isVoice: Bool

  /// A level; more than 127 counts as 127.
  public init(belowOverload: UInt8, isVoice: Bool) {
    self.belowOverload = min(belowOverload, 127)
    self.isVoice = isVoice
  }

  /// Reads an element's data: the first byte counts, in both forms; nil when there is none.
  public init?(_ data: Span<UInt8>) {
    guard !data.isEmpty else { return nil }
    belowOverload = data[0] & 0x7F
    isVoice = data[0] & 0x80 != 0
  }

  /// The element's one byte.
  public var byte: UInt8 { (isVoice ? 0x80 : 0) | belowOverload }
}
