// Evidence, HTTP, log.
extension SettingsReader {
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
