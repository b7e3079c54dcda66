import H225
import H323Endpoint
import Wire

/// What refusals mean, and what to do about them, for people.
enum GuardianWords {
  /// A value of an enum by its name, without what it carries.
  static func name<Reason>(of reason: Reason) -> String {
    let text = "\(reason)"
    return String(text.prefix { $0 != "(" })
  }

  /// What is wrong where a gatekeeper does not believe who we are.
  private static let notBelieved = """
    it knows nobody of that --id or --alias at this address, the --key or --password is not the one of the \
    registry, or this machine's clock is wrong
    """

  /// A gatekeeper does not want to be ours.
  static func discovery(_ reason: GatekeeperRejectReason, by gatekeeper: String) -> String {
    let advice: String
    switch reason {
    case .securityDenial, .securityError, .terminalExcluded: advice = notBelieved
    case .resourceUnavailable: advice = "it has no room for another endpoint"
    default: advice = "its log says why"
    }
    return "the gatekeeper \(gatekeeper) does not take us (\(name(of: reason))): \(advice)"
  }

  /// A registration was refused.
  static func registration(_ reason: RegistrationRejectReason, by gatekeeper: String) -> String {
    let word = name(of: reason)
    let advice: String
    switch reason {
    case .securityDenial, .securityError:
      advice = notBelieved
    case .duplicateAlias: advice = "somebody else has registered that alias"
    case .invalidAlias, .invalidTerminalAliases: advice = "the registry has that --alias for nobody, or for another"
    case .resourceUnavailable: advice = "it has no room for another endpoint"
    case .discoveryRequired: advice = "it wants to be discovered first"
    default: advice = "its log says why"
    }
    return "the gatekeeper \(gatekeeper) refused the registration (\(word)): \(advice)"
  }

  /// A call was not admitted (the gates of DOMAIN §9).
  static func admission(_ reason: AdmissionRejectReason) -> String {
    let word = name(of: reason)
    let advice: String
    switch reason {
    case .securityDenial, .securityError:
      advice = """
        the token is not valid: is --key the one of the registry for this --id, and is this machine's clock right?
        """
    case .callerNotRegistered, .invalidEndpointIdentifier:
      advice = "the guardian is not registered, or not active in the registry"
    case .requestDenied: advice = "it wants more bandwidth than its quota, or declares personal data in an escalation"
    case .exceedsCallCapacity, .resourceUnavailable: advice = "the room is full"
    case .calledPartyNotRegistered, .noRouteToDestination, .unallocatedNumber, .incompleteAddress:
      advice = "there is no such room; rooms are called council or council-…"
    default: advice = "the gatekeeper's log says why"
    }
    return "the call was not admitted (\(word)): \(advice)"
  }

  /// A call ended that was up, and not in order.
  static func loss(_ release: H323Release) -> String {
    switch (release.side, release.cause) {
    case (.peer, 21): "it was expelled from the room (cause 21)"
    case (.peer, let cause): "the room ended the call (cause \(cause))"
    case (.connection, _): "the connection to the council was lost"
    case (.timer, _): "the council did not answer in time"
    case (.fault, _), (.us, _): "the council said something that cannot be followed (cause \(release.cause))"
    }
  }

  /// A call ended before it was answered, or before it should.
  static func release(_ release: H323Release, to address: SocketAddress) -> String {
    switch release.side {
    case .connection: return "there is no connection to \(address): does an MCU listen there?"
    case .timer: return "\(address) has not answered in time"
    case .fault: return "\(address) speaks no H.323 that can be followed"
    case .us: return "the call was hung up before it was answered"
    case .peer: break
    }
    var text = "\(address) refused the call (cause \(release.cause)"
    if let reason = release.reason { text += ", \(name(of: reason))" }
    text += ")"
    switch release.cause {
    case 17, 34, 42, 47: return text + ": the room is full, or the node takes no new calls"
    case 21: return text + ": it has no admission: register with the gatekeeper (--gatekeeper) instead of --mcu"
    case 1, 3: return text + ": there is no such room; rooms are called council or council-…"
    default: return text
    }
  }
}
