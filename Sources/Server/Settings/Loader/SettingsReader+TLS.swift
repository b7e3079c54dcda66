import Wire

// What is shown over TLS, and who is believed.
extension SettingsReader {
  func tls(_ top: inout Section) -> Settings.TLS {
    var section = top.section("tls")
    var tls = Settings.TLS()
    if let single = certificate(&section, isRequired: false) { tls.certificates.append(single) }
    for (index, node) in (section.list("certificates") ?? []).enumerated() {
      var entry = Section(node, path: "\(section.pathOf("certificates"))[\(index)]", problems: problems)
      let certificate = certificate(&entry, isRequired: true)
      entry.finish()
      if let certificate { tls.certificates.append(certificate) }
    }
    if tls.certificates.count > Settings.TLS.maxCertificates {
      problems.add(
        section.memberPlace("certificates"), section.pathOf("certificates"),
        "write at most \(Settings.TLS.maxCertificates) certificates, not \(tls.certificates.count)")
    }
    tls.clientCAPath = path(section.text("client_ca"))
    // Who names an authority wants its certificates.
    let standard = tls.clientCAPath == nil ? Settings.TLS.ClientCertificates.none : .optional
    tls.clientCertificates = section.choice("client_certificates", default: standard)
    if tls.clientCertificates != .none, tls.clientCAPath == nil {
      problems.add(
        section.memberPlace("client_certificates"), section.pathOf("client_certificates"),
        "needs client_ca: the file with who signs them")
    }
    tls.authoritiesPath = path(section.text("ca"))
    tls.handshake = .seconds(section.integer("handshake_seconds", 1...120, default: 10))
    tls.hasTickets = section.boolean("tickets", default: true)
    tls.minimumVersion = section.choice("min_version", default: .tls12)
    tls.takesAliases = section.boolean("alias", default: false)
    if tls.takesAliases, tls.clientCertificates == .none {
      problems.add(
        section.memberPlace("alias"), section.pathOf("alias"),
        "needs client_ca: who signs the certificates by which neighbours prove who they are")
    }
    section.finish()
    return tls
  }

  /// `certificate` and `key` with what belongs to them; both or neither.
  private func certificate(_ section: inout Section, isRequired: Bool) -> Settings.TLS.Certificate? {
    let certificate = path(section.text("certificate"))
    let key = path(section.text("key"))
    let names = section.each("names") { text, place, path -> String? in
      guard let name = HostName.normalisedPattern(text) else {
        problems.add(place, path, "\"\(text.shortened)\" is no name; write if.internal or *.if.internal")
        return nil
      }
      return name
    }
    let status = path(section.text("ocsp"))
    guard let certificate, let key else {
      if isRequired || certificate != nil || key != nil || names != nil || status != nil {
        problems.add(
          section.place, section.pathOf(certificate == nil ? "certificate" : "key"),
          "is missing; TLS needs both a certificate and its key (PEM files)")
      }
      return nil
    }
    return Settings.TLS.Certificate(certificatePath: certificate, keyPath: key, names: names, statusPath: status)
  }
}

extension Settings.TLS {
  /// Certificates that a node may show.
  public static let maxCertificates = 256
}
