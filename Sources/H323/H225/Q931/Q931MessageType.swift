/// Message types of Q.931 §4.4 that H.225.0 §7.3 uses, and any other by its number.
public struct Q931MessageType: RawRepresentable, Sendable, Hashable {
  /// The octet.
  public var rawValue: UInt8

  /// The type of an octet.
  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// The network or the called user rings.
  public static var alerting: Self { Self(rawValue: 0x01) }
  /// Nothing more is needed to set the call up.
  public static var callProceeding: Self { Self(rawValue: 0x02) }
  /// What became of the call so far.
  public static var progress: Self { Self(rawValue: 0x03) }
  /// A call begins.
  public static var setup: Self { Self(rawValue: 0x05) }
  /// The called user has answered.
  public static var connect: Self { Self(rawValue: 0x07) }
  /// More digits are wanted.
  public static var setupAcknowledge: Self { Self(rawValue: 0x0D) }
  /// The call is over, and its reference free.
  public static var releaseComplete: Self { Self(rawValue: 0x5A) }
  /// Something about a call, or H.245 in a tunnel.
  public static var facility: Self { Self(rawValue: 0x62) }
  /// The call is put on hold, or something else happened to it.
  public static var notify: Self { Self(rawValue: 0x6E) }
  /// Asks for the state of a call.
  public static var statusEnquiry: Self { Self(rawValue: 0x75) }
  /// More digits.
  public static var information: Self { Self(rawValue: 0x7B) }
  /// The state of a call.
  public static var status: Self { Self(rawValue: 0x7D) }
}
