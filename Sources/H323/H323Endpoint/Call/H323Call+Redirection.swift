import H225
import H245
import PER
import Wire

// The called side wants the call led elsewhere before it has answered (H.323 §8.1, Facility with routeCallToGatekeeper,
// callForwarded, routeCallToMC). Whether it may is the user's to say: whoever could name any address could have calls led
// to anybody.
extension H323Call {
  /// A Facility that wants the call led elsewhere.
  mutating func receivedRedirection(
    _ facility: FacilityUUIE, _ kind: H323Redirection.Kind, _ name: String, _ turn: inout Turn
  ) {
    guard isRedirectable, redirectionDeadline == nil, facility.namesSomebody || kind == .gatekeeper else {
      return tellOther(name, &turn)
    }
    guard visited.count <= turn.limits.maxRedirections else {
      // 25: exchange routing error, as of a call that has come through too many hands.
      return end(.fault, 25, reason: .hopCountExceeded, &turn)
    }
    redirectionDeadline = turn.now + turn.limits.redirectionPatience
    let aliases = (facility.alternativeAliasAddress ?? []).prefix(turn.limits.maxAliases)
    turn.tell(
      .redirected(
        handle,
        H323Redirection(
          kind: kind, address: facility.alternativeAddress?.socketAddress, aliases: Array(aliases),
          conferenceID: kind == .mc ? facility.conferenceID : nil, from: remote)))
  }

  /// Whether the call could still go elsewhere: it is ours, its Setup has been sent, and nobody has answered it.
  var isRedirectable: Bool {
    guard case .running = phase, case .outgoing(let machine, _) = role else { return false }
    switch machine.phase {
    case .initiated, .proceeding, .delivered: return true
    case .connecting, .active, .over: return false
    }
  }

  /// The same call as it is made anew to another address; nil when it may not be, and then nothing has happened, or it has
  /// been there already, and then it has ended.
  ///
  /// - Parameter calling: with the callIdentifier of the call.
  mutating func redirected(_ calling: H323Calling, on link: (inout Turn) -> H323Link, _ turn: inout Turn) -> H323Call? {
    guard isRedirectable, redirectionDeadline != nil else { return nil }
    let place = RedirectionPlace(calling)
    guard !visited.contains(place) else {
      end(.fault, 25, reason: .hopCountExceeded, &turn)
      return nil
    }
    redirectionDeadline = nil
    // 31: normal, unspecified; the reason says it all.
    sendReleaseComplete(cause: 31, reason: .facilityCallDeflection, &turn)
    closeLinks(&turn)
    let configuration = turn.configuration
    let machine = OutgoingCallMachine(
      t303: configuration.t303, t310: configuration.t310, t301: configuration.t301, now: turn.now)
    var call = H323Call(
      handle: handle, link: link(&turn), remote: calling.address, local: nil,
      callReference: turn.newCallReference(), callIdentifier: callIdentifier, conferenceID: calling.conferenceID,
      role: .outgoing(machine, calling), tunnelling: configuration.tunnelsH245 ? .offered : .refused,
      localMedia: localMedia, configuration: configuration)
    call.isHeld = isHeld
    call.offerFastStart(configuration)
    call.visited = visited + [place]
    call.digits = digits
    // What the user knows is no more, which `settle` tells it.
    call.media = media
    call.alarm = alarm
    return call
  }

  /// Channels of our offer, where there is something to offer.
  mutating func offerFastStart(_ configuration: H323EndpointConfiguration) {
    guard configuration.usesFastStart, let media = localMedia, !isHeld else { return }
    fastConnect = .offered(
      FastStartOffer(audio: media.capabilities.audio, media: media.media, mediaControl: media.mediaControl))
  }

  /// Whether the peer may go: it has said where the call is to go, and the user has not answered yet.
  mutating func survives(_ release: H323Release, _ turn: inout Turn) -> Bool {
    guard redirectionDeadline != nil, isRedirectable, release.side == .peer || release.side == .connection else {
      return false
    }
    closeLinks(&turn)
    // Nothing of its channels is left.
    session = ControlSession(Self.control(turn.configuration, localMedia))
    return true
  }

  private mutating func closeLinks(_ turn: inout Turn) {
    controlQueue = []
    for link in route.links { turn.close(link) }
    route = .failed
    turn.close(link)
  }
}

/// Where a call has been.
struct RedirectionPlace: Sendable, Equatable {
  private let address: SocketAddress
  private let destination: [AliasAddress]

  init(_ calling: H323Calling) {
    address = calling.address
    destination = calling.destination
  }
}

extension FacilityUUIE {
  fileprivate var namesSomebody: Bool {
    alternativeAddress?.socketAddress != nil || alternativeAliasAddress?.isEmpty == false
  }
}
