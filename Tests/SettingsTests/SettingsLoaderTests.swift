import Files
import Guard
import Settings
import Testing
import Wire

/// Loads a text and returns the settings, or its problems as `line: key: message`.
func load(_ text: String, environment: [String: String] = [:], file: String = "dir/test.yaml") -> (
  Settings?, [SettingsProblem]
) {
  let bytes = Array(text.utf8)
  do {
    return (try SettingsLoader.load(bytes.span, file: file, environment: environment), [])
  } catch {
    return (nil, error.problems)
  }
}

@Suite("Settings")
struct SettingsLoaderTests {
  @Test("an empty file is the defaults, all on loopback")
  func empty() throws {
    let settings = try #require(load("", file: "test.yaml").0)
    var expected = Settings()
    expected.stateDirectory = "./state"
    #expect(settings == expected)
    #expect(settings.listeners.map(\.url) == ["udp://127.0.0.1:5060", "tcp://127.0.0.1:5060"])
    #expect(settings.listeners.allSatisfy { $0.address.ip.isLoopback })
    #expect(settings.admin?.address.ip.isLoopback == true)
    #expect(settings.media.address.isLoopback)
  }

  @Test("the configuration and registry that ship are right, and say the defaults where they claim to")
  func shipped() throws {
    let root = try #require(repositoryRoot())
    var settings = try SettingsLoader.load(file: root + "/config/ifsip-proxy.yaml")
    #expect(settings.stateDirectory == root + "/config/state")
    #expect(settings.registryPath == root + "/config/registry.yaml")
    #expect(settings.escalationTargets.targets.count == 3)
    #expect(settings.escalationTargets.match("expert-safety@anywhere.example") != nil)
    let registry = try RegistryLoader.load(file: root + "/config/registry.yaml")
    #expect(registry.experts.count == 3)
    #expect(registry.coveredHazards.hazards.count == 6)
    #expect(registry.guardians.count == 2)
    #expect(registry.agents.count == 1)

    settings.stateDirectory = "./state"
    settings.registryPath = nil
    settings.escalationTargets = EscalationTargets()
    settings.evidence.root = "./evidence"
    #expect(settings == Settings())
  }

