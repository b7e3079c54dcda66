import FuzzSupport
import SDP
import Wire

private let relay4 = IPAddress(v4: 0xC633_6401)
private let relay6 = IPAddress(high: 0x2001_0db8_0000_0000, low: 9)

/// Ports and addresses change, everything else stays.
func checkRelay(_ description: SessionDescription) {
  let count = description.media.count
  let indices = 0..<count
  let apart = indices.map { index -> RelayEndpoint? in
    let port = UInt16(40_000 + index * 2)
    return RelayEndpoint(index & 1 == 0 ? relay4 : relay6, port: port, rtcpPort: 50_001)
  }
  let some = indices.map { index -> RelayEndpoint? in index & 1 == 0 ? nil : RelayEndpoint(relay6, port: 40_000) }
  let together: [RelayEndpoint?] = Array(repeating: RelayEndpoint(relay4, port: 40_000), count: count)
  let plans = [together, apart, some, []]
  for (number, endpoints) in plans.enumerated() {
    let bytes = description.relayedBytes(to: endpoints, origin: number == 1 ? relay4 : nil)
    guard let relayed = try? SessionDescription(parsing: bytes, limits: roomy) else {
      require(false, "a relayed description does not parse")
      return
    }
    if number == 3 { require(relayed == description, "nothing was to be changed") }
    require(relayed.media.count == count, "a stream was lost")
    require(skeleton(relayed) == skeleton(description), "more than addresses has changed")
    for (old, new) in zip(description.media, relayed.media) {
      let endpoint = old.index < endpoints.count ? endpoints[old.index] : nil
      require(new.formats == old.formats && new.transportText == old.transportText, "m= has changed")
      require(new.portCount == old.portCount || endpoint != nil, "the number of ports has changed")
      guard let endpoint, old.port != 0 else {
        require(new.port == old.port, "a port has changed")
        require(new.connection == old.connection || old.port == 0, "an address has changed")
        continue
      }
      require(new.port == endpoint.port, "a port has not changed")
      if let connection = old.connection, !connection.isUnspecified {
        require(new.connection?.address == endpoint.address, "an address has not changed")
      }
      require(new.direction == old.direction, "a hold has changed")
    }
  }
}

/// All lines but those that hold addresses, `m=` without its port.
private func skeleton(_ description: SessionDescription) -> [String] {
  let lines = String(decoding: description.bytes, as: UTF8.self).split { $0 == "\n" || $0 == "\r\n" }.map(String.init)
  return lines.compactMap { line -> String? in
    if line.hasPrefix("c=") || line.hasPrefix("o=") || line.hasPrefix("a=rtcp:") { return nil }
    guard line.hasPrefix("m=") else { return line }
    var isPort = false
    var words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
    isPort = words.count > 1
    if isPort { words[1] = "port" }
    return words.joined(separator: " ")
  }
}

private let roomy: SDPLimits = {
  var limits = SDPLimits()
  limits.maxBytes = 1 << 20
  limits.maxLineBytes = 1 << 15
  limits.maxLines = 4_096
  limits.maxAttributes = 4_096
  return limits
}()

/// Whatever is edited parses, and says what was asked for.
func checkEditing(_ description: SessionDescription) {
  var editor = SDPEditor(description)
  let origin = Origin(username: "editor", sessionID: 7, sessionVersion: 8, address: relay6)
  editor.setOrigin(origin)
  editor.setConnection(ConnectionAddress(relay4), media: nil)
  editor.remove(.candidate, media: nil)
  for index in description.media.indices {
    editor.setPort(5_000, media: index)
    editor.setDirection(.recvonly, media: index)
    editor.setConnection(ConnectionAddress(relay6), media: index)
    editor.remove(.candidate, media: index)
    editor.append(SCTPPort(9), media: index)
    editor.append(attribute: "X-edited:\u{e9}", media: index)
  }
  guard let edited = try? editor.finish(limits: roomy) else {
    require(false, "an edited description does not parse")
    return
  }
  require(edited.origin == origin, "o= was not set")
  require(edited.connection == ConnectionAddress(relay4), "c= was not set")
  require(edited.media.count == description.media.count, "a stream was lost")
  for media in edited.media {
    require(media.port == (media.formats.isEmpty ? 0 : 5_000), "a port was not set")
    require(media.direction == .recvonly, "a direction was not set")
    require(media.connections == [ConnectionAddress(relay6)], "c= of a stream was not set")
    require(!media.attributes.contains(.candidate), "a candidate was not removed")
    require(media.attributes.contains(.sctpPort), "an attribute was not added")
  }
}
