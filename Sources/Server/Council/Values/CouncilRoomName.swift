import Guard
import H225
import Wire

/// The name of a room: `council`, or `council-` and more (DOMAIN §6).
package struct CouncilRoomName: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The name.
  package let text: String

  /// What a caller names that leaves it to its admission.
  package static let any = CouncilRoomName(unchecked: "council")

  /// A name; nil when it is none.
  package init?(_ text: some StringProtocol) {
    // Before it is copied: texts of strangers may be long.
    guard RoomName.isRoom(text) else { return nil }
    self.text = String(text)
  }

  private init(unchecked text: String) { self.text = text }

  /// What the first of some addresses says that names a room: `council-x`, also as `sip:council-x@d`, `h323:council-x@d`
  /// and `council-x@d`. Nil when none does.
  package init?(_ addresses: [AliasAddress]) {
    let found = addresses.lazy.compactMap { address -> CouncilRoomName? in
      switch address {
      case .h323ID(let name): CouncilRoomName(address: name.text)
      case .urlID(let text), .emailID(let text): CouncilRoomName(address: text)
      case .dialledDigits, .transportID, .partyNumber, .other: nil
      }
    }.first
    guard let found else { return nil }
    self = found
  }

  /// The same of one text.
  package init?(address: String) {
    var user = address[...]
    for scheme in ["sip:", "sips:", "h323:"] where user.prefix(scheme.count).lowercased() == scheme {
      user = user.dropFirst(scheme.count)
      break
    }
    self.init(user.prefix { $0 != "@" && $0 != ";" })
  }

  /// By text.
  package static func < (left: CouncilRoomName, right: CouncilRoomName) -> Bool { left.text < right.text }

  /// The name.
  package var description: String { text }
}
