public import OpenSSLCrypto
import Wire

/// The text an escalation's signature covers (DOMAIN §4).
///
/// Seven lines, LF between them and none at the end: `IF-ESCALATE-v1`, trace_id, hazard, From and To as `user@host`,
/// Call-ID, and the timestamp exactly as `X-IF-Timestamp` has it.
public struct SignedText: Sendable, Equatable {
  /// The version of the text, its first line.
  public static let version = "IF-ESCALATE-v1"

  /// The seven lines.
  public let text: String

  /// Puts the lines together; nil when one of them holds a control character, since two different sets of lines could
  /// then give one text.
  ///
  /// - Parameters:
  ///   - from: the From addr-spec as `user@host`, the host in lower case.
  ///   - to: the To addr-spec, likewise.
  public init?(traceID: TraceID, hazard: Hazard, from: String, to: String, callID: String, timestamp: String) {
    let lines = [Self.version, traceID.text, hazard.rawValue, from, to, callID, timestamp]
    guard lines.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else { return nil }
    text = lines.joined(separator: "\n")
  }

  /// Whether `signature` (hex or base64 of 64 bytes) is the key's over this text.
  public func isSigned(by key: Ed25519PublicKey, signature: String) -> Bool {
    guard let bytes = try? parseSignature(signature) else { return false }
    let utf8 = text.utf8
    return key.isValid(signature: bytes.span, for: utf8.span)
  }
}
