import Wire

// Authentication, rates, limits.
extension SettingsReader {
  func auth(_ top: inout Section, domains: [String]) -> Settings.Auth {
    var section = top.section("auth")
    var auth = Settings.Auth()
    auth.realm = domains.first ?? auth.realm
    if let (text, place) = section.text("realm") {
      let isPlain =
        (1...128).contains(text.utf8.count)
        && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
      if isPlain {
        auth.realm = text
      } else {
        problems.add(place, "auth.realm", "write 1 to 128 printable ASCII characters without \" and \\")
      }
    }
    auth.invite = section.choice("invite", default: .required)
    auth.register = section.choice("register", default: .required)
    auth.algorithms = algorithms(&section) ?? auth.algorithms
    auth.nonceLifetime = .seconds(section.integer("nonce_seconds", 10...86_400, default: 300))
    auth.failures = section.integer("failures", 1...1_000, default: 5)
    auth.lockout = .seconds(section.integer("lockout_seconds", 1...86_400, default: 300))
    section.finish()
    return auth
  }

  /// `algorithms`: at least one, none twice.
  func algorithms(_ section: inout Section) -> [Settings.DigestAlgorithmName]? {
    let place = section.nodePlace("algorithms")
    let path = section.pathOf("algorithms")
    var seen: Set<Settings.DigestAlgorithmName> = []
    let algorithms = section.each("algorithms") { text, place, path -> Settings.DigestAlgorithmName? in
      guard let name: Settings.DigestAlgorithmName = Section.choice(text, place, path, problems) else { return nil }
      guard seen.insert(name).inserted else {
        problems.add(place, path, "\(text) stands here twice; remove one")
        return nil
      }
      return name
    }
    if let algorithms, algorithms.isEmpty, let place {
      problems.add(place, path, "at least one algorithm is needed: SHA-256, or MD5 for old phones")
      return nil
    }
    return algorithms
  }

  func rate(_ top: inout Section) -> Settings.Rate {
    var section = top.section("rate")
    var rate = Settings.Rate()
    rate.perExpert = section.integer("per_expert", 1...1_000_000, default: 10)
    rate.window = .seconds(section.integer("window_seconds", 1...3_600, default: 60))
    section.finish()
    return rate
  }

  func flood(_ top: inout Section) -> Settings.Flood {
    var section = top.section("flood")
    var flood = Settings.Flood()
    if let (text, place) = section.text("messages_per_second") {
      if text == "off" {
        flood.messagesPerSecond = nil
      } else if let number = Int(text), (1...10_000_000).contains(number) {
        flood.messagesPerSecond = number
      } else {
        problems.add(place, "flood.messages_per_second", "write a whole number from 1 to 10000000, or off")
      }
    }
    flood.burst = section.integer("burst", 1...10_000_000, default: flood.burst)
    section.finish()
    return flood
  }

  func reactors(_ top: inout Section) -> Int? {
    guard let (text, place) = top.text("reactors"), text != "auto" else { return nil }
    if let number = Int(text), (1...256).contains(number) { return number }
    problems.add(place, "reactors", "write auto (one per core) or a whole number from 1 to 256")
    return nil
  }

  func calls(_ top: inout Section) -> Settings.Calls {
    var section = top.section("calls")
    var calls = Settings.Calls()
    calls.maxActive = section.integer("max_active", 1...10_000_000, default: calls.maxActive)
    calls.maxPerExpert = section.integer("max_per_expert", 1...100_000, default: calls.maxPerExpert)
    calls.ring = .seconds(section.integer("ring_seconds", 181...3_600, default: 200))
    calls.t1 = .milliseconds(section.integer("t1_ms", 10...10_000, default: 500))
    calls.memoryBytes = section.integer("memory_mb", 8...1_048_576, default: 512) << 20
    calls.maxRegistrations = section.integer("max_registrations", 1...10_000_000, default: calls.maxRegistrations)
    calls.maxBindings = section.integer("max_bindings", 1...1_000, default: calls.maxBindings)
    section.finish()
    return calls
  }

  func tcp(_ top: inout Section) -> Settings.TCP {
    var section = top.section("tcp")
    var tcp = Settings.TCP()
    tcp.maxConnections = section.integer("max_connections", 1...1_000_000, default: tcp.maxConnections)
    tcp.maxPerAddress = section.integer("max_per_address", 1...1_000_000, default: tcp.maxPerAddress)
    tcp.idle = .seconds(section.integer("idle_seconds", 10...86_400, default: 600))
    tcp.firstMessage = .seconds(section.integer("first_message_seconds", 1...3_600, default: 30))
    tcp.message = .seconds(section.integer("message_seconds", 1...3_600, default: 30))
    tcp.takesAliases = section.boolean("alias", default: false)
    section.finish()
    return tcp
  }
}
