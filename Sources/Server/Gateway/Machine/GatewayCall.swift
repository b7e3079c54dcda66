import DTMF
import H225
import H245
import H323Endpoint
import PER
import SDP
import SIPDialog
import Wire

/// One call of the gateway: its two legs, what they have agreed on, and where it stands.
///
/// ```
///   from SIP                                        from H.323
///   Admitting --admitted: Setup--> Calling          Admitting --admitted: INVITE--> Inviting
///   Calling --Connect--> Opening                    Inviting --2xx: Connect--> Opening
///   Calling --Connect, no offer: 200--> Blind       Opening --media both ways: ACK--> Established
///   Blind --ACK with an answer--> Opening
///   Opening --media both ways: 200--> Answering     any but Ending --one leg over, a timer, a limit--> Ending
///   Answering --ACK--> Established                  Ending --both legs over--> gone
/// ```
///
/// Ending is entered once, and then both legs are being taken down: there is no state with one leg that stays.
struct GatewayCall: Sendable {
  /// Where the call comes from.
  enum Origin: Sendable, Hashable {
    case sip, h323
  }

  /// Where it stands.
  enum Phase: Sendable, Hashable, CaseIterable {
    case admitting, calling, inviting, blind, opening, answering, established, ending
  }

  /// What an event leads to.
  enum Action: Sendable, Hashable {
    case none
    /// Send the Setup.
    case call
    /// Send the INVITE.
    case invite
    /// Answer with an offer that names nobody yet.
    case offerBlind
    /// See whether the media is open.
    case considerMedia
    /// Send Connect.
    case connect
    /// Answer the phone, or acknowledge its answer.
    case complete
    /// See what the phone has to be told.
    case compare
  }

  private enum State: Sendable, Hashable {
    /// To `calling`, `inviting`, `ending`.
    case admitting
    /// To `opening`, `blind`, `ending`.
    case calling
    /// To `opening`, `ending`.
    case inviting
    /// To `opening`, `ending`.
    case blind
    /// To `answering`, `established`, `ending`.
    case opening
    /// To `established`, `ending`.
    case answering
    /// To `ending`.
    case established
    /// To nothing: the call is gone when both legs are.
    case ending
  }

  let number: UInt64
  let origin: Origin
  private var state = State.admitting

  // The legs; nil before there is one, and when it is over.
  var sip: CallHandle?
  var dialog: DialogHandle?
  var h323: H323CallHandle?

  // Names.
  var callID: String?
  var callIdentifier: GloballyUniqueID?
  var conferenceID: GloballyUniqueID?
  var traceID: String?
  /// Whether it was let in, so that its admission has to end.
  var isAdmitted = false
  /// The far side wants the call led there, and it is not said yet whether it may.
  var redirection: H323Redirection?
  /// The room, or the URI that is called.
  var destination = ""
  var source: [AliasAddress] = []
  var display: String?
  /// The user whose credentials were right, of a call from SIP.
  var user: String?
  /// Whether the caller does not want to be named to those who are called.
  var isAnonymous = false
  /// Where an INVITE goes.
  var target: String?

  // Media.
  var negotiation: SessionNegotiation
  /// What the phone has said last that was agreed on, or is being agreed on.
  var phone: PhoneMedia?
  /// What the H.323 side has been told of it; nil before, and while the phone has the call on hold.
  var local: H323LocalMedia?
  /// What the channels are.
  var agreed = H323Media()
  /// What the phone has been told.
  var told: CouncilMedia?
  /// What it is being told by a re-INVITE of ours.
  var proposal: Proposal?
  /// What it would not hear of.
  var refused: CouncilMedia?
  /// A re-INVITE or UPDATE of the phone's that waits for channels.
  var pending: PendingChange?
  /// What the H.323 side is told once it has closed its channel: the codec of that is none of the phone's any more.
  var reopening: Reopening?
  /// How many changes there were.
  var changes = 0
  /// Whether the phone's 2xx made the offer, and waits for our answer.
  var owesAnswer = false
  /// Whether a 2xx of ours has gone out to the phone's INVITE, or will when its PRACK is there.
  var isAnswered = false
  /// Whether Alerting has come, which the phone hears of as soon as it may.
  var isAlerting = false
  /// Whether the other side has heard that it rings.
  var hasRung = false
  var hasEarlyMedia = false
  /// What phones that we call have agreed on in reliable provisional responses (RFC 3262 §5): each early dialog for itself.
  var early: [DialogHandle: EarlySession] = [:]

  /// Keys on their way, once there was one.
  var digits: DTMFBridge?

