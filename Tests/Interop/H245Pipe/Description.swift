import H245
import PER
import Wire

/// A message as JSON, by reflection: the properties and cases have the names of the standard.
enum Description {
  static func write(_ value: Any, into text: inout String) {
    switch value {
    case let octets as [UInt8]: write(hex: octets, into: &text)
    case let identifier as ObjectIdentifier: list(identifier.arcs, into: &text)
    case let isTrue as Bool: text += isTrue ? "true" : "false"
    case let number as UInt8: text += "\(number)"
    case let number as UInt16: text += "\(number)"
    case let number as UInt32: text += "\(number)"
    case let number as UInt64: text += "\(number)"
    case is KeptValue: text += #"{"kept":null}"#
    case let alternative as UnknownAlternative: text += "\(alternative.index)"
    case let additions as PERAdditions: list(additions.kept.map { UInt64($0.index) }, into: &text)
    case let address as TransportAddress where address.socketAddress != nil:
      guard let address = address.socketAddress else { return }
      let octets = address.ip.bytes
      text += #"{"unicastAddress":{""# + (octets.count == 4 ? "iPAddress" : "iP6Address") + #"":{"network":"#
      write(hex: octets, into: &text)
      text += #","tsapIdentifier":\#(address.port)}}}"#
    default: reflect(value, into: &text)
    }
  }

  private static func write(hex octets: [UInt8], into text: inout String) {
    text += "\"\(Hex.encode(octets.span))\""
  }

  private static func list(_ values: [Any], into text: inout String) {
    text += "["
    for (place, value) in values.enumerated() {
      if place > 0 { text += "," }
      write(value, into: &text)
    }
    text += "]"
  }

  private static func reflect(_ value: Any, into text: inout String) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      if let some = mirror.children.first { write(some.value, into: &text) } else { text += "null" }
    case .collection: list(mirror.children.map { $0.value }, into: &text)
    case .enum:
      guard let child = mirror.children.first, let name = child.label else {
        text += "{\"\(value)\":null}"
        return
      }
      // An alternative that is known needs no name for that.
      if name == "known" { return write(child.value, into: &text) }
      text += "{\"\(name)\":"
      write(child.value, into: &text)
      text += "}"
    case .struct, .tuple:
      text += "{"
      var isFirst = true
      for child in mirror.children {
        let isMissing =
          Mirror(reflecting: child.value).displayStyle == .optional && Mirror(reflecting: child.value).children.isEmpty
        guard let name = child.label, !isMissing else { continue }
        if !isFirst { text += "," }
        isFirst = false
        text += "\"\(name)\":"
        write(child.value, into: &text)
      }
      text += "}"
    default: text += "null"
    }
  }
}
