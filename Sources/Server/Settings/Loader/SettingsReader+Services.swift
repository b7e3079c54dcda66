import Wire

// Council, evidence, HTTP, log.
extension SettingsReader {
  func council(_ top: inout Section) -> Settings.Council {
    var section = top.section("council")
    let mode = section.text("mode")
    var external = section.section("external")
    let gatekeeper = hostPort(&external, "gatekeeper")
    let mcu = hostPort(&external, "mcu")
    external.finish()
    section.finish()
    if let mode, mode.text != "builtin", mode.text != "external" {
      problems.add(
        mode.place, "council.mode", "\"\(mode.text.shortened)\" is not known here; write builtin or external")
    }
    guard mode?.text == "external" || (mode == nil && section.has("external")) else { return .builtin }
    guard let mcu else {
      problems.add(
        mode?.place ?? section.place, "council.external.mcu", "is missing; write external: { mcu: \"192.0.2.1:1720\" }")
      return .builtin
    }
    return .external(gatekeeper: gatekeeper, mcu: mcu)
  }

  private func hostPort(_ section: inout Section, _ key: String) -> String? {
    guard let (text, place) = section.text(key) else { return nil }
    if let (_, port) = HostName.withPort(text), port != nil { return text }
    problems.add(place, section.pathOf(key), "\"\(text.shortened)\" is no host with port; write 192.0.2.1:1720")
    return nil
  }

  func evidence(_ top: inout Section) -> Settings.Evidence {
    var section = top.section("evidence")
    var evidence = Settings.Evidence()
    evidence.root = path(section.text("root") ?? ("./evidence", .none)) ?? evidence.root
    section.finish()
    return evidence
  }

  func http(_ top: inout Section) -> Settings.HTTP {
    var section = top.section("http")
    var http = Settings.HTTP()
    http.publicAPI = section.boolean("public_api", default: false)
    section.finish()
    return http
  }

  func log(_ top: inout Section) -> Settings.Log {
    var section = top.section("log")
    var log = Settings.Log()
    log.level = section.choice("level", default: .info)
    log.format = section.choice("format", default: .json)
    section.finish()
    return log
  }
}
