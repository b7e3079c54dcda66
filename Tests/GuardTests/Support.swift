import Guard
import OpenSSLCrypto
import Testing
import Wire

extension UTCTimestamp {
  /// 2026-01-01T00:00:00Z and so many seconds.
  static func at(_ seconds: Int64) -> UTCTimestamp { UTCTimestamp(seconds: 1_767_225_600 + seconds) }
}

extension Instant {
  /// So many seconds after the clock's origin.
  static func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64((seconds * 1_000_000_000).rounded())) }
}

/// An address that the test has to be able to write.
func address(_ text: String) -> IPAddress { IPAddress(text) ?? .anyIPv6 }

/// A network that the test has to be able to write.
func network(_ text: String) throws -> CIDR { try #require(CIDR(text)) }

/// Keys of the people in `Registry.sample`.
enum Keys {
  static let safety = [UInt8](repeating: 7, count: 32)
  static let ethics = [UInt8](repeating: 8, count: 32)

  static func text(_ seed: [UInt8]) -> String {
    (try? Ed25519PrivateKey(seed: seed.span).publicKey.text) ?? ""
  }

  static func sign(_ text: String, _ seed: [UInt8] = safety) -> String {
    let utf8 = text.utf8
    guard let key = try? Ed25519PrivateKey(seed: seed.span) else { return "" }
    return Base64.encode(key.sign(utf8.span))
  }
}

extension RegistryDraft {
  /// A registry with one of everything.
  static var sample: RegistryDraft {
    RegistryDraft(
      organisations: [
        Organisation(
          id: "safety-org", networks: ["203.0.113.0/24", "2001:db8:1::/48"],
          clientSANs: ["Edge.safety-org.example.", "192.0.2.44"]),
        Organisation(id: "ethics-org", networks: ["198.51.100.0/24"]),
        Organisation(id: "gone-org", networks: ["192.0.2.0/24"], status: "suspended"),
      ],
      experts: [
        Expert(
          uri: "sip:expert-safety@external.advisor", name: "Safety Expert", organisation: "safety-org",
          user: "expert-safety", aors: ["sip:expert-safety@if.internal"], specialisations: ["safety", "alignment"],
          key: Keys.text(Keys.safety)),
        Expert(
          uri: "sip:expert-ethics@external.advisor", organisation: "ethics-org", user: "expert-ethics",
          specialisations: ["ethics"], key: Keys.text(Keys.ethics), signature: "optional"),
        Expert(
          uri: "sip:phone@external.advisor", organisation: "safety-org", user: "phone", headers: "derived",
          specialisations: ["safety"]),
        Expert(
          uri: "sip:plain@external.advisor", organisation: "safety-org", user: "plain", specialisations: ["bias"]),
        Expert(
          uri: "sip:suspended@external.advisor", organisation: "safety-org", user: "suspended",
          specialisations: ["security"], status: "suspended"),
        Expert(
          uri: "sip:revoked@external.advisor", organisation: "safety-org", user: "revoked",
          specialisations: ["safety"], status: "revoked"),
        Expert(
          uri: "sip:orphan@external.advisor", organisation: "gone-org", user: "orphan",
          specialisations: ["privacy", "safety"]),
      ],
      guardians: [
        Guardian(id: "if://guardian/technical", aliases: ["technical", "1001"], user: "guardian-technical"),
        Guardian(id: "if://guardian/resting", user: "guardian-resting", status: "suspended"),
      ],
      agents: [Agent(id: "agent-legal", key: Keys.text(Keys.ethics), rooms: ["council-*"], mayEscalate: true)])
  }
}

extension CallerCertificate {
  /// A connection whose far end showed a certificate with these names.
  static func shown(_ names: CertificateName..., isVerified: Bool = true) -> CallerCertificate {
    .shown(TLSFacts(version: .tls13, cipher: "", peerNames: names, isPeerVerified: isVerified))
  }
}

/// A draft's registry, or its problems as lines.
func registry(_ draft: RegistryDraft, limits: RegistryLimits = .default) -> Result<Registry, RegistryError> {
  do {
    return .success(try Registry(draft, limits: limits))
  } catch {
    return .failure(error)
  }
}

/// What a draft is refused for, line by line.
func problems(_ draft: RegistryDraft, limits: RegistryLimits = .default) -> [String] {
  if case .failure(let error) = registry(draft, limits: limits) { error.problems.map(\.description) } else { [] }
}
