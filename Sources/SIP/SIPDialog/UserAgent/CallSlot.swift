import SIPMessage
import SIPTransaction
import Wire

/// What the agent keeps of one call: whose INVITE it began with, and the dialogs that came of it.
struct CallSlot: Sendable {
  /// Our INVITE, by its number in `outgoing`; nil for theirs.
  var invite: UInt64?
  /// Early dialogs of our INVITE, or the one of theirs; after the answer the one that is left.
  var dialogs: [UInt64] = []
  /// The answered one.
  var established: UInt64?
}

/// What the agent keeps of one dialog.
struct DialogSlot: Sendable {
  var dialog: Dialog
  let call: UInt64
  /// The hop that the last message within it came from or went to; where a next hop leads that is no address.
  var hop: Hop
  var session = OfferAnswer()
  var timer = SessionTimer()
  /// The description that we sent last, for refreshes by re-INVITE (RFC 4028 §10).
  var lastDescription: SessionBody?
  /// The one we offer and that is not answered yet.
  var offeredDescription: SessionBody?
  /// Whether we have sent a REFER, so that NOTIFYs about it may come.
  var hasReferred = false
  /// The methods and extensions that the other side has said it understands.
  var peer = PeerAbilities()

  /// Their INVITE, first or re-INVITE, by its number in `incoming`; until its ACK.
  var incomingInvite: UInt64?
  /// Their requests that wait for the user, the INVITE among them.
  var pending: [UInt64] = []
  /// Our INVITE and UPDATE under way, by their numbers in `outgoing`.
  var outgoingInvite: UInt64?
  var outgoingUpdate: UInt64?
  /// Our requests that are not over, BYE among them, by their numbers in `outgoing`.
  var outgoing: [UInt64] = []
  /// Our 2xx-bearing INVITE whose offer the user has yet to answer in the ACK.
  var ackOwed: UInt64?
  /// A reliable provisional response whose offer the user has yet to answer in the PRACK.
  var prackOwed: RAckHeader?
  /// The RSeq of the responses to our INVITE in this dialog.
  var receipt = ReliableReceipt()
  var subscriptions: [Subscription] = []
  /// BYE has been sent: kept until its transaction is over, for a challenge; all requests are answered 481.
  var isClosing = false
  var alarm = Alarm()
}

/// The server's side of a REFER (RFC 3515 §2.4.4).
struct Subscription: Sendable {
  /// The REFER's CSeq number: the `id` of Event in its NOTIFYs.
  let id: UInt32
  /// Named by the request that the user accepted.
  let request: UInt64
  let expiry: Instant
}

/// What the other side supports, from its Allow and Supported.
struct PeerAbilities: Sendable {
  var allowsUpdate = false
  var supportsReliable = false
  var requiresReliable = false
  var supportsTimer = false

  mutating func note(_ view: borrowing SIPMessageView) {
    if view.contains(.allow) { allowsUpdate = view.hasElement("UPDATE", in: .allow) }
    if view.contains(.supported) || view.contains(.require) {
      requiresReliable = view.hasElement("100rel", in: .require)
      supportsReliable = requiresReliable || view.hasElement("100rel", in: .supported)
      supportsTimer = view.hasElement("timer", in: .supported) || view.hasElement("timer", in: .require)
    }
  }
}

/// The single entry in the agent's timer wheel of a call, dialog or request.
struct Alarm: Sendable {
  private var deadline = Instant.distantFuture
  private var token: TimerWheel<AlarmKey>.Token?

  mutating func set(_ wheel: inout TimerWheel<AlarmKey>, key: AlarmKey, at deadline: Instant?) {
    let deadline = deadline ?? .distantFuture
    guard deadline != self.deadline else { return }
    self.deadline = deadline
    guard deadline != .distantFuture else {
      if let token { wheel.cancel(token) }
      token = nil
      return
    }
    if let token, wheel.reschedule(token, at: deadline) { return }
    token = wheel.schedule(key, at: deadline)
  }

  /// It has fired.
  mutating func fired() {
    deadline = .distantFuture
    token = nil
  }
}

/// Whose alarm it is.
enum AlarmKey: Sendable, Hashable {
  case dialog(UInt64)
  case incoming(UInt64)
  case outgoing(UInt64)
}
