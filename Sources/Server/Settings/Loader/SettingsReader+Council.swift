import Wire

// Where guardians meet.
extension SettingsReader {
  /// - Parameter settings: everything that was read so far: listeners and the address of media.
  func council(_ top: inout Section, _ settings: Settings) -> Settings.Council {
    var section = top.section("council")
    var council = Settings.Council()
    council.mode = councilMode(&section)
    // Others are not on this machine, as a rule.
    let own = council.external == nil ? council.ras.ip : settings.media.address
    council.ras = h323Address(
      &section, "ras", scheme: "udp", SocketAddress(ip: own, port: Settings.Council.defaultRASPort))
    council.signalling = h323Address(
      &section, "signalling", scheme: "tcp", SocketAddress(ip: own, port: Settings.Council.defaultSignallingPort))
    council.h245Ports = h245Ports(&section)
    council.h245Networks = networks(&section, "h245_networks")
    council.maxConnections = section.integer("max_connections", 1...1_000_000, default: council.maxConnections)
    council.maxPerAddress = section.integer("max_per_address", 1...1_000_000, default: council.maxPerAddress)
    council.identifier = h323Name(section.text("identifier"), section.pathOf("identifier"))
    council.aliases = aliases(&section, "aliases", 1) ?? council.aliases
    council.gatewayAliases = aliases(&section, "gateway_aliases", 0) ?? council.gatewayAliases
    council.alternates = alternates(&section)
    council.neighbours = networks(&section, "neighbours")
    council.preGranted = section.boolean("pre_granted", default: council.preGranted)
    council.timeToLive = .seconds(section.integer("time_to_live_seconds", 10...86_400, default: 300))
    council.capacity = section.integer("capacity", 2...1_000, default: council.capacity)
    council.lifetime = .seconds(section.integer("lifetime_seconds", 60...604_800, default: 14_400))
    section.finish()
    checkTogether(council, settings, section)
    return council
  }

  private func councilMode(_ section: inout Section) -> Settings.Council.Mode {
    let mode = section.text("mode")
    let place = section.nodePlace("external")
    let external = external(&section)
    switch mode?.text ?? (place == nil ? "builtin" : "external") {
    case "builtin", "off":
      if let place, mode != nil {
        problems.add(
          place, section.pathOf("external"), "is for mode: external; remove it, or the mode \(mode?.text ?? "")")
      }
      return mode?.text == "off" ? .off : .builtin
    case "external":
      guard external.mcu != nil || !external.gatekeepers.isEmpty else {
        problems.add(
          mode?.place ?? section.place, section.pathOf("external.mcu"),
          "is missing, and so is a gatekeeper; write external: { mcu: \"192.0.2.1:1720\" }")
        return .builtin
      }
      return .external(external)
    case let text:
      problems.add(
        mode?.place ?? section.place, section.pathOf("mode"),
        "\"\(text.shortened)\" is not known here; write builtin, external or off")
      return .builtin
    }
  }

  /// Addresses that terminals can be told: RAS carries no names.
  private func alternates(_ section: inout Section) -> [SocketAddress] {
    let place = section.nodePlace("alternates")
    let read = section.each("alternates") { text, place, path -> SocketAddress? in
      guard let address = SocketAddress(text), address.port != 0, !address.ip.isUnspecified else {
        problems.add(place, path, "\"\(text.shortened)\" is no address and port; write 192.0.2.8:1719")
        return nil
      }
      return address
    }
    guard let read, let place else { return [] }
    if read.count > Settings.Council.maxAlternates {
      problems.add(place, section.pathOf("alternates"), "write at most \(Settings.Council.maxAlternates) gatekeepers")
    }
    return read
  }

  /// One gatekeeper or several, and an MCU.
  private func external(_ section: inout Section) -> Settings.Council.External {
    var external = section.section("external")
    defer { external.finish() }
    var read = Settings.Council.External(gatekeepers: [], mcu: nil)
    let path = external.pathOf("gatekeeper")
    if case .list? = external.node("gatekeeper")?.value {
      let place = external.memberPlace("gatekeeper")
      read.gatekeepers =
        external.each("gatekeeper") { hostPort($0, $1, $2, port: Settings.Council.defaultRASPort) } ?? []
      if !(1...Settings.Council.External.maxGatekeepers).contains(read.gatekeepers.count) {
        problems.add(place, path, "write one gatekeeper, or a list of 1 to \(Settings.Council.External.maxGatekeepers)")
      }
    } else if let (text, place) = external.text("gatekeeper") {
      read.gatekeepers = hostPort(text, place, path, port: Settings.Council.defaultRASPort).map { [$0] } ?? []
    }
    if let (text, place) = external.text("mcu") {
      read.mcu = hostPort(text, place, external.pathOf("mcu"), port: Settings.Council.defaultSignallingPort)
    }
    read.redirectNetworks = networks(&external, "redirect_networks")
    read.endpointID = h323Name(external.text("endpoint_id"), external.pathOf("endpoint_id"))
    read.passwordPath = self.path(external.text("h235_password_file"), at: external.pathOf("h235_password_file"))
    for key in ["endpoint_id", "h235_password_file"] where read.gatekeepers.isEmpty {
      guard let place = external.nodePlace(key) else { continue }
      problems.add(place, external.pathOf(key), "is for a gatekeeper, and there is none here; write one, or remove it")
    }
    return read
  }

