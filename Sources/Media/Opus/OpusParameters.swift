import Wire

/// What `a=fmtp` of Opus says (RFC 7587 §6.1, §7): how its writer wants to be sent to, and what it may send itself.
/// Parameters that are missing, unknown or out of their range mean what the standard says of missing ones.
public struct OpusParameters: Sendable, Hashable {
  /// The highest sampling rate that is played, 8,000 to 48,000.
  public var maxPlaybackRate = 48_000
  /// The highest rate that is captured (`sprop-maxcapturerate`), a hint.
  public var maxCaptureRate = 48_000
  /// The most bits a second that are wanted; nil for no limit.
  public var maxAverageBitsPerSecond: Int?
  /// Whether two channels are preferred.
  public var isStereo = false
  /// Whether two channels may be sent (`sprop-stereo`).
  public var sendsStereo = false
  /// Whether a constant bit rate is wanted.
  public var usesConstantBitRate = false
  /// Whether in-band FEC helps.
  public var usesInbandFEC = false
  /// Whether DTX is preferred.
  public var usesDTX = false
  /// The shortest packet wanted, in milliseconds (`minptime`, of the registration's drafts and much used); nil for any.
  public var minPacketMilliseconds: Int?

  /// What is meant where nothing is said.
  public init() {}

  /// Reads the text behind the format: `minptime=10;useinbandfec=1`.
  public init(parsing text: Span<UInt8>) {
    let end = min(text.count, OpusLimits.maxParameterBytes)
    var start = 0
    while start < end {
      var stop = start
      while stop < end, text[stop] != UInt8(ascii: ";") { stop += 1 }
      take(text.extracting(start..<stop))
      start = stop + 1
    }
  }

  /// Reads the text behind the format.
  public init(_ text: String) {
    let utf8 = text.utf8
    self.init(parsing: utf8.span)
  }

  private mutating func take(_ part: Span<UInt8>) {
    var equals = 0
    while equals < part.count, part[equals] != UInt8(ascii: "=") { equals += 1 }
    guard equals < part.count, let number = OpusParameters.number(part.extracting((equals + 1)..<part.count)) else {
      return
    }
    let isSet = number == 1
    switch OpusParameters.name(part.extracting(0..<equals)) {
    case "maxplaybackrate": if (8_000...48_000).contains(number) { maxPlaybackRate = number }
    case "sprop-maxcapturerate": if (8_000...48_000).contains(number) { maxCaptureRate = number }
    case "maxaveragebitrate":
      if OpusLimits.bitsPerSecond.contains(number) { maxAverageBitsPerSecond = number }
    case "stereo": isStereo = isSet
    case "sprop-stereo": sendsStereo = isSet
    case "cbr": usesConstantBitRate = isSet
    case "useinbandfec": usesInbandFEC = isSet
    case "usedtx": usesDTX = isSet
    case "minptime": if (3...120).contains(number) { minPacketMilliseconds = number }
    default: break
    }
  }

  /// The text behind the format, without what is meant anyway; empty for nothing.
  public var text: String {
    var parts: [String] = []
    if let minPacketMilliseconds { parts.append("minptime=\(minPacketMilliseconds)") }
    if maxPlaybackRate != 48_000 { parts.append("maxplaybackrate=\(maxPlaybackRate)") }
    if maxCaptureRate != 48_000 { parts.append("sprop-maxcapturerate=\(maxCaptureRate)") }
    if let maxAverageBitsPerSecond { parts.append("maxaveragebitrate=\(maxAverageBitsPerSecond)") }
    if isStereo { parts.append("stereo=1") }
    if sendsStereo { parts.append("sprop-stereo=1") }
    if usesConstantBitRate { parts.append("cbr=1") }
    if usesInbandFEC { parts.append("useinbandfec=1") }
    if usesDTX { parts.append("usedtx=1") }
    return parts.joined(separator: ";")
  }

  private static func number(_ bytes: Span<UInt8>) -> Int? {
    var (lower, upper) = (0, bytes.count)
    while lower < upper, isBlank(bytes[lower]) { lower += 1 }
    while upper > lower, isBlank(bytes[upper - 1]) { upper -= 1 }
    return Decimal.parse(bytes.extracting(lower..<upper), maximum: 1_000_000).map { Int($0) }
  }

  private static func name(_ bytes: Span<UInt8>) -> String {
    var text = ""
    for place in 0..<bytes.count where !isBlank(bytes[place]) {
      text.unicodeScalars.append(
        UnicodeScalar(bytes[place] >= 0x41 && bytes[place] <= 0x5A ? bytes[place] + 0x20 : bytes[place]))
    }
    return text
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
