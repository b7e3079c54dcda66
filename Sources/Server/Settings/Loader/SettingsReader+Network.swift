import Guard
import Wire

// Where we listen, whom we trust, what others are told.
extension SettingsReader {
  func readListeners(_ top: inout Section, _ settings: inout Settings) {
    let place = top.nodePlace("listen")
    guard let nodes = top.list("listen") else { return }
    var listeners: [Settings.Listener] = []
    for (index, node) in nodes.enumerated() {
      let path = "listen[\(index)]"
      guard let listener = listener(node, path) else { continue }
      if listener.address.port != 0, listeners.contains(where: { $0.collides(with: listener) }) {
        problems.add(node.place, path, "\(listener.url) is listened on already; remove one of the two")
        continue
      }
      listeners.append(listener)
    }
    if nodes.isEmpty, let place {
      problems.add(place, "listen", "nothing to listen on; write at least [\"udp://127.0.0.1:5060\"]")
    }
    settings.listeners = listeners
  }

  private func listener(_ node: YAMLNode, _ path: String) -> Settings.Listener? {
    switch node.value {
    case .text(let text):
      return listener(url: text, node.place, path)
    case .mapping:
      var section = Section(node, path: path, problems: problems)
      let url = section.text("url")
      let algorithms = algorithms(&section)
      let (balancers, balancersPlace) = balancers(&section)
      section.finish()
      guard let url else {
        problems.add(node.place, "\(path).url", "is missing; write url: \"udp://127.0.0.1:5060\"")
        return nil
      }
      guard var listener = listener(url: url.text, url.place, "\(path).url") else { return nil }
      listener.algorithms = algorithms
      listener.balancers = balancers
      if let balancersPlace, listener.transport == .udp {
        problems.add(
          balancersPlace, "\(path).proxy_protocol", "is for streams; datagrams have no first bytes that could say it")
        return nil
      }
      return listener
    case .null, .list:
      problems.add(node.place, path, "a URL such as \"udp://127.0.0.1:5060\" belongs here, not \(node.kindName)")
      return nil
    }
  }

  /// `proxy_protocol`: who may say on whose behalf a stream comes; at least one, or nobody could come at all.
  private func balancers(_ section: inout Section) -> ([CIDR]?, Place?) {
    let place = section.nodePlace("proxy_protocol")
    let networks = section.each("proxy_protocol") { text, place, path in network(text, place, path) }
    guard let place else { return (nil, nil) }
    if let networks, networks.isEmpty {
      problems.add(
        place, section.pathOf("proxy_protocol"), "names no balancer; write [10.0.0.5/32], or leave the key out")
    }
    return (networks, place)
  }