  private func hostPort(_ text: String, _ place: Place, _ path: String, port: UInt16) -> Settings.HostPort? {
    guard let read = Settings.HostPort(text, defaultPort: port) else {
      problems.add(place, path, "\"\(text.shortened)\" is no host; write 192.0.2.1:\(port) or mcu.example.net:\(port)")
      return nil
    }
    return read
  }

  /// An address of this machine that others can be told.
  private func h323Address(
    _ section: inout Section, _ key: String, scheme: String, _ fallback: SocketAddress
  ) -> SocketAddress {
    guard let (text, place) = section.text(key) else { return fallback }
    let prefix = "\(scheme)://"
    let rest = text.lowercased().hasPrefix(prefix) ? text.dropFirst(prefix.count) : ""
    guard let (host, port) = HostName.withPort(String(rest)), let ip = address(host), !ip.isUnspecified else {
      problems.add(
        place, section.pathOf(key),
        "\"\(text.shortened)\" is no address that terminals could be told; write \(prefix)192.0.2.7:\(fallback.port)")
      return fallback
    }
    return SocketAddress(ip: ip, port: port ?? fallback.port)
  }

  private func h245Ports(_ section: inout Section) -> ClosedRange<UInt16>? {
    let place = section.nodePlace("h245_ports")
    let numbers = section.each("h245_ports") { text, place, path -> UInt16? in
      guard let port = UInt16(text), port >= 1_024 else {
        problems.add(place, path, "\"\(text.shortened)\" is no port from 1024 to 65535")
        return nil
      }
      return port
    }
    guard let numbers, let place else { return nil }
    guard numbers.count == 2, numbers[0] <= numbers[1] else {
      problems.add(place, section.pathOf("h245_ports"), "write the first and the last port: [11000, 11999]")
      return nil
    }
    return numbers[0]...numbers[1]
  }

  private func aliases(_ section: inout Section, _ key: String, _ least: Int) -> [String]? {
    let place = section.memberPlace(key)
    guard let aliases = section.each(key, { h323Name(($0, $1), $2) }) else { return nil }
    guard (least...Settings.Council.maxAliases).contains(aliases.count), Set(aliases).count == aliases.count else {
      problems.add(
        place, section.pathOf(key), "write \(least) to \(Settings.Council.maxAliases) names, none of them twice")
      return nil
    }
    return aliases
  }

  /// What fits an h323-ID, and a line of the log.
  private func h323Name(_ value: (text: String, place: Place)?, _ path: String) -> String? {
    guard let value else { return nil }
    guard (1...128).contains(value.text.utf8.count), value.text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      problems.add(value.place, path, "write a name of 1 to 128 ASCII characters without white space")
      return nil
    }
    return value.text
  }

  private func checkTogether(_ council: Settings.Council, _ settings: Settings, _ section: Section) {
    guard council.isOn else { return }
    let datagrams = settings.listeners.filter { $0.transport == .udp }.map(\.address)
    var streams = settings.listeners.filter { $0.transport != .udp }.map(\.address)
    if let admin = settings.admin { streams.append(admin.address) }
    for (key, address, others) in [("ras", council.ras, datagrams), ("signalling", council.signalling, streams)]
    where address.port != 0 && others.contains(where: { $0.isTaken(with: address) }) {
      problems.add(
        section.memberPlace(key), section.pathOf(key), "\(address) is listened on already; write another port")
    }
    if council.ras.ip.isIPv4 != council.signalling.ip.isIPv4 {
      problems.add(
        section.memberPlace("signalling"), section.pathOf("signalling"),
        "and council.ras must be of one family, IPv4 or IPv6")
    }
  }
}

extension SocketAddress {
  /// Whether who listens there listens on the other, too.
  fileprivate func isTaken(with other: SocketAddress) -> Bool {
    port == other.port && (ip == other.ip || ip.isUnspecified && ip.isIPv4 == other.ip.isIPv4)
  }
}
