import Wire

// What goes to a capture server.
extension SettingsReader {
  func hep(_ top: inout Section) -> Settings.HEP? {
    var section = top.section("hep")
    let server = captureServer(&section)
    let captureID = section.integer("capture_id", 1...Int(UInt32.max), default: 2_001)
    let name = section.text("node_name")
    let key = path(section.text("auth_key_file"), at: section.pathOf("auth_key_file"))
    let hasEvents = section.boolean("events", default: true)
    section.finish()
    if let name, !Self.isNodeName(name.text) {
      problems.add(
        name.place, section.pathOf("node_name"),
        "write 1 to \(Settings.HEP.maxTextBytes) bytes without control characters: edge-1")
    }
    guard let server else { return nil }
    var hep = Settings.HEP(server: server)
    hep.captureID = UInt32(clamping: captureID)
    hep.nodeName = name?.text
    hep.authKeyPath = key
    hep.hasEvents = hasEvents
    return hep
  }

  /// An address, not a name: a copy of a message is not to wait for DNS.
  private func captureServer(_ section: inout Section) -> SocketAddress? {
    guard let (text, place) = section.text("server") else { return nil }
    let rest = text.lowercased().hasPrefix("udp://") ? text.dropFirst(6) : ""
    guard let (host, port) = HostName.withPort(String(rest)), let ip = address(host), port != 0, !ip.isUnspecified
    else {
      problems.add(
        place, section.pathOf("server"),
        "\"\(text.shortened)\" is no capture server; write an address, not a name: udp://192.0.2.9:9060")
      return nil
    }
    return SocketAddress(ip: ip, port: port ?? Settings.HEP.defaultPort)
  }

  private static func isNodeName(_ text: String) -> Bool {
    (1...Settings.HEP.maxTextBytes).contains(text.utf8.count) && !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
  }
}
