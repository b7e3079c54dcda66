import H245
import SDP

/// A codec that both protocols can name: SDP by its payload type (RFC 3551), H.245 as a capability whose frames are
/// milliseconds of 8 samples (H.225.0 table 8).
///
/// Codecs under other numbers than their static ones are passed over: H.245 opens these without one.
public struct AudioFormat: Sendable, Hashable {
  /// As H.245 has it.
  public let codec: AudioCapability.Codec
  /// The static payload type.
  public let payloadType: UInt8
  /// As `a=rtpmap` has it.
  public let name: String

  /// Those there are.
  public static let all = [
    AudioFormat(codec: .g711Ulaw64k, payloadType: 0, name: "PCMU"),
    AudioFormat(codec: .g711Alaw64k, payloadType: 8, name: "PCMA"),
    AudioFormat(codec: .g722At64k, payloadType: 9, name: "G722"),
  ]

  /// That of a capability; nil where SDP has no name for it here.
  static func of(_ capability: AudioCapability) -> AudioFormat? {
    all.first { $0.codec == capability.codec }
  }

  /// That of a format of SDP; nil where H.245 has no name for it here.
  static func of(_ format: PayloadFormat) -> AudioFormat? {
    all.first { $0.payloadType == format.payloadType && $0.name.lowercased() == format.map.encodingName.lowercased() }
  }

  /// As a capability with so many milliseconds in a packet.
  func capability(milliseconds: UInt16) -> AudioCapability {
    let frames = min(max(milliseconds, 1), 256)
    switch codec {
    case .g711Alaw64k: return .g711Alaw64k(frames)
    case .g722At64k: return .g722At64k(frames)
    default: return .g711Ulaw64k(frames)
    }
  }
}
