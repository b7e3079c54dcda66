import SIPMessage
import Wire

// A privacy service for those who ask for one (RFC 3323), if the operator offers it (`privacy_service`).
//
//     Privacy value     what is done
//     header            what hop we are, and the Contact, hidden as for `hide_topology`, whoever the peer is
//     id                P-Asserted-Identity, as always (RFC 3325): the value stays for those who come after us
//     none, critical    nothing to do by themselves
//     session, user     not done: media go past us, and From and Call-ID are what dialogs and signatures live by. With
//                       `critical` the request is refused, without it the value stays for the next service
extension ProxyCore {
  /// Whether a message asks for its headers to be hidden.
  static func asksForHeaderPrivacy(_ view: SIPMessageView) -> Bool {
    guard view.contains(.privacy), let privacy = try? view.privacy() else { return false }
    return privacy.contains("header")
  }

  /// Why a request cannot have the privacy that it insists on (§5); nil when it can, or does not insist.
  func privacyFailure(_ view: SIPMessageView) -> Refusal? {
    guard view.contains(.privacy) else { return nil }
    guard let privacy = try? view.privacy() else { return .plain(400, "Bad Privacy") }
    guard privacy.contains("critical") else { return nil }
    // Values are tokens in lower case, so they may stand in a phrase.
    let missing = privacy.values.filter { !Self.privacyWeGive.contains($0) }
    return missing.isEmpty ? nil : .plain(500, "Privacy Failure: \(missing.joined(separator: ", "))")
  }

  private static let privacyWeGive: Set = ["header", "id", "none", "critical"]

  /// Takes what has been done out of the Privacy header, and with its last value the header and the demand for a service
  /// (§5).
  mutating func markPrivacyDone(_ view: SIPMessageView) {
    guard view.contains(.privacy), let privacy = try? view.privacy(), privacy.contains("header") else { return }
    rewriter.removeHeaders(of: view) { $0.name == .privacy }
    let left = privacy.values.filter { $0 != "header" }
    if left.contains(where: { $0 != "critical" }) {
      rewriter.append("Privacy", value: left.joined(separator: ";"), to: view)
    } else if view.isRequest {
      // Nothing but `privacy` stands there, or the request would have been refused.
      rewriter.removeHeaders(of: view) { $0.name == .proxyRequire }
    }
  }

  /// The extensions of proxies that a request demands and we do not have (RFC 3261 §16.3 step 5).
  func unsupportedExtensions(_ view: SIPMessageView) -> [String] {
    var unsupported: [String] = []
    view.forEachElement(of: .proxyRequire) { tag in
      if policy.isPrivacyService, view.equalsIgnoringCase(tag, "privacy") { return }
      unsupported.append(view.string(tag))
    }
    return unsupported
  }
}
