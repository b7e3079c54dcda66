import Settings
import Testing
import Wire

@Suite("Settings: council")
struct CouncilSettingsTests {
  @Test("without a word it runs here, on loopback")
  func defaults() throws {
    let read = try #require(load("").0?.council)
    #expect(read == Settings.Council())
    #expect(read.isOn && read.external == nil)
    #expect(read.ras.description == "127.0.0.1:1719" && read.signalling.description == "127.0.0.1:1720")
    #expect(read.ras.ip.isLoopback && read.signalling.ip.isLoopback)
    #expect(load("listen: [\"udp://192.0.2.7:5060\"]").0?.council == read)
  }

  @Test("every key is read")
  func everyKey() throws {
    let (settings, problems) = load(
      """
      council:
        mode: external
        ras: "udp://192.0.2.7:0"
        signalling: "tcp://192.0.2.8"
        h245_ports: [11000, 11000]
        h245_networks: [192.0.2.0/24]
        max_connections: 9
        max_per_address: 3
        identifier: gk-1
        aliases: [ifsip, "4711"]
        gateway_aliases: []
        alternates: ["192.0.2.8:1719", "[2001:db8::8]:1719"]
        neighbours: [198.51.100.0/24]
        pre_granted: true
        time_to_live_seconds: 60
        capacity: 5
        lifetime_seconds: 600
        external:
          gatekeeper: [GK.example.net., "192.0.2.1:1819", "[2001:db8::1]:1"]
          mcu: "mcu.example.net:1820"
          endpoint_id: "if://gateway/edge"
          h235_password_file: keys/gatekeeper
          redirect_networks: [192.0.2.0/25]
      """)
    #expect(problems == [])
    let read = try #require(settings?.council)
    #expect(read.ras.description == "192.0.2.7:0" && read.signalling.description == "192.0.2.8:1720")
    #expect(read.h245Ports == 11_000...11_000 && read.h245Networks.map(\.description) == ["192.0.2.0/24"])
    #expect(read.maxConnections == 9 && read.maxPerAddress == 3 && read.identifier == "gk-1")
    #expect(read.aliases == ["ifsip", "4711"] && read.gatewayAliases.isEmpty && read.timeToLive == .seconds(60))
    #expect(read.alternates.map(\.description) == ["192.0.2.8:1719", "[2001:db8::8]:1719"] && read.preGranted)
    #expect(read.neighbours.map(\.description) == ["198.51.100.0/24"])
    #expect(read.capacity == 5 && read.lifetime == .seconds(600))
    let external = try #require(read.external)
    #expect(
      external.gatekeepers.map(\.description) == ["gk.example.net:1719", "192.0.2.1:1819", "[2001:db8::1]:1"])
    #expect(external.gatekeepers.map { $0.address != nil } == [false, true, true])
    #expect(external.mcu?.description == "mcu.example.net:1820")
    #expect(external.redirectNetworks.map(\.description) == ["192.0.2.0/25"])
    #expect(external.endpointID == "if://gateway/edge" && external.passwordPath?.hasSuffix("keys/gatekeeper") == true)
  }

  @Test("one of others is told where media is, unless something else is written")
  func external() throws {
    let listen = "listen: [\"udp://127.0.0.1:5060\", \"udp://192.0.2.7:5060\"]\n"
    let read = try #require(load(listen + "council: { external: { gatekeeper: gk.example } }").0?.council)
    #expect(read.external?.gatekeepers.count == 1 && read.external?.mcu == nil)
    #expect(read.ras.description == "192.0.2.7:1719" && read.signalling.description == "192.0.2.7:1720")
    let only = try #require(load("council: { mode: external, external: { mcu: \"192.0.2.1\" } }").0?.council)
    #expect(only.external?.mcu?.address?.description == "192.0.2.1:1720" && only.external?.gatekeepers == [])
  }

  @Test("off is off")
  func off() throws {
    let read = try #require(load("council: { mode: off }").0?.council)
    #expect(!read.isOn && read.external == nil)
    // What is not listened on is in nobody's way.
    #expect(load("listen: [\"udp://127.0.0.1:1719\"]\ncouncil: { mode: off }").1 == [])
  }

  @Test(
    "each wrong value is a problem of its key",
    arguments: [
      ("council: { mode: on }", "council.mode"), ("council: builtin", "council"),
      ("council: { mode: external }", "council.external.mcu"),
      ("council: { external: { } }", "council.external.mcu"),
      ("council: { mode: builtin, external: { mcu: \"h:1\" } }", "council.external"),
      ("council: { mode: off, external: { mcu: \"h:1\" } }", "council.external"),
      ("council: { external: { mcu: \"h:0\" } }", "council.external.mcu"),
      ("council: { external: { mcu: h, h235_password_file: p } }", "council.external.h235_password_file"),
      ("council: { external: { mcu: h, endpoint_id: e } }", "council.external.endpoint_id"),
      ("council: { external: { gatekeeper: h, endpoint_id: \"a b\" } }", "council.external.endpoint_id"),
      ("council: { external: { mcu: \"a b\" } }", "council.external.mcu"),
      ("council: { external: { mcu: h, gatekeeper: \"h:x\" } }", "council.external.gatekeeper"),
      ("council: { external: { mcu: h, gatekeeper: [] } }", "council.external.gatekeeper"),
      ("council: { external: { mcu: h, gatekeeper: [h, \"h:0\"] } }", "council.external.gatekeeper[1]"),
      ("council: { external: { mcu: h, gatekeepers: h } }", "council.external.gatekeepers"),
      ("council: { ras: \"127.0.0.1:1719\" }", "council.ras"),
      ("council: { ras: \"tcp://127.0.0.1:1719\" }", "council.ras"),
      ("council: { ras: \"udp://0.0.0.0:1719\" }", "council.ras"),
      ("council: { ras: \"udp://gk.example:1719\" }", "council.ras"),
      ("council: { signalling: \"udp://127.0.0.1\" }", "council.signalling"),
      ("council: { signalling: \"tcp://[::]:1720\" }", "council.signalling"),
      ("council: { ras: \"udp://[::1]\" }", "council.signalling"),
      ("council: { ras: \"udp://127.0.0.1:5060\" }", "council.ras"),
      ("council: { signalling: \"tcp://127.0.0.1:5060\" }", "council.signalling"),
      ("council: { signalling: \"tcp://127.0.0.1:9464\" }", "council.signalling"),
      ("council: { h245_ports: [11000] }", "council.h245_ports"),
      ("council: { h245_ports: [11001, 11000] }", "council.h245_ports"),
      ("council: { h245_ports: [80, 11000] }", "council.h245_ports[0]"),
      ("council: { h245_networks: [here] }", "council.h245_networks[0]"),
      ("council: { identifier: \"a b\" }", "council.identifier"), ("council: { aliases: [] }", "council.aliases"),
      ("council: { aliases: [a, a] }", "council.aliases"), ("council: { aliases: [\"\"] }", "council.aliases[0]"),
      ("council: { alternates: [\"192.0.2.8\"] }", "council.alternates[0]"),
      ("council: { alternates: [\"gk.example:1719\"] }", "council.alternates[0]"),
      (
        "council: { alternates: [\((1...9).map { "\"192.0.2.\($0):1719\"" }.joined(separator: ", "))] }",
        "council.alternates"
      ),
      ("council: { neighbours: [there] }", "council.neighbours[0]"),
      ("council: { pre_granted: perhaps }", "council.pre_granted"),
      ("council: { port: 1720 }", "council.port"),
    ])
  func wrong(text: String, key: String) {
    let problems = load(text).1
    #expect(problems.contains { $0.key == key && !$0.message.isEmpty }, "\(text): \(problems)")
  }

  @Test("limits: the edge is taken, one beyond is not")
  func edges() {
    for (text, low, high) in [
      ("capacity: #", 2, 1_000), ("lifetime_seconds: #", 60, 604_800), ("time_to_live_seconds: #", 10, 86_400),
      ("max_connections: #", 1, 1_000_000), ("max_per_address: #", 1, 1_000_000),
    ] {
      for (number, problems) in [(low, 0), (high, 0), (low - 1, 1), (high + 1, 1)] {
        let text = "council: { \(text.replacing("#", with: "\(number)")) }"
        #expect(load(text).1.count == problems, "\(text)")
      }
    }
    func gatekeepers(_ count: Int) -> String {
      let names = (0..<count).map { "gk\($0)" }.joined(separator: ", ")
      return "council: { external: { gatekeeper: [\(names)] } }"
    }
    #expect(load(gatekeepers(Settings.Council.External.maxGatekeepers)).1 == [])
    #expect(load(gatekeepers(Settings.Council.External.maxGatekeepers + 1)).1.count == 1)
    func aliases(_ count: Int) -> String {
      "council: { aliases: [\((0..<count).map { "a\($0)" }.joined(separator: ", "))] }"
    }
    #expect(load(aliases(Settings.Council.maxAliases)).1 == [])
    #expect(load(aliases(Settings.Council.maxAliases + 1)).1.count == 1)
  }

  @Test("what a reload cannot change is named")
  func restart() throws {
    let before = try #require(load("").0)
    func keys(_ text: String) -> [String]? { load(text).0.map { before.keysForRestart($0) } }
    #expect(keys("") == [] && keys("rate: { per_expert: 3 }") == [])
    #expect(keys("council: { capacity: 3 }") == ["council"])
    #expect(keys("listen: [{ url: \"udp://127.0.0.1:5060\", algorithms: [MD5] }, \"tcp://127.0.0.1:5060\"]") == [])
    #expect(keys("listen: [\"udp://127.0.0.1:5060\"]\nreactors: 1") == ["listen", "reactors"])
  }
}
