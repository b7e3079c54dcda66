import Guard
import Wire

/// Turns the top mapping into ``Settings``, key by key, in the order of `config/ifsip-proxy.yaml`.
struct SettingsReader {
  /// Where relative paths begin.
  let directory: String
  let problems: Problems

  func read(_ top: inout Section) -> Settings {
    var settings = Settings()
    settings.stateDirectory = path(top.text("state_dir")) ?? resolve("./state")
    settings.domains = domains(&top, "domains") ?? settings.domains
    readListeners(&top, &settings)
    settings.admin = admin(&top)
    settings.tls = tls(&top)
    settings.auth = auth(&top, domains: settings.domains)
    settings.tlsRequiredFor = top.choice("tls_required_for", default: .escalations)
    settings.trustedFrom = trustedFrom(&top)
    settings.trustedTo = networks(&top, "trusted_to")
    settings.hideTopology = hideTopology(&top, trustedTo: settings.trustedTo)
    settings.isPrivacyService = top.boolean("privacy_service", default: false)
    settings.allow = networks(&top, "allow")
    settings.relayDomains = domains(&top, "relay_domains", mayBeEmpty: true, wildcards: true) ?? []
    settings.dns = dns(&top)
    settings.redirects = top.choice("redirects", default: .pass)
    settings.failover = .milliseconds(top.integer("failover_ms", 500...32_000, default: 4_000))
    settings.overload = .milliseconds(top.integer("overload_ms", 10...10_000, default: 150))
    settings.rate = rate(&top)
    settings.flood = flood(&top)
    settings.registryPath = path(top.text("registry"))
    settings.guardSettings = guardSettings(&top)
    settings.escalationTargets = escalationTargets(&top)
    settings.routes = routes(&top)
    settings.advertise = advertise(&top)
    settings.serverName = serverName(&top)
    settings.drain = .seconds(top.integer("drain_seconds", 0...3_600, default: 30))
    settings.reactors = reactors(&top)
    settings.calls = calls(&top)
    settings.registrar = registrar(&top)
    settings.serviceRoute = serviceRoute(&top)
    settings.tcp = tcp(&top)
    settings.webSocket = webSocket(&top)
    settings.media = media(&top, settings)
    settings.council = council(&top, settings)
    settings.witness = witness(&top)
    settings.evidence = evidence(&top)
    settings.http = http(&top)
    settings.log = log(&top)
    settings.hep = hep(&top)
    checkTogether(settings, top)
    return settings
  }

  // MARK: Paths and names

  /// A path as the process can open it: relative to the file's directory; from the environment as it is.
  func path(_ value: (text: String, place: Place)?, at key: String = "") -> String? {
    guard let value else { return nil }
    guard !value.text.isEmpty, !value.text.utf8.contains(0), value.text.utf8.count <= 1_024 else {
      problems.add(value.place, key, "this is no path; write one of 1 to 1024 bytes")
      return nil
    }
    return value.place.variable == nil ? resolve(value.text) : value.text
  }

  private func resolve(_ text: String) -> String {
    if text.hasPrefix("/") || directory == "." { return text }
    let tail = text.hasPrefix("./") ? String(text.dropFirst(2)) : text
    return directory == "/" ? "/" + tail : "\(directory)/\(tail)"
  }

  /// - Parameter wildcards: whether `*.example.net` may stand for every host below a domain.
  private func domains(
    _ top: inout Section, _ key: String, mayBeEmpty: Bool = false, wildcards: Bool = false
  ) -> [String]? {
    let place = top.nodePlace(key)
    let domains = top.each(key) { text, place, path -> String? in
      guard let domain = wildcards ? HostName.normalisedPattern(text) : HostName.normalised(text) else {
        problems.add(
          place, path,
          "\"\(text.shortened)\" is no domain; write a name such as if.internal, or an address, without port")
        return nil
      }
      return domain
    }
    if let domains, domains.isEmpty, !mayBeEmpty, let place {
      problems.add(place, top.pathOf(key), "at least one domain is needed: the one that phones register with")
      return nil
    }
    return domains
  }

  func networks(_ section: inout Section, _ key: String) -> [CIDR] {
    section.each(key) { text, place, path in network(text, place, path) } ?? []
  }

  func network(_ text: String, _ place: Place, _ path: String) -> CIDR? {
    if let network = CIDR(text) { return network }
    problems.add(
      place, path, "\"\(text.shortened)\" is no network; write 203.0.113.0/24, 2001:db8::/48 or a single address")
    return nil
  }

  // MARK: What must fit together

  private func checkTogether(_ settings: Settings, _ top: Section) {
    if settings.tls.certificates.isEmpty, let secure = settings.listeners.first(where: { $0.transport.isSecure }) {
      problems.add(
        top.memberPlace("listen"), "listen",
        "\(secure.url) needs a certificate; write tls: { certificate: cert.pem, key: key.pem }, or listen without TLS")
    }
  }
}
