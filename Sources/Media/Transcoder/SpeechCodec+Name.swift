import Codecs
import Wire

extension SpeechCodec {
  /// The codec of an `a=rtpmap` (RFC 3551, RFC 7587 §7); nil for one that speech cannot be turned from and to here.
  ///
  /// - Parameters:
  ///   - name: in any case.
  ///   - channels: 2 of Opus, whose packets may have either number; of all others 1.
  public init?(name: String, clockRate: UInt32, channels: UInt8 = 1) {
    switch (name.lowercased(), clockRate, channels) {
    case ("pcmu", 8_000, 1): self = .g711(.mu)
    case ("pcma", 8_000, 1): self = .g711(.a)
    case ("g722", 8_000, 1): self = .g722
    case ("l16", 8_000, 1): self = .l16(isWideband: false)
    case ("l16", 16_000, 1): self = .l16(isWideband: true)
    case ("opus", 48_000, 1...2): self = .opus()
    default: return nil
    }
  }
}
