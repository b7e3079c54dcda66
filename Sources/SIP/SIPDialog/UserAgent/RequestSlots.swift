import SIPMessage
import SIPTransaction
import Wire

/// A request of the other side that is not over: it waits for the user, or, an INVITE, for its PRACK or ACK.
struct IncomingRequest: Sendable {
  let transaction: ServerTransactionID
  let method: SIPMethod
  let sequence: UInt32
  let call: UInt64
  let dialog: UInt64
  /// Kept until the final response.
  var message: SIPMessage
  /// Whether the request made an offer.
  var hasOffer = false
  /// What the 2xx says about the session timer.
  var sessionExpires: SessionExpiresHeader?
  /// INVITE only.
  var usage: InviteServerUsage?
  var reliable: ReliableResponses?
  /// The last provisional response, to be repeated.
  var provisional: [UInt8] = []
  var provisionalStatus = 0
  /// The 2xx: held while a PRACK is awaited, then repeated until the ACK.
  var success: [UInt8] = []
  /// What the user wants in the BYE of a call that it has hung up before the ACK was here.
  var byeHeaders: [ExtraHeader] = []
  /// The dialog that a first INVITE takes the place of (RFC 3891).
  var replaces: UInt64?
  var alarm = Alarm()

  var isInvite: Bool { usage != nil }

  var nextDeadline: Instant? { Instant.earlier(usage?.nextDeadline, reliable?.nextDeadline) }
}

/// A request of ours that is not over: it waits for its answer, for credentials, or for the time of its next attempt.
struct OutgoingRequest: Sendable {
  /// What it is for, beyond its method.
  enum Purpose: Sendable, Hashable {
    /// The first INVITE of a call.
    case call
    /// A re-INVITE or UPDATE of the user's.
    case session
    /// A re-INVITE or UPDATE that the session timer wants.
    case refresh
    case bye
    case prack
    case refer
    case notify
    case other
  }

  enum Wait: Sendable, Hashable {
    /// For the answer of its transaction.
    case answer
    /// For credentials from the user.
    case credentials(until: Instant)
    /// For the moment of its next attempt.
    case moment(Instant)
    /// For nothing: the INVITE was answered 2xx, further ones are acknowledged until its transaction ends.
    case nothing
  }

  let purpose: Purpose
  let method: SIPMethod
  let call: UInt64
  /// Nil for the first INVITE.
  let dialog: UInt64?
  var hop: Hop
  var headers: [ExtraHeader] = []
  /// What the user gave for a challenge; the ACK repeats it (§22.3).
  var credentials: [ExtraHeader] = []
  var body: SessionBody?
  var transaction: ClientTransactionID?
  var sequence: UInt32 = 0
  var wait = Wait.answer
  var attempts = 0
  /// The session interval and the shortest one to ask for.
  var sessionSeconds: UInt32?
  var minimumSessionSeconds: UInt32 = 90
  /// INVITE only.
  var usage: InviteClientUsage?
  /// The ACKs that were sent, by the tag of the dialog that they are for.
  var acks: [String: (bytes: [UInt8], hop: Hop)] = [:]
  /// The first INVITE's own words, before there is a dialog.
  var draft: InviteDraft?
  var alarm = Alarm()

  var nextDeadline: Instant? {
    switch wait {
    case .answer: usage?.nextDeadline
    case .credentials(let until): until
    case .moment(let at): at
    case .nothing: nil
    }
  }
}

/// What every attempt of a first INVITE has in common.
struct InviteDraft: Sendable {
  let target: String
  let routes: [String]
  let from: String
  let to: String
  let callID: String
  let localTag: String
  /// Whether the target or the first Route is a SIPS URI, so that our Contact has to be one (§8.1.1.8).
  let isSIPS: Bool
}
