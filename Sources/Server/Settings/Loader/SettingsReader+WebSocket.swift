import Wire

// SIP over WebSocket.
extension SettingsReader {
  func webSocket(_ top: inout Section) -> Settings.WebSocket {
    var section = top.section("websocket")
    var webSocket = Settings.WebSocket()
    if let (text, place) = section.text("path") {
      let isPath =
        text.hasPrefix("/") && text.utf8.count <= 256
        && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
      if isPath {
        webSocket.path = text
      } else {
        problems.add(place, "websocket.path", "\"\(text.shortened)\" is no path; write /sip")
      }
    }
    webSocket.origins = section.each("origins") { text, place, path in origin(text, place, path) } ?? []
    webSocket.compresses = section.boolean("deflate", default: true)
    webSocket.ping = .seconds(section.integer("ping_seconds", 1...3_600, default: 30))
    section.finish()
    return webSocket
  }

  /// An origin as browsers write it: scheme, host, and the port if it is not the scheme's own (RFC 6454 §6.2).
  private func origin(_ text: String, _ place: Place, _ path: String) -> String? {
    if text == "*" { return text }
    if let separator = text.firstRange(of: "://"), !text[..<separator.lowerBound].isEmpty,
      HostName.withPort(String(text[separator.upperBound...])) != nil
    {
      return text.lowercased()
    }
    problems.add(
      place, path, "\"\(text.shortened)\" is no origin; write https://phone.example.net, without a path, or *")
    return nil
  }
}
