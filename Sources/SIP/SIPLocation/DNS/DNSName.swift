import SIPMessage
import Wire

/// A domain name as hosts and services have it: letters, digits, `-` and `_`, in lower case, without the final dot.
///
/// Two names are equal when DNS calls them equal (RFC 1034 §3.1). Names with other bytes exist in DNS, but none of them
/// names a SIP server, and none has a value here: so a text never means something else than the name it came from.
public struct DNSName: Sendable, Hashable {
  /// The name in lower case; empty for the root.
  public let text: String

  /// The root, which as an SRV target says that there is no such service (RFC 2782).
  public static let root = DNSName(checked: "")

  /// The longest name, without its final dot (RFC 1035 §2.3.4).
  public static let maxBytes = 253

  /// The longest label.
  public static let maxLabelBytes = 63

  /// Reads a name, with or without its final dot; nil when it is none, or the root.
  public init?(_ text: String) {
    var lower: [UInt8] = []
    for byte in text.utf8 {
      guard lower.count <= DNSName.maxBytes else { return nil }
      lower.append(byte.asciiLowercased)
    }
    if lower.last == UInt8(ascii: ".") { lower.removeLast() }
    guard (1...DNSName.maxBytes).contains(lower.count) else { return nil }
    var label = 0
    for byte in lower {
      if byte == UInt8(ascii: ".") {
        guard label > 0 else { return nil }
        label = 0
      } else {
        label += 1
        guard DNSName.isLabelByte(byte), label <= DNSName.maxLabelBytes else { return nil }
      }
    }
    guard label > 0 else { return nil }
    self.text = String(decoding: lower, as: UTF8.self)
  }

  /// The name that a SIP host names.
  public init(_ host: HostName) {
    text = host.withoutFinalDot
  }

  /// The name whose bytes were checked one by one.
  init(checked text: String) {
    self.text = text
  }

  /// Whether this is the root.
  public var isRoot: Bool { text.isEmpty }

  /// This name below labels such as `_sip._udp`; nil when that would be too long.
  public func below(_ labels: String) -> DNSName? { DNSName("\(labels).\(text)") }

  /// Whether this is the other name or a name below it.
  public func isWithin(_ zone: DNSName) -> Bool {
    zone.isRoot || self == zone || text.utf8.count > zone.text.utf8.count && text.hasSuffix(".\(zone.text)")
  }

  /// Whether a byte, lower case already, may stand in a label.
  static func isLabelByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension DNSName: CustomStringConvertible {
  /// The name with its final dot.
  public var description: String { text + "." }
}
