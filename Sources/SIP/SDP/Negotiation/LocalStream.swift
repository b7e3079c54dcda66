import Wire

/// How the packets of a stream may be protected, and with which keys of ours.
///
/// Keys are the user's to make: fresh ones for every call. Where the description travels in the open, give no `sdes`.
public struct MediaSecurity: Sendable, Hashable {
  /// Keys for SDES (RFC 4568), preferred suite first, tags rising. Empty: no SDES.
  public var sdes: [CryptoAttribute]
  /// DTLS-SRTP (RFC 5764), preferred to SDES where the other side can do both; nil: no DTLS.
  public var dtls: DTLSParameters?
  /// Whether RTP may go unprotected when the other side wants it so.
  public var allowsPlain: Bool
  /// Whether keys in an offer of `RTP/AVP` are taken up (RFC 8643).
  public var allowsOpportunistic: Bool

  /// What is allowed; plain RTP unless told.
  public init(
    sdes: [CryptoAttribute] = [], dtls: DTLSParameters? = nil, allowsPlain: Bool = true,
    allowsOpportunistic: Bool = true
  ) {
    self.sdes = sdes
    self.dtls = dtls
    self.allowsPlain = allowsPlain
    self.allowsOpportunistic = allowsOpportunistic
  }

  /// Nothing but plain RTP.
  public static let plain = MediaSecurity()
}

/// Our side of a DTLS association (RFC 8842).
public struct DTLSParameters: Sendable, Hashable {
  /// Hashes of our certificate.
  public var fingerprints: [Fingerprint]
  /// What we answer an offer of `actpass` with: `active` unless told (RFC 8842 §5.3).
  public var answers: DTLSSetup
  /// The association's name; nil leaves it out.
  public var tlsID: TLSID?

  /// Parameters.
  public init(fingerprints: [Fingerprint], answers: DTLSSetup = .active, tlsID: TLSID? = nil) {
    self.fingerprints = fingerprints
    self.answers = answers
    self.tlsID = tlsID
  }
}

/// Whether RTCP shares RTP's port (RFC 5761, RFC 8858).
public enum RTCPMuxPolicy: Sendable, Hashable, CaseIterable {
  /// It never does.
  case off
  /// It does when both sides want it.
  case negotiated
  /// There is no other port: a stream of a side that cannot is refused.
  case required
}

/// One stream as our side would have it: what an offer says, and what an answer may say.
public struct LocalStream: Sendable, Hashable {
  /// The kind of media.
  public var type: MediaType
  /// Where we receive.
  public var address: IPAddress
  /// The port for RTP, or for all of the stream; not 0.
  public var port: UInt16
  /// The port for RTCP; nil for the next one.
  public var rtcpPort: UInt16?
  /// What we send and receive, the preferred first.
  public var codecs: [Codec]
  /// Which way, as we see it: `sendonly` puts the other side on hold.
  public var direction = MediaDirection.sendrecv
  /// The protocols of an offer. An answer has those of its offer.
  public var transport = TransportProtocol.rtpAVP
  /// Protection and keys.
  public var security = MediaSecurity.plain
  /// RTCP on RTP's port.
  public var rtcpMux = RTCPMuxPolicy.negotiated
  /// RTCP of reduced size (RFC 5506), where the profile has feedback.
  public var rtcpReducedSize = false
  /// Feedback we take (RFC 4585), for any payload type.
  public var feedback: [RTCPFeedback] = []
  /// URIs of the RTP header extensions we understand (RFC 8285).
  public var extensions: [String] = []
  /// Milliseconds of media that packets to us should carry.
  public var packetTime: PacketTime?
  /// Milliseconds that they may carry.
  public var maximumPacketTime: PacketTime?
  /// `b=` lines.
  public var bandwidths: [Bandwidth] = []
  /// ICE; nil: none.
  public var ice: ICEDescription?
  /// The name in an offer; nil for none. Answers repeat the offer's.
  public var mid: String?
  /// The formats of protocols that are not RTP: `webrtc-datachannel`, `t38`.
  public var formats: [String] = []
  /// Further attributes as text, without `a=`; what would break a line is left out.
  public var attributes: [String] = []

  /// A stream of RTP.
  public init(_ type: MediaType = .audio, address: IPAddress, port: UInt16, codecs: [Codec]) {
    self.type = type
    self.address = address
    self.port = port
    self.codecs = codecs
  }
}
