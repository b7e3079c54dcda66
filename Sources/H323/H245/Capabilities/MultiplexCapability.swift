import PER

/// How channels are put together.
public enum MultiplexCapability: Sendable, Hashable {
  case nonStandard(NonStandardParameter)
  /// h222Capability, h223Capability, v76Capability.
  case other(KeptValue)
  case h2250Capability(H2250Capability)
  /// genericMultiplexCapability and what later versions add.
  case unknown(UnknownAlternative)
}

/// What an H.323 endpoint can do with conferences and packets.
public struct H2250Capability: Sendable, Hashable {
  /// Milliseconds, 0 to 1023.
  public var maximumAudioDelayJitter: UInt16
  /// As a receiver.
  public var receiveMultipointCapability: MultipointCapability
  /// As a sender.
  public var transmitMultipointCapability: MultipointCapability
  /// As both.
  public var receiveAndTransmitMultipointCapability: MultipointCapability
  /// As an MC.
  public var mcCapability: MCCapability
  /// Whether RTCP may carry video control.
  public var rtcpVideoControlCapability: Bool
  /// How media is put into packets.
  public var mediaPacketizationCapability: MediaPacketizationCapability
  /// transportCapability, redundancyEncodingCapability, logicalChannelSwitchingCapability, t120DynamicPortCapability and
  /// additions of later versions.
  public var extensions = PERAdditions()

  /// What an MC can be.
  public struct MCCapability: Sendable, Hashable {
    /// An MC of centralised conferences.
    public var centralizedConferenceMC: Bool
    /// An MC of decentralised conferences.
    public var decentralizedConferenceMC: Bool
    /// Additions of later versions.
    public var extensions = PERAdditions()
  }

  /// How media is put into packets.
  public struct MediaPacketizationCapability: Sendable, Hashable {
    /// H.261 as in Annex A of H.225.0.
    public var h261aVideoPacketization = false
    /// rtpPayloadType and additions of later versions.
    public var extensions = PERAdditions()

    /// Nothing special.
    public init() {}
  }
}

extension H2250Capability.MCCapability {
  /// One or both.
  public init(centralizedConferenceMC: Bool = false, decentralizedConferenceMC: Bool = false) {
    self.centralizedConferenceMC = centralizedConferenceMC
    self.decentralizedConferenceMC = decentralizedConferenceMC
  }
}

extension H2250Capability {
  /// An endpoint that does central audio or nothing with conferences, and no multicast.
  public init(maximumAudioDelayJitter: UInt16 = 60, centralized: Bool = false) {
    self.maximumAudioDelayJitter = min(maximumAudioDelayJitter, 1023)
    let multipoint = MultipointCapability(centralized: centralized)
    receiveMultipointCapability = multipoint
    transmitMultipointCapability = multipoint
    receiveAndTransmitMultipointCapability = multipoint
    mcCapability = MCCapability(centralizedConferenceMC: centralized)
    rtcpVideoControlCapability = false
    mediaPacketizationCapability = MediaPacketizationCapability()
  }
}

/// What an endpoint can do in a conference.
public struct MultipointCapability: Sendable, Hashable {
  /// Multicast addresses.
  public var multicastCapability: Bool
  /// Several unicast conferences.
  public var multiUniCastConference: Bool
  /// How media may be spread.
  public var mediaDistributionCapability: [MediaDistributionCapability]
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension MultipointCapability {
  /// Central audio and control, or nothing.
  public init(centralized: Bool = false) {
    multicastCapability = false
    multiUniCastConference = false
    mediaDistributionCapability = [MediaDistributionCapability(centralized: centralized)]
  }
}

/// One way in which media may be spread.
public struct MediaDistributionCapability: Sendable, Hashable {
  /// By an MC.
  public var centralizedControl: Bool
  /// By all.
  public var distributedControl = false
  /// By an MP.
  public var centralizedAudio: Bool
  /// By all.
  public var distributedAudio = false
  /// By an MP.
  public var centralizedVideo = false
  /// By all.
  public var distributedVideo = false
  /// Lists of DataApplicationCapability.
  public var centralizedData: KeptValue?
  /// Lists of DataApplicationCapability.
  public var distributedData: KeptValue?
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension MediaDistributionCapability {
  /// Central audio and control, or nothing.
  public init(centralized: Bool = false) {
    centralizedControl = centralized
    centralizedAudio = centralized
  }
}