  @Test("every key that exists is documented in the configuration that ships, with its default")
  func documented() throws {
    let root = try #require(repositoryRoot())
    let text = String(decoding: try Files.read(root + "/config/ifsip-proxy.yaml", limit: 1 << 20), as: UTF8.self)
    // An unknown key's message lists what is known, so a key that no document names shows up here.
    let problems = load("qqqqqqqqqq: 1").1
    let known = try #require(problems.first?.message.split(separator: "known here: ").last)
    for key in known.split(separator: ", ") { #expect(text.contains("\(key):"), "\(key) is not documented") }
  }

  @Test("every key is read")
  func everyKey() throws {
    let (settings, problems) = load(
      """
      state_dir: /var/lib/ifsip
      domains: [IF.Internal., 192.0.2.9]
      listen: ["udp://0.0.0.0", "tcp://[::1]:5070", { url: "udp://127.0.0.1:0", algorithms: [MD5] }, { url: "tcp://127.0.0.1:7", proxy_protocol: [10.0.0.5, "2001:db8::/64"] }]
      admin: "http://[::1]:1/"
      tls: { certificate: cert.pem, key: /k.pem, client_ca: null }
      auth: { realm: r, invite: off, register: off, algorithms: [MD5, SHA-512-256], nonce_seconds: 60, failures: 3, lockout_seconds: 20 }
      tls_required_for: none
      trusted_from: [{ cidr: 10.0.0.5/32, transport: tls, client_san: Edge.if.internal }, 10.1.0.0/16]
      trusted_to: [10.0.0.0/8]
      hide_topology: { inside: [192.0.2.0/24], contact: true }
      privacy_service: true
      allow: ["2001:db8::/32", 127.0.0.1]
      relay_domains: [example.com, "*.Example.org"]
      rate: { per_expert: 5, window_seconds: 30 }
      flood: { messages_per_second: off, burst: 7 }
      guard: { alerts: { raise_posture_to: closed, severities: [page, critical], forget_after_seconds: 90 } }
      registry: sub/registry.yaml
      escalation_targets: [{ uri: "sip:council-safety@if.internal", hazard: safety }, sip:expert-*@*]
      routes: [{ match: "sip:*@example.net", next_hop: "sip:10.0.0.1:5080;transport=tcp;lr" }, { match: "sip:b", next_hop: "sip:[::1];transport=tls", verify: PBX.example.net. }, { match: "sip:c", next_hop: [sip:PBX.example.net., "sip:b.example:5070;transport=udp", "sip:192.0.2.7"], health_check_seconds: 30 }]
      dns: { servers: [192.0.2.53, "[2001:db8::53]:5353"], timeout_ms: 250, tries: 3, cache_entries: 100, negative_ttl_seconds: 5 }
      advertise: { sip: proxy.example.net, media: 198.51.100.7 }
      drain_seconds: 0
      reactors: 2
      calls: { max_active: 5, max_per_expert: 2, ring_seconds: 181, t1_ms: 50, max_registrations: 9, max_bindings: 3, memory_mb: 16 }
      redirects: follow
      server_name: ""
      failover_ms: 900
      overload_ms: 77
      registrar: { min_expires: 60, max_expires: 600, default_expires: 300, durability: strict }
      service_route: ["sip:edge.if.internal;lr", "sips:192.0.2.7:5061;lr"]
      tcp: { max_connections: 9, max_per_address: 3, idle_seconds: 10, first_message_seconds: 1, message_seconds: 2, alias: true }
      websocket: { path: /phones, origins: ["https://Phone.example:8443", "*"], deflate: false, ping_seconds: 5 }
      media: { address: "::1", ports: [10000, 10010], srtp: required_for_escalations }
      council: { mode: builtin }
      witness: { mode: strict, origin: o.example/w, segment_bytes: 1048576, queue: 100, compress_after_days: 30, delete_after_days: 400 }
      evidence: { root: /e }
      http: { public_api: true }
      log: { level: debug, format: text }
      hep: { server: "udp://192.0.2.9" }
      """)
    #expect(problems == [])
    let read = try #require(settings)
    #expect(read.stateDirectory == "/var/lib/ifsip")
    #expect(read.domains == ["if.internal", "192.0.2.9"])
    #expect(
      read.listeners.map(\.url) == [
        "udp://0.0.0.0:5060", "tcp://[::1]:5070", "udp://127.0.0.1:0", "tcp://127.0.0.1:7",
      ])
    #expect(read.listeners.map(\.algorithms) == [nil, nil, [.md5], nil])
    #expect(
      read.listeners.map { $0.balancers?.map(\.description) } == [nil, nil, nil, ["10.0.0.5/32", "2001:db8::/64"]])
    #expect(read.serverName.isEmpty && read.calls.maxPerExpert == 2 && read.tcp.message == .seconds(2))
    #expect(read.admin?.address.description == "[::1]:1")
    #expect(read.tls.certificates == [Settings.TLS.Certificate(certificatePath: "dir/cert.pem", keyPath: "/k.pem")])
    #expect(read.auth.realm == "r")
    #expect(read.auth.invite == .off && read.auth.register == .off)
    #expect(read.auth.algorithms == [.md5, .sha512_256])
    #expect(read.auth.nonceLifetime == .seconds(60) && read.auth.failures == 3 && read.auth.lockout == .seconds(20))
    #expect(read.tlsRequiredFor == .none)
    #expect(read.trustedFrom.count == 2)
    #expect(read.trustedFrom.first?.clientSAN == "edge.if.internal")
    #expect(read.trustedTo.count == 1 && read.allow.count == 2)
    #expect(read.hideTopology?.inside.map(\.description) == ["192.0.2.0/24"])
    #expect(read.hideTopology?.hidesContacts == true && read.isPrivacyService)
    #expect(read.relayDomains == ["example.com", "*.example.org"])
    #expect(read.rate.perExpert == 5 && read.rate.window == .seconds(30))
    #expect(read.flood.messagesPerSecond == nil && read.flood.burst == 7)
    #expect(
      read.guardSettings.alerts
        == AlertPolicy(raisesTo: .closed, severities: ["critical", "page"], forgetAfter: .seconds(90)))
    #expect(read.registryPath == "dir/sub/registry.yaml")
    #expect(read.escalationTargets.match("council-safety@if.internal")?.hazard == .safety)
    #expect(read.routes.map(\.socketAddress?.description) == ["10.0.0.1:5080", "[::1]:5061", nil])
    #expect(read.routes.map(\.transport) == [.tcp, .tls, .udp])
    #expect(read.routes.map(\.verifiedName) == [nil, "pbx.example.net", nil])
    #expect(read.routes.map(\.healthCheck) == [nil, nil, .seconds(30)])
    #expect(read.routes.first?.hops.map(\.uri) == ["sip:10.0.0.1:5080;transport=tcp;lr"])
    #expect(read.routes.last?.hops.map(\.host) == ["pbx.example.net", "b.example", "192.0.2.7"])
    #expect(read.routes.last?.hops.map(\.port) == [nil, 5_070, nil])
    #expect(read.routes.last?.hops.map(\.transport) == [nil, .udp, nil])
    #expect(read.routes.last?.hops.map(\.socketAddress) == [nil, nil, SocketAddress("192.0.2.7:5060")])
    #expect(read.dns.servers.map(\.description) == ["192.0.2.53:53", "[2001:db8::53]:5353"])
    #expect(read.dns.timeout == .milliseconds(250) && read.dns.tries == 3)
    #expect(read.dns.cacheEntries == 100 && read.dns.negativeTTL == .seconds(5))
    #expect(read.routes.first?.match.matches(user: "a", host: "example.net") == true)
    #expect(read.advertise.sip == "proxy.example.net")
    #expect(read.advertise.media == IPAddress("198.51.100.7"))
    #expect(read.drain == .zero && read.reactors == 2)
    #expect(read.calls.maxActive == 5 && read.calls.ring == .seconds(181) && read.calls.t1 == .milliseconds(50))
    #expect(read.calls.memoryBytes == 16 << 20 && read.redirects == .follow)
    #expect(read.failover == .milliseconds(900) && read.overload == .milliseconds(77))
    #expect(read.calls.maxRegistrations == 9 && read.calls.maxBindings == 3)
    #expect(read.registrar.minimumExpires == 60 && read.registrar.maximumExpires == 600)
    #expect(read.registrar.defaultExpires == 300 && read.registrar.durability == .strict)
    #expect(read.serviceRoute == ["sip:edge.if.internal;lr", "sips:192.0.2.7:5061;lr"])
    #expect(read.tcp.maxConnections == 9 && read.tcp.maxPerAddress == 3)
    #expect(read.tcp.idle == .seconds(10) && read.tcp.firstMessage == .seconds(1) && read.tcp.takesAliases)
    #expect(read.webSocket.path == "/phones" && read.webSocket.origins == ["https://phone.example:8443", "*"])
    #expect(!read.webSocket.compresses && read.webSocket.ping == .seconds(5))
    #expect(read.media.ports == 10_000...10_010 && read.media.srtp == .requiredForEscalations)
    #expect(read.witness.mode == .strict && read.witness.segmentBytes == 1_048_576 && read.witness.queue == 100)
    #expect(read.witness.compressAfterDays == 30 && Settings.WitnessSettings().compressAfterDays == nil)
    #expect(read.witness.deleteAfterDays == 400 && Settings.WitnessSettings().deleteAfterDays == nil)
    #expect(read.evidence.root == "/e" && read.http.publicAPI)
    #expect(read.log.level == .debug && read.log.format == .text && read.hep?.url == "udp://192.0.2.9:9060")
  }

  @Test("WebSocket can be listened on, at port 8080 unless it is said, over TLS at 8443")
  func webSocket() {
    let settings = load("listen: [\"ws://127.0.0.1\", \"ws://[::1]:8081\"]").0
    #expect(settings?.listeners.map(\.url) == ["ws://127.0.0.1:8080", "ws://[::1]:8081"])
    // One socket cannot be two.
    #expect(load("listen: [\"tcp://127.0.0.1:5060\", \"ws://127.0.0.1:5060\"]").1.map(\.key) == ["listen[1]"])
    let secure = load("listen: [\"wss://127.0.0.1\"]\ntls: { certificate: c.pem, key: k.pem }").0
    #expect(secure?.listeners.map(\.url) == ["wss://127.0.0.1:8443"])
    #expect(load("listen: [\"wss://127.0.0.1\"]").1.count == 1)
  }

  @Test("who is hidden, and from whom")
  func hiding() {
    #expect(load("hide_topology: off").0?.hideTopology == nil)
    // Who may see users may see hops.
    let trusted = load("hide_topology: { contact: true }\ntrusted_to: [10.0.0.0/8]").0
    #expect(trusted?.hideTopology == .init(inside: [], hidesContacts: true))
    func keys(_ text: String) -> [String] { load(text).1.map(\.key) }
    #expect(keys("hide_topology: { contact: true }") == ["hide_topology.inside"])
    #expect(keys("hide_topology: { inside: [] }") == ["hide_topology.inside"])
    #expect(keys("hide_topology: { inside: [10.0.0.0/33, 10.0.0.0/8] }") == ["hide_topology.inside[0]"])
    #expect(keys("hide_topology: { inside: [10.0.0.0/8], contacts: true }") == ["hide_topology.contacts"])
    #expect(keys("hide_topology: { inside: [10.0.0.0/8], contact: some }") == ["hide_topology.contact"])
    #expect(keys("hide_topology: on") == ["hide_topology"])
    #expect(keys("privacy_service: maybe") == ["privacy_service"])
  }

  @Test("the name that a hop has to prove is for TLS, and one for each address")
  func verify() {
    func keys(_ routes: String) -> [String] { load("routes: [\(routes)]").1.map(\.key) }
    let tls = "{ match: \"sip:a\", next_hop: \"sip:192.0.2.1;transport=tls\", verify: a.test }"
    #expect(keys(tls) == [])
    #expect(keys("{ match: \"sip:a\", next_hop: \"sip:pbx.test\", verify: a.test }") == [])
    #expect(keys("{ match: \"sip:a\", next_hop: \"sips:192.0.2.1\", verify: 192.0.2.9 }") == [])
    #expect(keys("{ match: \"sip:a\", next_hop: \"sip:192.0.2.1\", verify: a.test }") == ["routes[0].verify"])
    #expect(keys("{ match: \"sip:a\", next_hop: \"sips:192.0.2.1\", verify: \"*.a.test\" }") == ["routes[0].verify"])
    #expect(keys("\(tls), { match: \"sip:b\", next_hop: \"sips:192.0.2.1\", verify: a.test }") == [])
    #expect(
      keys("\(tls), { match: \"sip:b\", next_hop: \"sips:192.0.2.1\", verify: b.test }") == ["routes[1].verify"])
    #expect(keys("\(tls), { match: \"sip:b\", next_hop: \"sips:192.0.2.1:5071\", verify: b.test }") == [])
  }

  @Test("the realm is the first domain unless it is said")
  func realm() {
    #expect(load("domains: [a.example]").0?.auth.realm == "a.example")
  }

  @Test("all problems are told at once, in the file's order, each with line, column and key")
  func allAtOnce() {
    let problems = load(
      """
      drain_seconds: soon
      auth:
        algorithms: [MD5, SHA1]
        realmm: x
      listen: ["udp://127.0.0.1:5060", "wss://127.0.0.1:5061", "udp://example.net"]
      nonsense: 1
      """
    ).1
    #expect(
      problems.map { "\($0.line):\($0.column) \($0.key)" } == [
        "1:16 drain_seconds", "3:21 auth.algorithms[1]", "4:3 auth.realmm", "5:1 listen", "5:58 listen[2]",
        "6:1 nonsense",
      ])
    #expect(problems[2].message == "there is no such key; did you mean realm?")
    #expect(problems[3].message.contains("needs a certificate"))
    #expect(problems[0].description == "dir/test.yaml:1:16: drain_seconds: a whole number belongs here, not \"soon\"")
  }

  @Test(
    "each wrong value is a problem of its key",
    arguments: [
      ("state_dir: []", "state_dir"), ("state_dir: \"\"", ""), ("domains: []", "domains"),
      ("domains: [\"a b\"]", "domains[0]"), ("domains: x", "domains"), ("listen: []", "listen"),
      ("listen: [\"udp://127.0.0.1:99999\"]", "listen[0]"), ("listen: [\"sctp://127.0.0.1\"]", "listen[0]"),
      ("listen: [\"udp://127.0.0.1\", \"udp://127.0.0.1:5060\"]", "listen[1]"), ("listen: [[]]", "listen[0]"),
      ("listen: [{}]", "listen[0].url"), ("listen: [{ url: \"udp://127.0.0.1\", x: 1 }]", "listen[0].x"),
      ("listen: [{ url: \"udp://127.0.0.1\", proxy_protocol: [10.0.0.5] }]", "listen[0].proxy_protocol"),
      ("listen: [{ url: \"tcp://127.0.0.1\", proxy_protocol: [] }]", "listen[0].proxy_protocol"),
      ("listen: [{ url: \"tcp://127.0.0.1\", proxy_protocol: [lb.example] }]", "listen[0].proxy_protocol[0]"),
      ("server_name: \"a\\nb\"", "server_name"), ("calls: { max_per_expert: 0 }", "calls.max_per_expert"),
      ("tcp: { message_seconds: 0 }", "tcp.message_seconds"), ("admin: https://127.0.0.1", "admin"),
      ("tls: { key: k.pem }", "tls.certificate"), ("tls: yes", "tls"),
      ("auth: { realm: \"\\\"\" }", "auth.realm"), ("auth: { algorithms: [] }", "auth.algorithms"),
      ("auth: { algorithms: [MD5, MD5] }", "auth.algorithms[1]"), ("auth: { invite: maybe }", "auth.invite"),
      ("tls_required_for: some", "tls_required_for"), ("trusted_from: [{ cidr: x }]", "trusted_from[0].cidr"),
      ("trusted_from: [{ transport: tls }]", "trusted_from[0].cidr"),
      ("trusted_from: [{ cidr: 10.0.0.1, transport: udp, client_san: a.b }]", "trusted_from[0].client_san"),
      ("allow: [10.0.0.0/33]", "allow[0]"), ("rate: { per_expert: 0 }", "rate.per_expert"),
      ("rate: 7", "rate"), ("flood: { messages_per_second: -1 }", "flood.messages_per_second"),
      ("guard: elevated", "guard"), ("guard: { posture: closed }", "guard.posture"),
      ("guard: { alerts: [critical] }", "guard.alerts"), ("guard: { alerts: { raise: closed } }", "guard.alerts.raise"),
      ("guard: { alerts: { raise_posture_to: normal } }", "guard.alerts.raise_posture_to"),
      ("guard: { alerts: { severities: critical } }", "guard.alerts.severities"),
      ("guard: { alerts: { severities: [] } }", "guard.alerts.severities"),
      ("guard: { alerts: { severities: [\"very bad\"] } }", "guard.alerts.severities[0]"),
      ("guard: { alerts: { severities: [critical, \"\"] } }", "guard.alerts.severities[1]"),
      ("escalation_targets: [council]", "escalation_targets[0]"),
      ("escalation_targets: [{ uri: \"sip:a@b\", hazard: fear }]", "escalation_targets[0].hazard"),
      ("routes: [{ match: \"sip:a\" }]", "routes[0].next_hop"),
      ("routes: [{ match: \"http:a\", next_hop: \"sip:b\" }]", "routes[0].match"),
      ("routes: [{ match: \"sip:a\", next_hop: \"sip:u@b\" }]", "routes[0].next_hop"),
      ("routes: [{ match: \"sip:a\", next_hop: \"sip:b;transport=sctp\" }]", "routes[0].next_hop"),
      ("routes: [{ match: \"sip:a\", next_hop: \"sips:b;transport=udp\" }]", "routes[0].next_hop"),
      ("routes: [x]", "routes[0]"), ("routes: [{ match: \"sip:a\", next_hop: [] }]", "routes[0].next_hop"),
      ("routes: [{ match: \"sip:a\", next_hop: { a: b } }]", "routes[0].next_hop"),
      ("routes: [{ match: \"sip:a\", next_hop: [sip:b, [sip:c]] }]", "routes[0].next_hop[1]"),
      ("routes: [{ match: \"sip:a\", next_hop: [sip:b, \"sip:B.;lr\"] }]", "routes[0].next_hop[1]"),
      ("routes: [{ match: \"sip:a\", next_hop: \"sip:b:0\" }]", "routes[0].next_hop"),
      ("routes: [{ match: \"sip:a\", next_hop: sip:b, health_check_seconds: x }]", "routes[0].health_check_seconds"),
      ("dns: { servers: [ns.example.net] }", "dns.servers[0]"),
      ("dns: { servers: [\"192.0.2.1:0\"] }", "dns.servers[0]"),
      ("dns: { servers: 192.0.2.1 }", "dns.servers"), ("dns: { server: [] }", "dns.server"), ("dns: [1]", "dns"),
      ("advertise: { sip: \"a b\" }", "advertise.sip"),
      ("drain_seconds: 3601", "drain_seconds"), ("reactors: 0", "reactors"),
      ("calls: { ring_seconds: 180 }", "calls.ring_seconds"),
      ("tcp: { max_connections: 0 }", "tcp.max_connections"), ("tcp: { max_per_address: 0 }", "tcp.max_per_address"),
      ("tcp: { idle_seconds: 9 }", "tcp.idle_seconds"),
      ("tcp: { first_message_seconds: 0 }", "tcp.first_message_seconds"), ("tcp: { alias: perhaps }", "tcp.alias"),
      ("websocket: { path: sip }", "websocket.path"), ("websocket: { path: \"/a b\" }", "websocket.path"),
      ("websocket: { path: \"/a?b\" }", "websocket.path"), ("websocket: { origins: x }", "websocket.origins"),
      ("websocket: { origins: [phone.example] }", "websocket.origins[0]"),
      ("websocket: { origins: [\"https://phone.example/\"] }", "websocket.origins[0]"),
      ("websocket: { deflate: perhaps }", "websocket.deflate"),
      ("websocket: { ping_seconds: 0 }", "websocket.ping_seconds"),
      ("media: { ports: [5, 6] }", "media.ports[0]"), ("media: { ports: [6000, 5000] }", "media.ports"),
      ("council: { mode: external }", "council.external.mcu"), ("witness: { mode: sometimes }", "witness.mode"),
      ("witness: { origin: \"a b\" }", "witness.origin"),
      ("witness: { compress_after_days: -1 }", "witness.compress_after_days"),
      ("witness: { delete_after_days: x }", "witness.delete_after_days"),
      ("witness: { cosign_seconds: 0 }", "witness.cosign_seconds"),
      ("witness: { quorum: 2 }", "witness.quorum"), ("witness: { cosigners: { } }", "witness.cosigners"),
      ("http: { public_api: 1 }", "http.public_api"),
      ("log: { level: loud }", "log.level"), ("[1]", ""), ("just text", ""),
    ])
  func wrongValues(text: String, key: String) {
    let problems = load(text).1
    #expect(problems.contains { $0.key == key && $0.line == 1 }, "\(text): \(problems)")
    #expect(problems.allSatisfy { !$0.message.isEmpty })
  }

  @Test("limits: the edge is taken, one beyond is not")
  func edges() {
    for (text, low, high) in [
      ("drain_seconds: #", 0, 3_600), ("reactors: #", 1, 256), ("dns: { timeout_ms: # }", 50, 10_000),
      ("dns: { tries: # }", 1, 5), ("dns: { cache_entries: # }", 16, 1_000_000),
      ("dns: { negative_ttl_seconds: # }", 0, 3_600),
      ("guard: { alerts: { forget_after_seconds: # } }", 0, 604_800),
      ("routes: [{ match: \"sip:a\", next_hop: sip:b, health_check_seconds: # }]", 0, 3_600),
    ] {
      for (number, problems) in [(low, 0), (high, 0), (low - 1, 1), (high + 1, 1)] {
        #expect(load(text.replacing("#", with: "\(number)")).1.count == problems, "\(text) \(number)")
      }
    }
  }

  @Test("an alert is never forgotten when that takes no time, and raises nothing unless it is said")
  func alerts() {
    #expect(load("guard: { alerts: { forget_after_seconds: 0 } }").0?.guardSettings.alerts.forgetAfter == .some(nil))
    #expect(load("guard: { alerts: { raise_posture_to: none } }").0?.guardSettings == Settings.GuardSettings())
    #expect(Settings.GuardSettings().alerts.raisesTo == nil)
    func severities(_ count: Int) -> String {
      "guard: { alerts: { severities: [\((1...count).map { "s\($0)" }.joined(separator: ", "))] } }"
    }
    #expect(load(severities(AlertLimits.maxSeverities)).0?.guardSettings.alerts.severities.count == 16)
    #expect(load(severities(AlertLimits.maxSeverities + 1)).1.map(\.key) == ["guard.alerts.severities"])
  }

  @Test("lists: as many hops and servers as the limit, and not one more")
  func listEdges() {
    func hops(_ count: Int) -> String {
      "routes: [{ match: \"sip:a\", next_hop: [\((1...count).map { "sip:h\($0)" }.joined(separator: ", "))] }]"
    }
    #expect(load(hops(16)).0?.routes.first?.hops.count == 16)
    #expect(load(hops(17)).1.map(\.key) == ["routes[0].next_hop"])
    func servers(_ count: Int) -> String {
      "dns: { servers: [\((1...count).map { "192.0.2.\($0)" }.joined(separator: ", "))] }"
    }
    #expect(load(servers(8)).0?.dns.servers.count == 8)
    #expect(load(servers(9)).1.map(\.key) == ["dns.servers"])
  }

  @Test("environment variables go before the file")
  func environment() throws {
    let (settings, problems) = load(
      "state_dir: a\nauth: { realm: file, failures: 2 }",
      environment: [
        "IFSIP_STATE_DIR": "env/state", "IFSIP_LISTEN": "udp://127.0.0.1:1, tcp://127.0.0.1:2",
        "IFSIP_AUTH__REALM": "env",
        "IFSIP_ROUTES": "[{ match: \"sip:*@b\", next_hop: \"sip:192.0.2.1\" }]", "IFSIP_WITNESS__MODE": "off",
        "IFSIP_PROXY": "/usr/bin/x", "IFSIP_TEST_FULL": "1", "PATH": "/bin", "IFSIP_DOMAINS": "",
      ])
    #expect(problems == [])
    let read = try #require(settings)
    #expect(read.stateDirectory == "env/state")
    #expect(read.listeners.map(\.url) == ["udp://127.0.0.1:1", "tcp://127.0.0.1:2"])
    #expect(read.auth.realm == "env" && read.auth.failures == 2)
    #expect(read.routes.count == 1)
    #expect(read.witness.mode == .off)
  }

  @Test("a wrong variable is named, not a line")
  func wrongEnvironment() {
    let problems = load(
      "", environment: ["IFSIP_DRAIN_SECONDS": "x", "IFSIP_NO_SUCH": "1", "IFSIP_AUTH__": "1", "IFSIP_ALLOW": "[&a 1]"]
    ).1
    #expect(Set(problems.map(\.key)) == ["IFSIP_DRAIN_SECONDS", "IFSIP_NO_SUCH", "IFSIP_AUTH__", "IFSIP_ALLOW"])
    #expect(problems.allSatisfy { $0.file == "environment" && $0.line == 0 })
  }

  @Test("a file that is not there says what to do")
  func missingFile() {
    do {
      _ = try SettingsLoader.load(file: "/nonexistent/x.yaml")
      Issue.record("it is not there")
    } catch {
      #expect(error.problems.count == 1)
      #expect(error.description.contains("/nonexistent/x.yaml: there is no such file"))
    }
  }
}

/// The repository's root: the nearest folder above this file with a Package.swift and a config folder.
func repositoryRoot() -> String? {
  var path = #filePath
  while path != "/" {
    path = Files.directory(of: path)
    if (try? Files.isDirectory(path + "/config")) == true { return path }
  }
  return nil
}
