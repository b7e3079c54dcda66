import Wire

// Registrations.
extension SettingsReader {
  func registrar(_ top: inout Section) -> Settings.Registrar {
    var section = top.section("registrar")
    var registrar = Settings.Registrar()
    // RFC 3261 §10.3: what asks for an hour or more may not be refused as too short.
    let minimum = section.integer("min_expires", 1...3_600, default: Int(registrar.minimumExpires))
    let maximum = section.integer("max_expires", 1...604_800, default: Int(registrar.maximumExpires))
    let place = section.nodePlace("default_expires")
    // Left out, it follows the other two.
    let standard = section.integer(
      "default_expires", 1...604_800, default: min(max(Int(registrar.defaultExpires), minimum), max(maximum, minimum)))
    registrar.durability = section.choice("durability", default: registrar.durability)
    section.finish()
    guard minimum <= maximum else {
      problems.add(
        section.memberPlace(section.has("max_expires") ? "max_expires" : "min_expires"), section.pathOf("max_expires"),
        "is \(maximum), less than min_expires (\(minimum))")
      return registrar
    }
    guard (minimum...maximum).contains(standard) else {
      problems.add(
        place ?? section.place, section.pathOf("default_expires"),
        "\(standard) does not lie between min_expires (\(minimum)) and max_expires (\(maximum))")
      return registrar
    }
    registrar.minimumExpires = UInt32(clamping: minimum)
    registrar.maximumExpires = UInt32(clamping: maximum)
    registrar.defaultExpires = UInt32(clamping: standard)
    return registrar
  }

  /// `service_route`: SIP URIs, written into headers as they stand.
  func serviceRoute(_ top: inout Section) -> [String] {
    top.each("service_route") { text, place, path -> String? in
      let lower = text.lowercased()
      let isURI =
        (lower.hasPrefix("sip:") || lower.hasPrefix("sips:")) && text.utf8.count <= 256
        && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !Array("<>\",?\\".utf8).contains($0) }
      // RFC 3608 §5: without `lr`, phones would have to rewrite their Request-URIs.
      guard isURI, lower.split(separator: ";").dropFirst().contains("lr") else {
        problems.add(
          place, path, "\"\(text.shortened)\" is no loose route; write sip:edge.if.internal;lr, without brackets")
        return nil
      }
      return text
    } ?? []
  }
}
