import Wire

/// The attributes that this target knows by name; every other one is `other` and kept as it came.
///
/// Names compare with case, as RFC 8866 §5.13 has it.
public enum AttributeName: UInt8, Sendable, Hashable, CaseIterable {
  /// An attribute of another name.
  case other

  // RFC 8866 §6
  case rtpmap, fmtp, ptime, maxptime, sendrecv, sendonly, recvonly, inactive, tool, charset, framerate, lang, sdplang
  // RFC 3605, 5761, 8858, 4585, 5506, 3890
  case rtcp, rtcpMux, rtcpMuxOnly, rtcpFeedback, rtcpReducedSize, maxprate
  // RFC 5576, 8285, 8830
  case ssrc, ssrcGroup, extmap, extmapAllowMixed, msid
  // RFC 5888, 9143, 4574, 4796
  case mid, group, bundleOnly, label, content
  // RFC 4145, 8122, 8842
  case setup, connection, fingerprint, tlsID
  // RFC 8839, 8840
  case candidate, remoteCandidates, endOfCandidates, iceUfrag, icePwd, iceOptions, iceLite, iceMismatch, icePacing
  // RFC 4568
  case crypto
  // RFC 8841
  case sctpPort, maxMessageSize

  /// The name as it stands behind `a=`; empty for `other`.
  public var text: String {
    switch self {
    case .other: ""
    case .rtpmap: "rtpmap"
    case .fmtp: "fmtp"
    case .ptime: "ptime"
    case .maxptime: "maxptime"
    case .sendrecv: "sendrecv"
    case .sendonly: "sendonly"
    case .recvonly: "recvonly"
    case .inactive: "inactive"
    case .tool: "tool"
    case .charset: "charset"
    case .framerate: "framerate"
    case .lang: "lang"
    case .sdplang: "sdplang"
    case .rtcp: "rtcp"
    case .rtcpMux: "rtcp-mux"
    case .rtcpMuxOnly: "rtcp-mux-only"
    case .rtcpFeedback: "rtcp-fb"
    case .rtcpReducedSize: "rtcp-rsize"
    case .maxprate: "maxprate"
    case .ssrc: "ssrc"
    case .ssrcGroup: "ssrc-group"
    case .extmap: "extmap"
    case .extmapAllowMixed: "extmap-allow-mixed"
    case .msid: "msid"
    case .mid: "mid"
    case .group: "group"
    case .bundleOnly: "bundle-only"
    case .label: "label"
    case .content: "content"
    case .setup: "setup"
    case .connection: "connection"
    case .fingerprint: "fingerprint"
    case .tlsID: "tls-id"
    case .candidate: "candidate"
    case .remoteCandidates: "remote-candidates"
    case .endOfCandidates: "end-of-candidates"
    case .iceUfrag: "ice-ufrag"
    case .icePwd: "ice-pwd"
    case .iceOptions: "ice-options"
    case .iceLite: "ice-lite"
    case .iceMismatch: "ice-mismatch"
    case .icePacing: "ice-pacing"
    case .crypto: "crypto"
    case .sctpPort: "sctp-port"
    case .maxMessageSize: "max-message-size"
    }
  }

  /// The attribute of this name; `other` when it is not known.
  public init(_ name: String) {
    let utf8 = name.utf8
    self.init(parsing: utf8.span)
  }

  /// The attribute of this name; `other` when it is not known.
  init(parsing name: Span<UInt8>) {
    let key = Key(name)
    guard name.count < Self.table.count else {
      self = .other
      return
    }
    let candidates = Self.table[name.count]
    for candidate in candidates where candidate.key == key {
      self = candidate.name
      return
    }
    self = .other
  }

  /// Up to 24 bytes as three words: names compare by words instead of by letters.
  private struct Key: Sendable, Equatable {
    var first: UInt64 = 0
    var second: UInt64 = 0
    var third: UInt64 = 0

    init(_ bytes: Span<UInt8>) {
      for index in 0..<min(bytes.count, 24) {
        let byte = UInt64(bytes[index]) << UInt64(index & 7 &* 8)
        switch index >> 3 {
        case 0: first |= byte
        case 1: second |= byte
        default: third |= byte
        }
      }
    }
  }

  /// The known names by their length, all below 24 bytes.
  private static let table: [[(key: Key, name: AttributeName)]] = {
    var table: [[(key: Key, name: AttributeName)]] = []
    for name in allCases where name != .other {
      let bytes = Array(name.text.utf8)
      while table.count <= bytes.count { table.append([]) }
      table[bytes.count].append((Key(bytes.span), name))
    }
    return table
  }()
}
