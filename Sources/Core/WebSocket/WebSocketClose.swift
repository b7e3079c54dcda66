import Wire

/// Why a WebSocket connection ends, as a Close frame says it (RFC 6455 §7.4).
public struct WebSocketCloseCode: Sendable, Hashable, RawRepresentable {
  /// The number.
  public let rawValue: UInt16

  /// A code of that number.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The purpose has been fulfilled.
  public static let normal = Self(rawValue: 1000)
  /// This end goes away.
  public static let goingAway = Self(rawValue: 1001)
  /// The peer broke the protocol.
  public static let protocolError = Self(rawValue: 1002)
  /// The Close frame held no code; never sent.
  public static let noStatus = Self(rawValue: 1005)
  /// Text that is not UTF-8.
  public static let invalidPayload = Self(rawValue: 1007)
  /// Too much of something.
  public static let policyViolation = Self(rawValue: 1008)
  /// A message that is too long.
  public static let messageTooBig = Self(rawValue: 1009)

  /// Whether a Close frame may carry it (§7.4.1, §7.4.2, and the registry of IANA).
  var maybeSent: Bool {
    switch rawValue {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}

/// What a peer did that ends the connection (RFC 6455 §7.1.7).
public enum WebSocketFault: Error, Sendable, Hashable {
  /// A reserved bit without an extension that gives it a meaning (§5.2).
  case reservedBits
  /// An opcode that is not known (§5.2).
  case unknownOpcode
  /// A client's frame without a mask, or a server's with one (§5.1).
  case wrongMasking
  /// A control frame that is a fragment or longer than 125 bytes (§5.5).
  case badControlFrame
  /// A length in more bytes than it needs, or with the highest bit set (§5.2).
  case badLength
  /// A continuation of nothing, or a new message before the end of the last (§5.4).
  case badFragment
  /// A Close frame with half a code or one that may not be sent (§5.5.1, §7.4).
  case badClose
  /// Text, or the reason of a Close frame, that is not UTF-8 (§8.1).
  case invalidUTF8
  /// A message beyond ``WebSocketLimits/messageBytes``, also after inflating.
  case messageTooBig
  /// Bytes that cannot be inflated (RFC 7692 §7.2.2).
  case badCompression
  /// A message that becomes longer by inflating than ``WebSocketLimits/inflationRatio`` allows.
  case inflationBomb
  /// More fragments than ``WebSocketLimits/fragments``.
  case tooManyFragments
  /// More control frames than ``WebSocketLimits/controlFrames``.
  case tooManyControlFrames
  /// A message that was not finished in time.
  case messageTooSlow
  /// No byte after our ping.
  case silent

  /// What the peer is told.
  public var code: WebSocketCloseCode {
    switch self {
    case .reservedBits, .unknownOpcode, .wrongMasking, .badControlFrame, .badLength, .badFragment, .badClose:
      .protocolError
    case .invalidUTF8, .badCompression: .invalidPayload
    case .messageTooBig, .inflationBomb: .messageTooBig
    case .tooManyFragments, .tooManyControlFrames, .messageTooSlow, .silent: .policyViolation
    }
  }
}
