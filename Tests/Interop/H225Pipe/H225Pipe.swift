import Glibc
import H225
import PER
import Wire

/// The decoder and encoder of H.225.0 behind a pipe, for Tests/EndToEnd/test_h225_oracle.py.
///
/// A line that comes in is a kind and the octets of a message in hexadecimal: `ras`, `uuie` or `q931`. It is answered by a
/// line: `ok`, the octets of the message as we write it, and its value as JSON; or `error` and why.
///
/// The JSON names components and alternatives as the Swift types do. Strings of octets and characters are hexadecimal.
@main
enum H225Pipe {
  static func main() {
    while let line = readLine() {
      print(answer(line.split(separator: " ").map(String.init)))
      fflush(nil)
    }
  }

  static func answer(_ words: [String]) -> String {
    guard words.count == 2, let octets = try? Hex.decode(words[1]) else { return "error: no command" }
    do {
      switch words[0] {
      case "ras":
        let message = try RasMessage(decoding: octets)
        return "ok \(Hex.encode(try message.encoded())) \(JSON.text(message))"
      case "uuie":
        let information = try H323UserInformation(decoding: octets)
        return "ok \(Hex.encode(try information.encoded())) \(JSON.text(information))"
      case "q931":
        let message = try CallSignallingMessage(decoding: octets.span)
        return "ok \(Hex.encode(try message.encoded())) \(JSON.text(message.userInformation))"
      default: return "error: no such kind"
      }
    } catch {
      return "error: \(error)"
    }
  }
}

/// Values as JSON, by reflection: whatever a type is called and has, the test sees.
enum JSON {
  static func text(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    if mirror.displayStyle == .optional { return mirror.children.first.map { text($0.value) } ?? "null" }
    // An empty array of anything would pass for one of octets.
    if mirror.displayStyle == .collection, !(type(of: value) == [UInt8].self) {
      return "[\(mirror.children.map { text($0.value) }.joined(separator: ","))]"
    }
    switch value {
    case let value as Bool: return "\(value)"
    case let value as any FixedWidthInteger: return "\(value)"
    case let value as [UInt8]: return quoted(Hex.encode(value))
    case let value as OctetString: return quoted(Hex.encode(value.octets))
    case let value as String: return quoted(Hex.encode(Array(value.utf8)))
    case let value as BMPString:
      return quoted(Hex.encode(value.units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }))
    case let value as ObjectIdentifier: return quoted(value.description)
    case let value as GloballyUniqueID: return quoted(Hex.encode(value.octets))
    case let value as BitString: return "{\"bits\":\(value.count),\"octets\":\(quoted(Hex.encode(value.octets)))}"
    case let value as H225Alternative:
      return "{\"index\":\(value.index),\"octets\":\(quoted(Hex.encode(value.octets ?? [])))}"
    case let value as TransportAddress:
      if case .ipAddress(let ip, let port) = value {
        return
          "{\"\(ip.isIPv4 ? "ipAddress" : "ip6Address")\":{\"ip\":\(quoted(Hex.encode(ip.bytes))),\"port\":\(port)}}"
      }
    default: break
    }
    return composite(value, mirror)
  }

  private static func composite(_ value: Any, _ mirror: Mirror) -> String {
    switch mirror.displayStyle {
    case .enum:
      guard let child = mirror.children.first, let label = child.label else { return quoted("\(value)") }
      return "{\(quoted(label)):\(text(child.value))}"
    default:
      let members = mirror.children.compactMap { child -> String? in
        guard let label = child.label, label != "unknown" else { return nil }
        let shown = text(child.value)
        return shown == "null" ? nil : "\(quoted(label)):\(shown)"
      }
      return "{\(members.joined(separator: ","))}"
    }
  }

  private static func quoted(_ text: String) -> String { "\"\(text)\"" }
}