  // Time.
  /// When the call is ended, whatever it does.
  var limit: Instant
  /// Until when differing codecs are waited out, and whether that is over.
  var alignUntil: Instant?
  var isAlignmentOver = false
  /// Until when the phone's number for telephone events is taken for the room's as well: fast connect does not say, and what
  /// follows it mostly says the same.
  var eventsAssumedUntil: Instant?
  /// When the H.323 side's change has settled.
  var settlesAt: Instant?
  var timer: TimerWheel<UInt64>.Token?
  var armedAt: Instant?

  /// Offer and answer of an early dialog of our INVITE, which hold once its phone answers.
  struct EarlySession: Sendable {
    var negotiation: SessionNegotiation
    var phone: PhoneMedia
    /// What the H.323 side was told.
    var local: H323LocalMedia
    /// What the phone was told, where it made the offer.
    var told: CouncilMedia?
  }

  /// A re-INVITE of ours.
  struct Proposal: Sendable {
    var media: CouncilMedia
    var description: SessionDescription
  }

  /// A request of the phone's that waits.
  struct PendingChange: Sendable {
    var request: RequestHandle
    var phone: PhoneMedia
    var until: Instant
    /// What the H.323 side knew before.
    var former: H323LocalMedia?
  }

  /// A channel that is to be opened anew.
  struct Reopening: Sendable {
    var local: H323LocalMedia
    var until: Instant
  }

  init(number: UInt64, origin: Origin, negotiation: SessionNegotiation, limit: Instant) {
    self.number = number
    self.origin = origin
    self.negotiation = negotiation
    self.limit = limit
  }

  /// The alias that is called.
  var called: [AliasAddress] { [.h323ID(BMPString(destination))] }

  /// Where it stands.
  var phase: Phase {
    switch state {
    case .admitting: .admitting
    case .calling: .calling
    case .inviting: .inviting
    case .blind: .blind
    case .opening: .opening
    case .answering: .answering
    case .established: .established
    case .ending: .ending
    }
  }

  /// Whether the phone's INVITE waits for its final response.
  var isUnanswered: Bool {
    guard origin == .sip, !isAnswered else { return false }
    switch state {
    case .admitting, .calling, .opening: return true
    case .inviting, .blind, .answering, .established, .ending: return false
    }
  }

  /// Whether the phone and the H.323 side have heard each other, or may have.
  var isUp: Bool {
    switch state {
    case .answering, .established: true
    case .admitting, .calling, .inviting, .blind, .opening, .ending: false
    }
  }

  /// When something has to be done.
  var nextDeadline: Instant {
    var earliest = limit
    for other in [alignUntil, settlesAt, pending?.until, eventsAssumedUntil, reopening?.until].compactMap({ $0 }) {
      earliest = min(earliest, other)
    }
    return earliest
  }

  // MARK: Events

  /// It is let in.
  mutating func admitted() -> Action {
    switch state {
    case .admitting:
      isAdmitted = true
      state = origin == .sip ? .calling : .inviting
      return origin == .sip ? .call : .invite
    case .calling, .inviting, .blind, .opening, .answering, .established, .ending: return .none
    }
  }

  /// Connect has come.
  mutating func connected() -> Action {
    switch state {
    case .calling:
      state = phone == nil ? .blind : .opening
      return phone == nil ? .offerBlind : .considerMedia
    case .admitting, .inviting, .blind, .opening, .answering, .established, .ending: return .none
    }
  }

  /// The phone has answered our INVITE.
  mutating func answered() -> Action {
    switch state {
    case .inviting:
      state = .opening
      return .connect
    case .admitting, .calling, .blind, .opening, .answering, .established, .ending: return .none
    }
  }

  /// The ACK has come, and what the phone says is in `phone`.
  mutating func acknowledged() -> Action {
    switch state {
    case .blind:
      state = .opening
      return .connect
    case .answering:
      state = .established
      return .compare
    case .admitting, .calling, .inviting, .opening, .established, .ending: return .none
    }
  }

  /// The channels are what they are now.
  mutating func mediaChanged() -> Action {
    switch state {
    case .calling, .opening: .considerMedia
    case .answering, .established: .compare
    case .admitting, .inviting, .blind, .ending: .none
    }
  }

  /// The media is open both ways, and good enough.
  mutating func opened() -> Action {
    switch state {
    case .opening:
      // An answered phone of a blind offer, and one that we have called, wait for no 200 of ours.
      state = isUnanswered ? .answering : .established
      alignUntil = nil
      return .complete
    case .admitting, .calling, .inviting, .blind, .answering, .established, .ending: return .none
    }
  }

  /// It ends; false when it does already.
  mutating func end() -> Bool {
    guard state != .ending else { return false }
    state = .ending
    alignUntil = nil
    settlesAt = nil
    eventsAssumedUntil = nil
    reopening = nil
    pending = nil
    early = [:]
    return true
  }
}
