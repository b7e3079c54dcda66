import PER

/// A codec and how many of its frames a packet may have (H.245 Annex B).
///
/// The count is 1 to 256. Of the sample-based ones a frame is 8 samples at 8 kHz, a millisecond (H.225.0 table 8); of G.729 ten
/// milliseconds, of G.723.1 thirty.
public enum AudioCapability: Sendable, Hashable {
  case nonStandard(NonStandardParameter)
  case g711Alaw64k(UInt16)
  case g711Alaw56k(UInt16)
  case g711Ulaw64k(UInt16)
  case g711Ulaw56k(UInt16)
  /// `g722-64k`.
  case g722At64k(UInt16)
  /// `g722-56k`.
  case g722At56k(UInt16)
  /// `g722-48k`.
  case g722At48k(UInt16)
  case g7231(maxAlSduAudioFrames: UInt16, silenceSuppression: Bool)
  case g728(UInt16)
  case g729(UInt16)
  case g729AnnexA(UInt16)
  /// is11172AudioCapability, is13818AudioCapability.
  case other(KeptValue)
  case g729wAnnexB(UInt16)
  case g729AnnexAwAnnexB(UInt16)
  case genericAudioCapability(GenericCapability)
  /// g7231AnnexCCapability, the GSM ones, g729Extensions, vbd and the events, and what later versions add.
  case unknown(UnknownAlternative)

  /// What is compared when two sides look for a codec they share: everything but the number of frames.
  public enum Codec: Sendable, Hashable {
    case g711Alaw64k, g711Alaw56k, g711Ulaw64k, g711Ulaw56k, g722At64k, g722At56k, g722At48k
    case g7231(silenceSuppression: Bool)
    case g728, g729, g729AnnexA, g729wAnnexB, g729AnnexAwAnnexB
    /// By the identifier of the Recommendation.
    case generic(CapabilityIdentifier)
  }

  /// Which codec this is; nil for what cannot be compared.
  public var codec: Codec? {
    switch self {
    case .g711Alaw64k: .g711Alaw64k
    case .g711Alaw56k: .g711Alaw56k
    case .g711Ulaw64k: .g711Ulaw64k
    case .g711Ulaw56k: .g711Ulaw56k
    case .g722At64k: .g722At64k
    case .g722At56k: .g722At56k
    case .g722At48k: .g722At48k
    case .g7231(_, let silenceSuppression): .g7231(silenceSuppression: silenceSuppression)
    case .g728: .g728
    case .g729: .g729
    case .g729AnnexA: .g729AnnexA
    case .g729wAnnexB: .g729wAnnexB
    case .g729AnnexAwAnnexB: .g729AnnexAwAnnexB
    case .genericAudioCapability(let capability): .generic(capability.capabilityIdentifier)
    case .nonStandard, .other, .unknown: nil
    }
  }

  /// How many frames a packet may have; nil where that is not said, or elsewhere.
  public var framesPerPacket: UInt16? {
    switch self {
    case .g711Alaw64k(let frames), .g711Alaw56k(let frames), .g711Ulaw64k(let frames), .g711Ulaw56k(let frames),
      .g722At64k(let frames), .g722At56k(let frames), .g722At48k(let frames), .g7231(let frames, _), .g728(let frames),
      .g729(let frames), .g729AnnexA(let frames), .g729wAnnexB(let frames), .g729AnnexAwAnnexB(let frames):
      frames
    case .nonStandard, .other, .genericAudioCapability, .unknown: nil
    }
  }

  /// The same codec with at most so many frames (at least 1).
  public func limited(toFrames limit: UInt16) -> AudioCapability {
    guard let frames = framesPerPacket else { return self }
    let count = max(1, min(frames, limit))
    switch self {
    case .g711Alaw64k: return .g711Alaw64k(count)
    case .g711Alaw56k: return .g711Alaw56k(count)
    case .g711Ulaw64k: return .g711Ulaw64k(count)
    case .g711Ulaw56k: return .g711Ulaw56k(count)
    case .g722At64k: return .g722At64k(count)
    case .g722At56k: return .g722At56k(count)
    case .g722At48k: return .g722At48k(count)
    case .g7231(_, let silenceSuppression):
      return .g7231(maxAlSduAudioFrames: count, silenceSuppression: silenceSuppression)
    case .g728: return .g728(count)
    case .g729: return .g729(count)
    case .g729AnnexA: return .g729AnnexA(count)
    case .g729wAnnexB: return .g729wAnnexB(count)
    case .g729AnnexAwAnnexB: return .g729AnnexAwAnnexB(count)
    case .nonStandard, .other, .genericAudioCapability, .unknown: return self
    }
  }
}
