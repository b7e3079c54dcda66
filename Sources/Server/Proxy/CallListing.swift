import Guard
import Relay
import SIPTransaction
import Wire

/// Where a call stands, for people.
public enum CallState: String, Sendable, Hashable, CaseIterable {
  /// Admitted; the callee's phone has not said that it rings.
  case attempted
  /// The callee's phone rings.
  case ringing
  /// Answered.
  case connected
}

/// A call as a listing shows it. A copy: it does not follow the call.
public struct CallSummary: Sendable {
  /// One of the two who talk.
  public struct Party: Sendable, Equatable {
    /// The URI in its From or To.
    public var uri: String
    /// Its tag; nil before an answer, and from an RFC 2543 client.
    public var tag: String?
    /// Where requests inside the dialog go: its newest Contact.
    public var target: String?
    /// The Route value that leads there.
    public var routes: String?
    /// The highest CSeq number of its requests; 0 before the first.
    public var sequence: UInt32 = 0
    /// Where its messages come from; nil before an answer.
    public var address: SocketAddress?
    /// How.
    public var transport: SIPTransportKind?
  }

  /// What names it until the process ends.
  public var key: CallKey
  /// The Call-ID.
  public var callID: String
  /// What ties its records together (DOMAIN §3).
  public var traceID: String
  /// Where it stands.
  public var state: CallState
  /// The user whose credentials were right; nil when none were asked for.
  public var user: String?
  /// Who calls; nil when it is too long to be remembered.
  public var caller: Party?
  /// Who is called, or has answered.
  public var callee: Party?
  /// When the INVITE came.
  public var startedAt: UTCTimestamp
  /// When it was answered.
  public var answeredAt: UTCTimestamp?
  /// Its place in a listing.
  public var position: Position
  /// The relay's name for it; nil when its media goes past us.
  public var relay: RelayCallID?
  /// Its streams, where they are relayed.
  public var streams: [MediaLine] = []

  /// The order of a listing: the oldest first, so that what begins meanwhile comes at the end.
  public struct Position: Sendable, Hashable, Comparable {
    /// When the call began, by the monotonic clock.
    public var startedAt: Instant
    /// Tells those apart that began together.
    public var key: CallKey

    /// A position.
    public init(startedAt: Instant, key: CallKey) {
      self.startedAt = startedAt
      self.key = key
    }

    /// Whether one stands before the other.
    public static func < (left: Position, right: Position) -> Bool {
      left.startedAt == right.startedAt ? left.key < right.key : left.startedAt < right.startedAt
    }
  }
}

/// Which calls a listing wants.
public struct CallFilter: Sendable {
  /// Only those that stand there.
  public var state: CallState?
  /// Only those of that trace_id.
  public var traceID: String?
  /// Only those of that Call-ID.
  public var callID: String?
  /// Only those behind that place.
  public var after: CallSummary.Position?
  /// At most so many.
  public var limit: Int

  /// All calls, up to a limit.
  public init(limit: Int) { self.limit = limit }
}

// What the operator sees of the calls. It walks over all calls of the reactor once, some ten nanoseconds each, and makes
// text of those only that are shown.
extension ProxyCore {
  /// The calls that a filter lets through, the oldest first.
  public func calls(_ filter: CallFilter, at moment: Moment) -> [CallSummary] {
    guard filter.limit > 0 else { return [] }
    let ringing = ringingCalls()
    var found: [(position: CallSummary.Position, state: CallState)] = []
    calls.forEachRunning { call in
      let state: CallState = call.isConnected ? .connected : ringing.contains(call.key) ? .ringing : .attempted
      let position = CallSummary.Position(startedAt: call.startedAt, key: call.key)
      if let wanted = filter.state, state != wanted { return }
      if let after = filter.after, position <= after { return }
      if let wanted = filter.traceID, wanted != call.traceID { return }
      if let wanted = filter.callID, wanted != call.callID { return }
      found.append((position, state))
      guard found.count >= 2 * filter.limit + 64 else { return }
      found.sort { $0.position < $1.position }
      found.removeLast(found.count - filter.limit)
    }
    found.sort { $0.position < $1.position }
    return found.prefix(filter.limit).compactMap { entry in
      calls[entry.position.key].map { summary($0, entry.state, at: moment) }
    }
  }

  /// One call; nil when there is none of that key, or it is over.
  public func call(_ key: CallKey, at moment: Moment) -> CallSummary? {
    guard let call = calls[key], call.phase != .ended else { return nil }
    return summary(
      call, call.isConnected ? .connected : ringingCalls().contains(key) ? .ringing : .attempted, at: moment)
  }

  private func ringingCalls() -> Set<CallKey> {
    var keys: Set<CallKey> = []
    contexts.forEach { _, context in
      if context.hasRung, let key = context.call { keys.insert(key) }
    }
    return keys
  }

  private func summary(_ call: Call, _ state: CallState, at moment: Moment) -> CallSummary {
    let dialog = call.dialog
    var callee = dialog?.callee.map(CallSummary.Party.init)
    if callee == nil, let caller = dialog?.caller {
      callee = CallSummary.Party(uri: caller.text(caller.dialled))
    }
    var answeredAt: UTCTimestamp?
    if case .connected(let since) = call.phase { answeredAt = moment.clock + (since - moment.now) }
    return CallSummary(
      key: call.key, callID: call.callID, traceID: call.traceID, state: state, user: dialog?.user,
      caller: dialog?.caller.map(CallSummary.Party.init), callee: callee,
      startedAt: moment.clock + (call.startedAt - moment.now), answeredAt: answeredAt,
      position: .init(startedAt: call.startedAt, key: call.key), relay: call.media?.relay,
      streams: call.media?.lines ?? [])
  }
}

extension CallSummary.Party {
  init(_ party: CallParty) {
    self.init(
      uri: party.text(party.uri), tag: party.tag.isEmpty ? nil : party.text(party.tag),
      target: party.target.isEmpty ? nil : party.text(party.target),
      routes: party.routes.isEmpty ? nil : party.text(party.routes), sequence: party.sequence,
      address: party.hop.remote, transport: party.hop.transport)
  }
}
