import Guard
import Wire

// What IF.guard does about alerts.
extension SettingsReader {
  /// The postures that an alert may raise to, and `none`.
  private enum Raising: String, CaseIterable {
    case none, elevated, closed
  }

  func guardSettings(_ top: inout Section) -> Settings.GuardSettings {
    var section = top.section("guard")
    var settings = Settings.GuardSettings()
    settings.alerts = alerts(&section)
    section.finish()
    return settings
  }

  private func alerts(_ top: inout Section) -> AlertPolicy {
    var section = top.section("alerts")
    var policy = AlertPolicy()
    switch section.choice("raise_posture_to", default: Raising.none) {
    case .none: policy.raisesTo = nil
    case .elevated: policy.raisesTo = .elevated
    case .closed: policy.raisesTo = .closed
    }
    if let severities = severities(&section) { policy.severities = severities }
    let seconds = section.integer("forget_after_seconds", 0...604_800, default: 3_600)
    policy.forgetAfter = seconds == 0 ? nil : .seconds(seconds)
    section.finish()
    return policy
  }

  /// `severities`: 1 to ``AlertLimits/maxSeverities`` words, as rules have them in their label `severity`.
  private func severities(_ section: inout Section) -> Set<String>? {
    let place = section.nodePlace("severities")
    let words = section.each("severities") { text, place, path -> String? in
      guard (1...AlertLimits.maxTextBytes).contains(text.utf8.count), text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
        problems.add(
          place, path,
          "\"\(text.shortened)\" is no severity; write the word that rules have in their label severity: critical")
        return nil
      }
      return text
    }
    guard let words else { return nil }
    guard (1...AlertLimits.maxSeverities).contains(words.count) else {
      problems.add(
        place ?? section.place, section.pathOf("severities"),
        "write 1 to \(AlertLimits.maxSeverities) severities; for none that raises the posture: raise_posture_to: none")
      return nil
    }
    return Set(words)
  }
}
