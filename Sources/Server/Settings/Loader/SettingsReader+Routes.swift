import Guard
import Wire

// Where requests go, and how names are found.
extension SettingsReader {
  func routes(_ top: inout Section) -> [Settings.Route] {
    guard let nodes = top.list("routes") else { return [] }
    var routes: [Settings.Route] = []
    for (index, node) in nodes.enumerated() {
      let path = "routes[\(index)]"
      var section = Section(node, path: path, problems: problems)
      let match = section.text("match")
      let nextHop = section.node("next_hop")
      let seconds = section.integer("health_check_seconds", 0...3_600, default: 0)
      let verify = section.text("verify")
      section.finish()
      guard let match, let nextHop else {
        if node.isMapping {
          problems.add(
            node.place, match == nil ? "\(path).match" : "\(path).next_hop",
            "is missing; write { match: \"sip:*@example.net\", next_hop: \"sip:192.0.2.1:5060;transport=tcp\" }")
        }
        continue
      }
      let pattern = RoutePattern(match.text)
      if pattern == nil {
        problems.add(
          match.place, "\(path).match",
          "\"\(match.text.shortened)\" is no pattern; write sip:USER@HOST where * stands for any run of characters")
      }
      let hops = nextHops(nextHop, "\(path).next_hop")
      let name = verify.flatMap { verifiedName($0.text, $0.place, "\(path).verify", of: hops, routes) }
      if let pattern, !hops.isEmpty {
        routes.append(
          Settings.Route(
            match: pattern, hops: hops, healthCheck: seconds > 0 ? .seconds(seconds) : nil, verifiedName: name))
      }
    }
    return routes
  }

  /// `verify`: a name, for hops that TLS leads to. One address has one name, whichever route leads there.
  private func verifiedName(
    _ text: String, _ place: Place, _ path: String, of hops: [Settings.NextHop], _ others: [Settings.Route]
  ) -> String? {
    guard let name = IPAddress(text).map(\.description) ?? HostName.normalised(text) else {
      problems.add(place, path, "\"\(text.shortened)\" is no name of a certificate; write pbx.example.net")
      return nil
    }
    if !hops.isEmpty, !hops.contains(where: \.maySecure) {
      problems.add(place, path, "is for TLS; write sips: or transport=tls into next_hop, others show no certificate")
    }
    let addresses = hops.compactMap { $0.maySecure ? $0.socketAddress : nil }
    let other = others.first { other in
      other.verifiedName.map { $0 != name } ?? false
        && other.hops.contains { $0.maySecure && $0.socketAddress.map(addresses.contains) ?? false }
    }
    if let other = other?.verifiedName {
      problems.add(place, path, "another route has \"\(other.shortened)\" for the same address; one has to be wrong")
    }
    return name
  }

  /// One hop, or a list of them.
  private func nextHops(_ node: YAMLNode, _ path: String) -> [Settings.NextHop] {
    let nodes: [YAMLNode]
    switch node.value {
    case .text(let text): return nextHop(text, node.place, path).map { [$0] } ?? []
    case .list(let list): nodes = list
    case .mapping, .null:
      problems.add(node.place, path, "a URI or a list of URIs belongs here, not \(node.kindName)")
      return []
    }
    guard (1...Settings.Route.maxHops).contains(nodes.count) else {
      problems.add(node.place, path, "write 1 to \(Settings.Route.maxHops) hops, not \(nodes.count)")
      return []
    }
    var hops: [Settings.NextHop] = []
    for (index, element) in nodes.enumerated() {
      let path = "\(path)[\(index)]"
      guard case .text(let text) = element.value else {
        problems.add(element.place, path, "a single value belongs here, not \(element.kindName)")
        continue
      }
      guard let hop = nextHop(text, element.place, path) else { continue }
      if hops.contains(where: { $0.isSame(as: hop) }) {
        problems.add(element.place, path, "\"\(text.shortened)\" stands here twice; remove one")
      } else {
        hops.append(hop)
      }
    }
    return hops
  }

  /// `sip:host[:port][;transport=…][;lr]`, or `sips:` for TLS.
  private func nextHop(_ text: String, _ place: Place, _ path: String) -> Settings.NextHop? {
    func refuse(_ message: String) -> Settings.NextHop? {
      problems.add(place, path, "\(message); write sip:192.0.2.1:5060;transport=tcp or sip:pbx.example.net")
      return nil
    }
    let scheme = text.prefix { $0 != ":" }.lowercased()
    guard let colon = text.firstIndex(of: ":"), scheme == "sip" || scheme == "sips" else {
      return refuse("\"\(text.shortened)\" must begin with sip: or sips:")
    }
    let parts = text[text.index(after: colon)...].split(separator: ";", omittingEmptySubsequences: false)
    guard let (host, port) = HostName.withPort(String(parts[0])), port != 0 else {
      return refuse("\"\(text.shortened)\" needs a host after sip:, without a user")
    }
    var transport: Settings.Transport?
    for parameter in parts.dropFirst() {
      let pair = parameter.lowercased().split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 1, pair[0] == "lr" { continue }
      guard pair.count == 2, pair[0] == "transport", let named = Settings.Transport(rawValue: String(pair[1])) else {
        return refuse(
          "\"\(String(parameter).shortened)\" is no parameter of a next hop (transport=udp|tcp|tls|ws|wss, lr)")
      }
      transport = named
    }
    if scheme == "sips" {
      guard transport != .udp else { return refuse("\"\(text.shortened)\" wants TLS, which UDP has not") }
      transport = transport == .ws || transport == .wss ? .wss : .tls
    }
    let ip = address(host)
    return Settings.NextHop(uri: text, host: ip.map { "\($0)" } ?? host, ip: ip, port: port, transport: transport)
  }

  func dns(_ top: inout Section) -> Settings.DNS {
    var section = top.section("dns")
    var dns = Settings.DNS()
    let place = section.nodePlace("servers")
    let servers = section.each("servers") { text, place, path -> SocketAddress? in
      guard let (host, port) = HostName.withPort(text), let ip = address(host), port != 0 else {
        problems.add(
          place, path, "\"\(text.shortened)\" is no address of a DNS server; write 192.0.2.53 or 192.0.2.53:5353")
        return nil
      }
      return SocketAddress(ip: ip, port: port ?? 53)
    }
    if let servers {
      if let place, servers.count > Settings.DNS.maxServers {
        problems.add(place, "dns.servers", "write at most \(Settings.DNS.maxServers) servers, not \(servers.count)")
      }
      dns.servers = servers
    }
    dns.timeout = .milliseconds(section.integer("timeout_ms", 50...10_000, default: 1_000))
    dns.tries = section.integer("tries", 1...5, default: dns.tries)
    dns.cacheEntries = section.integer("cache_entries", 16...1_000_000, default: dns.cacheEntries)
    dns.negativeTTL = .seconds(section.integer("negative_ttl_seconds", 0...3_600, default: 30))
    section.finish()
    return dns
  }
}

extension Settings.NextHop {
  /// Whether both lead to the same place, however they are spelt.
  fileprivate func isSame(as other: Self) -> Bool {
    host == other.host && port == other.port && transport == other.transport
  }
}
