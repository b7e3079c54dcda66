import CertificateSupport
import TLSEngine
import Testing
import Wire

@Suite("TLS: handshakes between two engines")
struct HandshakeTests {
  @Test("Both versions, and what was agreed upon", arguments: TLSVersion.allCases)
  func versions(_ version: TLSVersion) throws {
    let pair = Pair(try serverContext { $0.maximumVersion = version }, try clientContext())
    pair.pump()
    #expect(pair.clientState == .open && pair.serverState == .open)
    let facts = try #require(pair.serverFacts)
    #expect(facts.version == version && facts.serverName == "if.internal" && !facts.isResumed)
    #expect(facts.peerNames.isEmpty && !facts.isPeerVerified)
    let seen = try #require(pair.clientFacts)
    #expect(seen.isPeerVerified && seen.peerNames == [.dns("if.internal")])
    #expect(seen.cipher == (version == .tls13 ? "TLS_AES_128_GCM_SHA256" : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))
    pair.client.write(Array("ping".utf8).span)
    pair.server.write(Array("pong".utf8).span)
    pair.pump()
    #expect(pair.serverHeard == Array("ping".utf8) && pair.clientHeard == Array("pong".utf8))
  }

  @Test("Pieces of any size", arguments: TLSVersion.allCases, [1, 2, 3, 5, 6, 17, 100, 1000])
  func pieces(_ version: TLSVersion, _ size: Int) throws {
    let pair = Pair(try serverContext { $0.maximumVersion = version }, try clientContext())
    pair.pump(size)
    #expect(pair.clientState == .open && pair.serverState == .open)
    let message = (0..<40_000).map { UInt8(truncatingIfNeeded: $0) }
    pair.client.write(message.span)
    pair.pump(size)
    #expect(pair.serverHeard == message)
  }

  @Test("The first message split at every byte")
  func everySplit() throws {
    let (server, client) = (try serverContext(), try clientContext())
    var probe = TLSEngine(connecting: client, to: .domain("if.internal"), now: now)
    probe.start()
    for place in 0...probe.takeCiphertext().count {
      let pair = Pair(server, client)
      pair.client.start()
      let hello = pair.client.takeCiphertext()
      let place = min(place, hello.count)
      pair.server.receive(hello.span.extracting(0..<place))
      if place < hello.count { #expect(pair.serverState == .handshaking) }
      pair.server.receive(hello.span.extracting(place..<hello.count))
      pair.client.receive(pair.server.takeCiphertext().span)
      pair.pump()
      #expect(pair.serverState == .open, "split at \(place)")
    }
  }

  @Test("No version in common")
  func noVersion() throws {
    let pair = Pair(try serverContext { $0.minimumVersion = .tls13 }, try clientContext { $0.maximumVersion = .tls12 })
    pair.pump()
    #expect(pair.serverState == .failed(.version))
    #expect(pair.clientState == .failed(.alert(70)))
  }

  @Test("A certificate that has expired is refused by both roles, by the time they are told")
  func expired() throws {
    let pair = Pair(try serverContext(), try clientContext(), time: now + .seconds(60 * 86_400))
    pair.pump()
    #expect(pair.clientState == .failed(.certificate(.outOfDate)))
    #expect(throws: TLSContextError.self) {
      try TLSContext(
        TLSServerConfiguration(identities: [Shared.identity]), now: now + .seconds(60 * 86_400),
        uptime: .init(nanoseconds: 0))
    }
  }

  @Test("An authority that nobody knows")
  func unknownAuthority() throws {
    let pair = Pair(try serverContext(Authority.stranger.sign("DNS:if.internal")), try clientContext())
    pair.pump()
    #expect(pair.clientState == .failed(.certificate(.unknownAuthority)))
    #expect(pair.serverState == .failed(.alert(48)))
  }

