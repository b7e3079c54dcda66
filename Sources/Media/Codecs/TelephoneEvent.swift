/// The payload of a telephone-event packet (RFC 4733 §2.3): four bytes.
public struct TelephoneEvent: Sendable, Hashable {
  /// The event code: 0 to 9 are digits, 10 `*`, 11 `#`, 12 to 15 A to D, 16 the hook flash (§3.2).
  public var code: UInt8
  /// Whether the event is over.
  public var isEnd: Bool
  /// The power below 0 dBm0, in dB: 0 to 63.
  public var volume: UInt8
  /// How long it has lasted, in timestamp units, up to the end of this packet's part.
  public var duration: UInt16

  /// Bytes of a payload.
  public static let byteCount = 4

  /// An event's state.
  public init(code: UInt8, isEnd: Bool = false, volume: UInt8 = 10, duration: UInt16) {
    self.code = code
    self.isEnd = isEnd
    self.volume = min(volume, 63)
    self.duration = duration
  }

  /// Reads a payload; nil when it is shorter than four bytes. What stands behind them is not looked at, since a packet may
  /// not carry more than one event (§2.5.1.2) and some phones pad.
  public init?(_ payload: Span<UInt8>) {
    guard payload.count >= TelephoneEvent.byteCount else { return nil }
    code = payload[0]
    // The reserved bit is ignored (§2.3.4).
    isEnd = payload[1] & 0x80 != 0
    volume = payload[1] & 0x3F
    duration = UInt16(payload[2]) << 8 | UInt16(payload[3])
  }

  /// Writes the payload; false when there is no room for its four bytes.
  @discardableResult
  public func write(into payload: inout MutableSpan<UInt8>) -> Bool {
    guard payload.count >= TelephoneEvent.byteCount else { return false }
    payload[0] = code
    payload[1] = (isEnd ? 0x80 : 0) | min(volume, 63)
    payload[2] = UInt8(truncatingIfNeeded: duration >> 8)
    payload[3] = UInt8(truncatingIfNeeded: duration)
    return true
  }
}

/// A key of a telephone: the sixteen of DTMF, and the hook flash, which travels with them (RFC 4733 §3.2, table 3).
public struct DTMFDigit: Sendable, Hashable, CustomStringConvertible {
  /// Its event code, 0 to 16.
  public let code: UInt8

  /// The event codes that are keys.
  public static let codeCount: UInt8 = 17

  /// The hook flash, event 16.
  public static let flash = DTMFDigit(unchecked: 16)

  private static let characters = Array("0123456789*#ABCD!".utf8)

  /// The key of an event code; nil above 16.
  public init?(code: UInt8) {
    guard code < DTMFDigit.codeCount else { return nil }
    self.code = code
  }

  /// The key of a character, `0` to `9`, `*`, `#`, `A` to `D` in either case, and `!` for the hook flash: the same that SIP
  /// INFO (`application/dtmf-relay`) and the user input of H.245 write.
  public init?(_ character: UInt8) {
    let upper = character >= 0x61 && character <= 0x7A ? character - 0x20 : character
    guard let code = DTMFDigit.characters.firstIndex(of: upper) else { return nil }
    self.code = UInt8(truncatingIfNeeded: code)
  }

  private init(unchecked code: UInt8) { self.code = code }

  /// The character.
  public var character: UInt8 { DTMFDigit.characters[Int(code)] }

  /// The character.
  public var description: String { String(UnicodeScalar(character)) }
}
