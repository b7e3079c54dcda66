import H225
import PER
import Wire

/// What a Setup says about whose its call is. Read twice: on the event loop for the reactor, there for the endpoint.
struct H323Arrival {
  let setup: SetupUUIE
  /// Whom the call is for, in lower case: the first destination alias that is a name or a number, else the called party
  /// number; nil where there is none.
  let destination: String?

  /// Nil for what is no Setup, or cannot be read.
  init?(_ message: Span<UInt8>) {
    guard let read = try? CallSignallingMessage(decoding: message), read.q931.messageType == .setup,
      case .setup(let setup) = read.userInformation.h323UUPDU.h323MessageBody
    else { return nil }
    self.setup = setup
    destination =
      setup.destinationAddress?.lazy.compactMap(H323Arrival.name).first
      ?? read.q931.calledPartyNumber.map { $0.digits.lowercased() }
  }

  /// `council`, `council-<id>`: a call into a room; everything else is for the gateway.
  var isForCouncil: Bool { destination.map { $0 == "council" || $0.hasPrefix("council-") } ?? false }

  /// What decides on which reactor the call lives: for the council the room, whose calls all have to meet; else the call.
  ///
  /// - Parameter room: the room into which a call of that identifier is admitted, if that is known.
  func owner(room: (GloballyUniqueID) -> String?, key: (UInt64, UInt64), count: Int) -> Int {
    var bytes = setup.callIdentifier?.guid.octets ?? setup.conferenceID.octets
    if isForCouncil, let destination {
      let admitted = setup.callIdentifier.flatMap { room($0.guid) }
      bytes = Array((admitted?.lowercased() ?? destination).utf8)
    }
    return NodeShared.owner(of: bytes.span, key: key, count: count)
  }

  /// A name as people write it, in lower case: of `sip:council-7@if.internal` the part before the `@`.
  static func name(_ alias: AliasAddress) -> String? {
    switch alias {
    case .dialledDigits(let digits): digits.lowercased()
    case .h323ID(let name): user(of: name.text)
    case .urlID(let url): user(of: url)
    case .emailID(let email): user(of: email)
    case .partyNumber(.e164Number(let number)): number.publicNumberDigits.lowercased()
    case .transportID, .partyNumber, .other: nil
    }
  }

  private static func user(of text: String) -> String? {
    var rest = text.lowercased()[...]
    for scheme in ["sip:", "sips:", "h323:"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.count) }
    let user = rest.prefix { $0 != "@" && $0 != ";" }
    return user.isEmpty ? nil : String(user)
  }
}
