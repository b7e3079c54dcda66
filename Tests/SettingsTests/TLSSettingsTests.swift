import Settings
import Testing

@Suite("Settings: tls")
struct TLSSettingsTests {
  @Test("Every key is read; paths begin where the file is")
  func everyKey() throws {
    let read = try #require(
      load(
        """
        listen: ["tls://127.0.0.1"]
        tls:
          certificate: a.pem
          key: /keys/a.key
          ocsp: a.der
          certificates:
            - { certificate: b.pem, key: b.key, names: ["*.B.test", c.test] }
          client_ca: clients.pem
          client_certificates: required
          ca: others.pem
          handshake_seconds: 3
          tickets: false
          min_version: "1.3"
          alias: true
        """
      ).0)
    #expect(read.listeners.map(\.url) == ["tls://127.0.0.1:5061"])
    var expected = Settings.TLS()
    expected.certificates = [
      .init(certificatePath: "dir/a.pem", keyPath: "/keys/a.key", statusPath: "dir/a.der"),
      .init(certificatePath: "dir/b.pem", keyPath: "dir/b.key", names: ["*.b.test", "c.test"]),
    ]
    expected.clientCAPath = "dir/clients.pem"
    expected.clientCertificates = .required
    expected.authoritiesPath = "dir/others.pem"
    expected.handshake = .seconds(3)
    expected.hasTickets = false
    expected.minimumVersion = .tls13
    expected.takesAliases = true
    #expect(read.tls == expected)
  }

  @Test("Who names an authority of clients wants their certificates")
  func clientAuthority() throws {
    let asked = try #require(load("tls: { client_ca: x.pem }").0)
    #expect(asked.tls.clientCertificates == .optional)
    let unasked = try #require(load("tls: { client_ca: x.pem, client_certificates: none }").0)
    #expect(unasked.tls.clientCertificates == .none)
  }

  @Test(
    "each wrong value is a problem of its key",
    arguments: [
      ("tls: { certificate: a.pem }", "tls.key"), ("tls: { ocsp: a.der }", "tls.certificate"),
      ("tls: { certificates: [{ key: a.key }] }", "tls.certificates[0].certificate"),
      ("tls: { certificates: [{ certificate: a, key: b, x: 1 }] }", "tls.certificates[0].x"),
      ("tls: { certificates: [{ certificate: a, key: b, names: [\"a b\"] }] }", "tls.certificates[0].names[0]"),
      ("tls: { certificates: [{ certificate: a, key: b, names: [\"*\"] }] }", "tls.certificates[0].names[0]"),
      ("tls: { client_certificates: required }", "tls.client_certificates"), ("tls: { alias: true }", "tls.alias"),
      ("tls: { client_ca: a, client_certificates: maybe }", "tls.client_certificates"),
      ("tls: { handshake_seconds: 0 }", "tls.handshake_seconds"), ("tls: { tickets: yes }", "tls.tickets"),
      ("tls: { handshake_seconds: 121 }", "tls.handshake_seconds"),
      ("tls: { min_version: \"1.1\" }", "tls.min_version"), ("listen: [\"tls://127.0.0.1\"]", "listen"),
    ])
  func wrong(_ text: String, _ key: String) {
    let problems = load(text).1
    #expect(problems.map(\.key) == [key])
    #expect(problems.allSatisfy { !$0.message.isEmpty })
  }

  @Test("More certificates than a node may show")
  func tooMany() {
    func list(_ count: Int) -> String {
      let entries = Array(repeating: "{ certificate: a, key: b }", count: count).joined(separator: ", ")
      return "tls: { certificates: [\(entries)] }"
    }
    #expect(load(list(Settings.TLS.maxCertificates)).1.isEmpty)
    #expect(load(list(Settings.TLS.maxCertificates + 1)).1.map(\.key) == ["tls.certificates"])
  }
}
