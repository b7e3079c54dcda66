/// The first word of `m=` (RFC 8866 §5.14).
public enum MediaType: UInt8, Sendable, Hashable, CaseIterable {
  case audio, video, text, application, message, image
  /// A word this target does not know; the media description has it.
  case other

  /// The word; empty for `other`.
  public var text: String {
    switch self {
    case .audio: "audio"
    case .video: "video"
    case .text: "text"
    case .application: "application"
    case .message: "message"
    case .image: "image"
    case .other: ""
    }
  }

  /// The type of this word.
  init(_ scanner: borrowing SDPScanner, _ range: Range<Int>) {
    for type in MediaType.allCases where type != .other && scanner.matches(range, type.text) {
      self = type
      return
    }
    self = .other
  }
}

/// The third word of `m=`: the protocols under the media (RFC 8866 §8.2.3).
public enum TransportProtocol: UInt8, Sendable, Hashable, CaseIterable {
  /// RFC 3551, 3711, 4585, 5124.
  case rtpAVP, rtpSAVP, rtpAVPF, rtpSAVPF
  /// RFC 5764: keys from DTLS.
  case udpTLSRTPSAVP, udpTLSRTPSAVPF
  /// RFC 8841: data channels.
  case udpDTLSSCTP, tcpDTLSSCTP, dtlsSCTP
  /// T.38 over UDPTL (ITU-T T.38 annex D).
  case udptl
  case udp, tcp
  /// Words this target does not know; the media description has them.
  case other

  /// The words as they are registered; empty for `other`.
  public var text: String {
    switch self {
    case .rtpAVP: "RTP/AVP"
    case .rtpSAVP: "RTP/SAVP"
    case .rtpAVPF: "RTP/AVPF"
    case .rtpSAVPF: "RTP/SAVPF"
    case .udpTLSRTPSAVP: "UDP/TLS/RTP/SAVP"
    case .udpTLSRTPSAVPF: "UDP/TLS/RTP/SAVPF"
    case .udpDTLSSCTP: "UDP/DTLS/SCTP"
    case .tcpDTLSSCTP: "TCP/DTLS/SCTP"
    case .dtlsSCTP: "DTLS/SCTP"
    case .udptl: "udptl"
    case .udp: "udp"
    case .tcp: "TCP"
    case .other: ""
    }
  }

  /// Whether RTP is spoken, so that formats are payload types.
  public var isRTP: Bool {
    switch self {
    case .rtpAVP, .rtpSAVP, .rtpAVPF, .rtpSAVPF, .udpTLSRTPSAVP, .udpTLSRTPSAVPF: true
    case .udpDTLSSCTP, .tcpDTLSSCTP, .dtlsSCTP, .udptl, .udp, .tcp, .other: false
    }
  }

  /// Whether the profile itself asks for SRTP: `SAVP` and `SAVPF`.
  public var isSecure: Bool { isRTP && self != .rtpAVP && self != .rtpAVPF }

  /// Whether RTCP may come early and with feedback messages (RFC 4585): `AVPF` and `SAVPF`.
  public var hasFeedback: Bool { self == .rtpAVPF || self == .rtpSAVPF || self == .udpTLSRTPSAVPF }

  /// Whether the keys come from DTLS.
  public var usesDTLS: Bool { self == .udpTLSRTPSAVP || self == .udpTLSRTPSAVPF }

  /// The protocol of these words.
  init(_ scanner: borrowing SDPScanner, _ range: Range<Int>) {
    for candidate in Self.lowercased where scanner.matches(range, candidate.text) {
      self = candidate.value
      return
    }
    self = .other
  }

  private static let lowercased: [(text: String, value: TransportProtocol)] = allCases.filter { $0 != .other }.map {
    ($0.text.lowercased(), $0)
  }
}

/// Which way media flows, as the side that says it sees it (RFC 8866 §6.7).
public enum MediaDirection: UInt8, Sendable, Hashable, CaseIterable {
  case sendrecv, sendonly, recvonly, inactive

  /// From what is allowed.
  public init(sends: Bool, receives: Bool) {
    self = sends ? (receives ? .sendrecv : .sendonly) : receives ? .recvonly : .inactive
  }

  /// Whether the side that says this sends.
  public var sends: Bool { self == .sendrecv || self == .sendonly }

  /// Whether the side that says this receives.
  public var receives: Bool { self == .sendrecv || self == .recvonly }

  /// The same as the other side sees it.
  public var reversed: MediaDirection { MediaDirection(sends: receives, receives: sends) }

  /// What both allow.
  public func intersection(_ other: MediaDirection) -> MediaDirection {
    MediaDirection(sends: sends && other.sends, receives: receives && other.receives)
  }

  /// The attribute that says it.
  public var attribute: AttributeName {
    switch self {
    case .sendrecv: .sendrecv
    case .sendonly: .sendonly
    case .recvonly: .recvonly
    case .inactive: .inactive
    }
  }

  init?(_ name: AttributeName) {
    switch name {
    case .sendrecv: self = .sendrecv
    case .sendonly: self = .sendonly
    case .recvonly: self = .recvonly
    case .inactive: self = .inactive
    default: return nil
    }
  }
}