  @Test(
    "Whose certificate it is (RFC 5922 §7)",
    arguments: [
      ("DNS:if.internal", "", "if.internal", true), ("DNS:IF.Internal", "", "if.INTERNAL", true),
      ("URI:sip:if.internal", "", "if.internal", true), ("URI:sip:if.internal,DNS:x.test", "", "x.test", false),
      ("URI:sip:bob@if.internal,DNS:x.test", "", "if.internal", false),
      ("URI:sips:if.internal", "", "if.internal", false),
      ("URI:https://if.internal", "", "if.internal", false), ("DNS:*.internal", "", "if.internal", false),
      ("DNS:if.internal", "", "sub.if.internal", false), ("DNS:sub.if.internal", "", "if.internal", false),
      ("", "if.internal", "if.internal", true), ("DNS:x.test", "if.internal", "if.internal", false),
      ("IP:127.0.0.1", "", "127.0.0.1", true), ("IP:127.0.0.2", "", "127.0.0.1", false),
      ("DNS:if.internal", "127.0.0.1", "127.0.0.1", false), ("IP:::1", "", "[::1]", true),
    ])
  func names(_ names: String, _ common: String, _ wanted: String, _ isRight: Bool) throws {
    let identity = Authority.shared.sign(names, commonName: common)
    let pair = Pair(try serverContext(identity), try clientContext(), peer: TLSPeerName(host: wanted))
    pair.pump()
    if isRight {
      #expect(pair.clientState == .open)
    } else {
      #expect(pair.clientState == .failed(.certificate(.wrongName)))
      // It was told inside the handshake, before anything of ours was sent.
      #expect(pair.serverState != .open)
    }
  }

  @Test("Client certificates", arguments: TLSVersion.allCases, TLSClientCertificates.allCases)
  func clientCertificates(_ version: TLSVersion, _ wish: TLSClientCertificates) throws {
    let server = try serverContext {
      $0.clientCertificates = wish
      $0.clientAuthorities = Authority.shared.certificate
      $0.maximumVersion = version
    }
    let own = Authority.shared.sign("DNS:edge.test,URI:sip:edge.test,IP:192.0.2.1")
    let good = Pair(server, try clientContext { $0.identity = own })
    good.pump()
    let facts = try #require(good.serverFacts)
    #expect(facts.isPeerVerified == (wish != .none) && facts.proves(domain: "edge.test") == (wish != .none))
    if wish != .none {
      #expect(
        facts.peerNames == [
          .dns("edge.test"), .uri("sip:edge.test"), .address(IPAddress(v4: 0xc000_0201)),
        ])
    }

    let none = Pair(server, try clientContext())
    none.pump()
    #expect(none.serverState == (wish == .required ? .failed(.certificate(.missing)) : .open))

    let alien = Authority.stranger.sign("DNS:edge.test")
    let bad = Pair(server, try clientContext { $0.identity = alien })
    bad.pump()
    #expect(bad.serverState == (wish == .none ? .open : .failed(.certificate(.unknownAuthority))))
  }

  @Test("The certificate is chosen by the name: exact, by wildcard, else the first")
  func serverNames() throws {
    let identities = ["DNS:one.test", "DNS:*.two.test", "URI:sip:three.test"].map { Authority.shared.sign($0) }
    let server = try TLSContext(
      TLSServerConfiguration(identities: identities), now: now, uptime: .init(nanoseconds: 0))
    let wanted: [(String, CertificateName)] = [
      ("one.test", .dns("one.test")), ("a.two.test", .dns("*.two.test")), ("a.b.two.test", .dns("one.test")),
      ("three.test", .uri("sip:three.test")), ("other.test", .dns("one.test")),
    ]
    for (name, shown) in wanted {
      // Whatever is shown, the client looks at it and refuses what is not whom it wants; the server's choice is asked.
      let pair = Pair(server, try clientContext(), peer: .domain(name))
      pair.pump()
      let isRight = shown == .dns(name) || shown == .uri("sip:\(name)")
      #expect((pair.clientState == .open) == isRight)
      #expect(pair.clientFacts.map { $0.peerNames == [shown] } ?? true)
    }
  }

  @Test("Protocols are agreed upon where there is one in common, and nothing fails where there is none")
  func applicationProtocols() throws {
    let server = try serverContext { $0.applicationProtocols = ["sip/2", "http/1.1"] }
    for (offered, agreed) in [(["http/1.1", "sip/2"], "sip/2"), (["h2", "http/1.1"], "http/1.1"), (["h2"], nil)] {
      let pair = Pair(server, try clientContext { $0.applicationProtocols = offered })
      pair.pump()
      #expect(pair.serverState == .open && pair.serverFacts?.applicationProtocol == agreed)
    }
  }

  @Test("A status is stapled to whoever asks", arguments: TLSVersion.allCases)
  func stapling(_ version: TLSVersion) throws {
    var identity = Shared.identity
    identity.status = TLSFile(name: "status.der", bytes: [0x30, 3, 0x0a, 1, 0])
    let server = try serverContext(identity) { $0.maximumVersion = version }
    let asking = Pair(server, try clientContext())
    asking.client.askForStatus()
    asking.pump()
    #expect(asking.clientState == .open && asking.clientStapledStatus == [0x30, 3, 0x0a, 1, 0])
    let other = Pair(server, try clientContext())
    other.pump()
    #expect(other.clientStapledStatus == nil)
  }
}
