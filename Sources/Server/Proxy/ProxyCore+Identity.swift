import SIPMessage
import SIPTransaction
import Wire

// Who says who somebody is, and to whom (RFC 3323, RFC 3325; DOMAIN §4). Our trust domain are the neighbours of
// `trusted_from` and `trusted_to`: what comes from the ones counts, what goes to the others may name people.
extension ProxyCore {
  /// Whether a P-Asserted-Identity stays in a message (RFC 3325 §5, §7): between two neighbours that are trusted; beyond
  /// the second one only if its owner says that nothing is to be hidden (`Privacy: none`). From anybody else it is a claim
  /// without worth, and is removed.
  func keepsAssertedIdentity(_ view: SIPMessageView, isTrusted: Bool, to next: SocketAddress) -> Bool {
    guard isTrusted else { return false }
    if policy.maySeeUser(next) { return true }
    guard view.contains(.privacy), let privacy = try? view.privacy() else { return false }
    return privacy.contains("none")
  }

  /// Adds what a trusted neighbour may know of a user whose password was right: its name, and as the identity that we
  /// assert its address of record, where that can be written without escapes (RFC 3325 §5).
  mutating func assertIdentity(of user: String?, in view: SIPMessageView, isTrusted: Bool, to next: SocketAddress) {
    guard let user, policy.maySeeUser(next), !user.isEmpty, user.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else { return }
    rewriter.append("X-IF-Authenticated-User", value: user, to: view)
    guard !isTrusted, let domain = policy.domains.first, user.utf8.allSatisfy(Self.isPlain) else { return }
    rewriter.append("P-Asserted-Identity", value: "<sip:\(user)@\(domain)>", to: view)
  }

  /// `unreserved` of RFC 3261 §25.1, as far as it means the same everywhere.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
