import ArgumentParser
import Node
import Settings
import TLSEngine
import Wire

/// `ifsip-proxy check-config`: says whether a configuration and its registry are right, and if not, all that is wrong.
struct CheckConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config", abstract: "Check a configuration and the registry it names.",
    discussion: """
      Prints every problem with file, line and key, and ends with 78; a right one ends with 0. IFSIP_… variables count, \
      as they do for serve. Nothing is opened or made.
      """)

  @Argument(help: "The configuration file.")
  var file: String?

  @OptionGroup var options: ConfigurationOption

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let path = try file ?? options.resolvedPath()
    do {
      let configuration = try Configuration.load(path)
      let certificates = try TLSCheck.certificates(configuration.settings)
      try SecretCheck.check(configuration.settings)
      if json {
        print(JSONText.of(["file": .string(path), "problems": .array([])]))
      } else {
        print(summary(path, configuration, certificates))
      }
    } catch let error as SettingsError {
      guard json else { throw error }
      print(JSONText.of(["file": .string(path), "problems": .array(error.problems.map(\.json))]))
      throw ExitCode(IfsipProxy.Code.configuration)
    }
  }

  private func summary(_ path: String, _ configuration: Configuration, _ certificates: [TLSCertificate]) -> String {
    let settings = configuration.settings
    let registry = configuration.registry
    var lines = ["\(path) is right."]
    lines.append("  listens on     \(settings.listeners.map(\.url).joined(separator: ", "))")
    lines.append("  domains        \(settings.domains.joined(separator: ", "))")
    lines.append("  state          \(settings.stateDirectory)")
    for certificate in certificates {
      lines.append(
        "  certificate    \(certificate.subject): \(certificate.file), until \(certificate.notAfter.rfc3339)")
    }
    if let registryPath = settings.registryPath {
      let parts = [
        "organisations \(registry.organisations.count)", "experts \(registry.experts.count)",
        "guardians \(registry.guardians.count)", "agents \(registry.agents.count)",
      ]
      lines.append("  registry       \(registryPath): \(parts.joined(separator: ", "))")
    } else {
      lines.append("  registry       none: every escalation will be refused")
    }
    switch settings.council.mode {
    case .builtin:
      lines.append(
        "  council        its own: RAS udp://\(settings.council.ras), calls tcp://\(settings.council.signalling)")
    case .external(let external):
      let others = external.gatekeepers.map { "gatekeeper \($0)" } + (external.mcu.map { ["MCU \($0)"] } ?? [])
      lines.append("  council        of others: \(others.joined(separator: ", "))")
    case .off: lines.append("  council        off")
    }
    if let hep = settings.hep {
      lines.append("  capture        \(hep.url) gets a copy of every SIP message, unencrypted")
    }
    if settings.tlsRequiredFor == .escalations, settings.trustedFrom.isEmpty,
      !settings.listeners.contains(where: \.transport.isSecure)
    {
      lines.append("  note           escalations must come over TLS, and nothing here offers it (tls_required_for)")
    }
    if settings.tls.clientCertificates == .none, settings.trustedFrom.isEmpty,
      let organisation = registry.organisations.first(where: { !$0.clientNames.isEmpty })
    {
      lines.append(
        "  note           \(organisation.id) wants client certificates, and nobody is asked for one (tls.client_ca)")
    }
    return lines.joined(separator: "\n")
  }
}

extension SettingsProblem {
  fileprivate var json: JSONValue {
    .object([
      "file": .string(file), "line": .integer(Int64(line)), "column": .integer(Int64(column)), "key": .string(key),
      "message": .string(message),
    ])
  }
}

/// JSON for scripts.
enum JSONText {
  static func of(_ value: JSONValue) -> String { String(decoding: value.canonicalBytes(), as: UTF8.self) }
}
