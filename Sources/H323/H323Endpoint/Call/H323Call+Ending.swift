import H225
import H245
import Wire

// The end of a call (H.323 §8.5): endSessionCommand, then ReleaseComplete. In a tunnel both go in one message. On a
// connection of its own the peer's endSessionCommand is waited for a little while, as ReleaseComplete would overtake ours.
extension H323Call {
  /// Ends the call from our side: the user's wish, a timer, a fault of the peer's.
  mutating func end(
    _ side: H323Release.Side, _ cause: UInt8, reason: ReleaseCompleteReason? = nil, _ turn: inout Turn
  ) {
    switch phase {
    case .running, .peerEnding: break
    case .ending, .gone: return
    }
    let release = H323Release(side: side, cause: cause, reason: reason)
    turn.tell(.released(handle, release))
    phase = .ending(deadline: turn.now + turn.limits.endPatience, release)
    let now = turn.now
    withSession(&turn) { session, actions in session.end(now: now, into: &actions) }
    // The session may have been at its end already, and then so is the call.
    guard case .ending = phase else { return }
    if case .connected = route, !session.isEnded {
      flushControl(&turn)
    } else {
      finishEnding(&turn)
    }
  }

  /// Sends ReleaseComplete, and lets everything go.
  mutating func finishEnding(_ turn: inout Turn) {
    guard case .ending(_, let release) = phase else { return }
    if case .connected = route { flushControl(&turn) }
    if isSetupSent { sendReleaseComplete(cause: release.cause, reason: release.reason, &turn) }
    letGo(&turn)
  }

  private var isSetupSent: Bool {
    switch role {
    case .outgoing(let machine, _): machine.phase != .connecting
    case .incoming: true
    }
  }

  /// The peer's ReleaseComplete, or its connection is lost: nothing more can be said.
  mutating func ended(_ release: H323Release, _ turn: inout Turn) {
    if survives(release, &turn) { return }
    switch phase {
    case .running, .peerEnding: turn.tell(.released(handle, release))
    case .ending: break
    case .gone: return
    }
    if case .connected = route, release.side == .connection {
      // H.245 may still be there, and its other end may not know.
      phase = .ending(deadline: turn.now, release)
      let now = turn.now
      withSession(&turn) { session, actions in session.end(now: now, into: &actions) }
      flushControl(&turn)
    }
    letGo(&turn)
  }

  private mutating func letGo(_ turn: inout Turn) {
    phase = .gone
    switch role {
    case .outgoing(var machine, let calling):
      machine.end()
      role = .outgoing(machine, calling)
    case .incoming(var machine):
      machine.end()
      role = .incoming(machine)
    }
    withSession(&turn) { session, actions in session.connectionClosed(into: &actions) }
    controlQueue = []
    digits = []
    for link in route.links { turn.close(link) }
    route = .failed
    turn.close(link)
  }

  /// One more message that cannot be read.
  mutating func fault(_ turn: inout Turn) {
    faults += 1
    if faults > turn.limits.maxFaults { end(.fault, 111, &turn) }
  }

  /// H.245 has ended.
  mutating func controlEnded(_ end: ControlEnd, _ turn: inout Turn) {
    switch phase {
    case .running:
      let side: H323Release.Side
      switch end {
      case .byPeer: side = .peer
      case .connectionLost, .byUs: side = .connection
      }
      phase = .peerEnding(deadline: turn.now + turn.limits.endPatience, side)
    case .ending: finishEnding(&turn)
    case .peerEnding, .gone: return
    }
  }
}
