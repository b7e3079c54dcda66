import Admissions
import Guard
import H225
import PER
import Wire

/// What a Setup says about whose its call is. Looked at twice: on the event loop for the reactor, there for the endpoint.
struct H323Arrival {
  /// Whose a call is.
  enum Side: Sendable, Hashable {
    /// It goes into a room.
    case council
    /// It goes to SIP.
    case gateway
  }

  let callIdentifier: GloballyUniqueID?
  let conferenceID: GloballyUniqueID
  /// Whom the call is for: the first destination alias that is a name or a number, else the called party number; nil where
  /// there is none.
  let destination: String?

  /// Nil for what is no Setup, or cannot be read.
  init?(_ message: Span<UInt8>) {
    guard let read = try? CallSignallingMessage(decoding: message), read.q931.messageType == .setup,
      case .setup(let setup) = read.userInformation.h323UUPDU.h323MessageBody
    else { return nil }
    callIdentifier = setup.callIdentifier?.guid
    conferenceID = setup.conferenceID
    destination =
      setup.destinationAddress?.lazy.compactMap(Self.name).first ?? read.q931.calledPartyNumber.map(\.digits)
  }

  /// Whose the call is: as it was admitted, else by its destination.
  func side(_ admission: Admission?) -> Side {
    switch admission?.destination {
    case .room: .council
    case .gateway, .terminal: .gateway
    case nil: destination.map { RoomName.isRoom($0) } == true ? .council : .gateway
    }
  }

  /// What decides on which reactor the call lives: of the council the room, whose calls all have to meet; else the call.
  func ownerKey(_ admission: Admission?) -> [UInt8] {
    switch side(admission) {
    case .council: Array((admission?.room ?? destination ?? "").utf8)
    case .gateway: (callIdentifier ?? conferenceID).octets
    }
  }

  /// A name without scheme and host: of `sip:council-7@if.internal` it is `council-7`.
  private static func name(_ alias: AliasAddress) -> String? {
    switch alias {
    case .dialledDigits(let digits): digits
    case .h323ID(let name): user(of: name.text)
    case .urlID(let text), .emailID(let text): user(of: text)
    case .partyNumber(.e164Number(let number)): number.publicNumberDigits
    case .transportID, .partyNumber, .other: nil
    }
  }

  private static func user(of text: String) -> String? {
    var rest = text[...]
    for scheme in ["sip:", "sips:", "h323:"] where rest.prefix(scheme.count).lowercased() == scheme {
      rest = rest.dropFirst(scheme.count)
      break
    }
    let user = rest.prefix { $0 != "@" && $0 != ";" }
    return user.isEmpty ? nil : String(user)
  }
}
