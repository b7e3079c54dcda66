import CertificateSupport
import TLSEngine
import Testing
import Wire

@Suite("TLS: contexts and what is wrong with files")
struct ContextTests {
  private func reason(_ identity: TLSIdentity) -> TLSContextError.Reason? {
    do throws(TLSContextError) {
      _ = try TLSContext(TLSServerConfiguration(identities: [identity]), now: now, uptime: .init(nanoseconds: 0))
      return nil
    } catch {
      #expect(!error.description.isEmpty)
      return error.reason
    }
  }

  @Test("Each fault by its name")
  func faults() {
    let good = Shared.identity
    let other = Authority.shared.sign("DNS:other.test")
    let nonsense = TLSFile(name: "nonsense.pem", bytes: Array("nonsense".utf8))
    let broken = TLSFile(name: "broken.pem", bytes: good.certificate.bytes.dropLast(60) + Array("!\n".utf8))
    #expect(reason(good) == nil)
    let mixed = TLSIdentity(certificate: good.certificate, key: other.key)
    #expect(reason(mixed) == .keyMismatch(certificate: good.certificate.name))
    #expect(reason(TLSIdentity(certificate: nonsense, key: good.key)) == .notPEMCertificate)
    #expect(reason(TLSIdentity(certificate: TLSFile(name: "e", bytes: []), key: good.key)) == .notPEMCertificate)
    #expect(reason(TLSIdentity(certificate: broken, key: good.key)) == .notPEMCertificate)
    #expect(reason(TLSIdentity(certificate: good.certificate, key: nonsense)) == .notPEMKey)
    #expect(reason(TLSIdentity(certificate: good.certificate, key: good.certificate)) == .notPEMKey)
    #expect(reason(Authority.shared.sign("DNS:x.test", key: "1024")) == .tooWeak)
    #expect(reason(Authority.shared.sign("DNS:x.test", key: "2048")) == nil)
    for bytes: [UInt8] in [[], [0x30], [0x30, 2, 1], [0x31, 3, 1, 2, 3], [0x30, 0x84, 0, 0, 0, 0]] {
      var identity = good
      identity.status = TLSFile(name: "s", bytes: bytes)
      #expect(reason(identity) == .notStatus)
    }
    var long = good
    long.status = TLSFile(name: "s", bytes: [0x30, 0x82, 0x3f, 0xfd] + [UInt8](repeating: 0, count: 0x3ffd))
    #expect(reason(long) == .notStatus)
    long.status = TLSFile(name: "s", bytes: [0x30, 0x82, 0x3f, 0xfc] + [UInt8](repeating: 0, count: 0x3ffc))
    #expect(reason(long) == nil)
  }

  @Test("No certificate, no authority")
  func missing() {
    #expect(throws: TLSContextError("", .noCertificate)) {
      try TLSContext(TLSServerConfiguration(identities: []), now: now, uptime: .init(nanoseconds: 0))
    }
    #expect(throws: TLSContextError("", .noClientAuthorities)) {
      try serverContext { $0.clientCertificates = .optional }
    }
  }

  @Test("What people and metrics are told of a certificate")
  func certificate() throws {
    let identity = Authority.shared.sign("DNS:A.test,URI:sip:b.test,IP:192.0.2.7", commonName: "shown")
    let certificate = try #require(try TLSCertificate.read(identity.certificate).first)
    #expect(certificate.subject == "shown")
    #expect(certificate.names == [.dns("a.test"), .uri("sip:b.test"), .address(IPAddress(v4: 0xc000_0207))])
    let left = now.duration(to: certificate.notAfter)
    #expect(left > .seconds(19 * 86_400) && left < .seconds(21 * 86_400))
  }

  @Test("The system's authorities are believed when none are named")
  func system() throws {
    let pair = Pair(try serverContext(), try clientContext { $0.authorities = nil })
    pair.pump()
    #expect(pair.clientState == .failed(.certificate(.unknownAuthority)))
  }
}