  /// `server_name`: what RFC 3261 §20.35 allows, and no more than fits a line.
  func serverName(_ top: inout Section) -> String {
    let fallback = Settings().serverName
    guard let (text, place) = top.text("server_name") else { return fallback }
    guard text.utf8.count <= 128, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      problems.add(place, "server_name", "write at most 128 printable ASCII characters, or \"\" for no Server header")
      return fallback
    }
    return text
  }

  private func listener(url text: String, _ place: Place, _ path: String) -> Settings.Listener? {
    let examples = "write udp://127.0.0.1:5060, tcp://[::1]:5060, tls://127.0.0.1:5061 or wss://127.0.0.1:8443"
    guard let separator = text.firstRange(of: "://"),
      let transport = Settings.Transport(rawValue: text[..<separator.lowerBound].lowercased())
    else {
      problems.add(place, path, "\"\(text.shortened)\" is no listener; \(examples)")
      return nil
    }
    guard let (host, port) = HostName.withPort(String(text[separator.upperBound...])), let ip = address(host) else {
      problems.add(
        place, path,
        "\"\(text.shortened)\" needs an address of this machine, and a port if not the usual one; \(examples)")
      return nil
    }
    return Settings.Listener(
      transport: transport, address: SocketAddress(ip: ip, port: port ?? transport.defaultPort))
  }

  func address(_ host: String) -> IPAddress? {
    IPAddress(host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host)
  }

  func admin(_ top: inout Section) -> Settings.AdminEndpoint? {
    guard let (text, place) = top.text("admin") else { return .loopbackDefault }
    if text == "off" { return nil }
    let rest = text.hasPrefix("http://") ? text.dropFirst(7) : ""
    let host = rest.hasSuffix("/") ? rest.dropLast() : rest
    guard let (name, port) = HostName.withPort(String(host)), let ip = address(name) else {
      problems.add(
        place, "admin", "\"\(text.shortened)\" is no admin address; write http://127.0.0.1:9464, or off for none")
      return nil
    }
    return Settings.AdminEndpoint(address: SocketAddress(ip: ip, port: port ?? 9_464))
  }

  func trustedFrom(_ top: inout Section) -> [Settings.TrustedPeer] {
    guard let nodes = top.list("trusted_from") else { return [] }
    var peers: [Settings.TrustedPeer] = []
    for (index, node) in nodes.enumerated() {
      let path = "trusted_from[\(index)]"
      var section = Section(node.asMapping(key: "cidr"), path: path, problems: problems)
      let cidr = section.text("cidr")
      let transport: Settings.Transport? = section.text("transport").flatMap {
        Section.choice($0.text, $0.place, "\(path).transport", problems)
      }
      let clientSAN = section.text("client_san")
      section.finish()
      guard let cidr else {
        problems.add(node.place, "\(path).cidr", "is missing; write { cidr: 10.0.0.5/32 }")
        continue
      }
      if let clientSAN, HostName.normalised(clientSAN.text) == nil {
        problems.add(clientSAN.place, "\(path).client_san", "\"\(clientSAN.text.shortened)\" is no host name")
      }
      if let clientSAN, let transport, !transport.isSecure {
        problems.add(clientSAN.place, "\(path).client_san", "needs transport: tls or wss; others have no certificate")
      }
      if let network = network(cidr.text, cidr.place, "\(path).cidr") {
        peers.append(
          Settings.TrustedPeer(
            network: network, transport: transport, clientSAN: clientSAN.flatMap { HostName.normalised($0.text) }))
      }
    }
    return peers
  }

  /// `hide_topology`: off, or who is inside. Without anybody there nothing would be hidden.
  func hideTopology(_ top: inout Section, trustedTo: [CIDR]) -> Settings.TopologyHiding? {
    guard let node = top.node("hide_topology") else { return nil }
    if case .text("off") = node.value { return nil }
    var section = Section(node, path: "hide_topology", problems: problems)
    guard node.isMapping else { return nil }
    let hiding = Settings.TopologyHiding(
      inside: networks(&section, "inside"), hidesContacts: section.boolean("contact", default: false))
    if hiding.inside.isEmpty, trustedTo.isEmpty {
      problems.add(
        section.memberPlace("inside"), "hide_topology.inside",
        "says of nobody that he is inside; write [10.0.0.0/8], or hide_topology: off")
    }
    section.finish()
    return hiding
  }

  func escalationTargets(_ top: inout Section) -> EscalationTargets {
    var targets = EscalationTargets()
    guard let nodes = top.list("escalation_targets") else { return targets }
    for (index, node) in nodes.enumerated() {
      let path = "escalation_targets[\(index)]"
      var section = Section(node.asMapping(key: "uri"), path: path, problems: problems)
      let uri = section.text("uri")
      let hazard: Hazard? = section.text("hazard").flatMap {
        Section.choice($0.text, $0.place, "\(path).hazard", problems)
      }
      section.finish()
      guard let uri else {
        problems.add(
          node.place, "\(path).uri", "is missing; write { uri: \"sip:council-safety@if.internal\", hazard: safety }")
        continue
      }
      do {
        try targets.add(uri.text, hazard: hazard)
      } catch {
        problems.add(uri.place, path, "\(error.message.shortened); write sip:council@if.internal or sip:expert-*@*")
      }
    }
    return targets
  }

  func advertise(_ top: inout Section) -> Settings.Advertise {
    var section = top.section("advertise")
    var advertise = Settings.Advertise()
    if let (text, place) = section.text("sip") {
      advertise.sip = HostName.normalised(text)
      if advertise.sip == nil {
        problems.add(place, "advertise.sip", "\"\(text.shortened)\" is no address or name; write 198.51.100.7")
      }
    }
    if let (text, place) = section.text("media") {
      advertise.media = IPAddress(text)
      if advertise.media == nil {
        problems.add(place, "advertise.media", "\"\(text.shortened)\" is no address; write 198.51.100.7")
      }
    }
    section.finish()
    return advertise
  }
}

extension Settings.Listener {
  /// Whether two of them want the same socket.
  fileprivate func collides(with other: Self) -> Bool {
    address == other.address && (transport == .udp) == (other.transport == .udp)
  }
}
