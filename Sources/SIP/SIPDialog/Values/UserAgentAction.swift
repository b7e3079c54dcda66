import SIPMessage
import SIPTransaction

/// What the driver has to do after an event, in the order in which it happened.
public enum UserAgentAction: Sendable {
  /// Transmit these bytes. When that fails and there is an origin, tell the agent with `transportFailed`.
  case send([UInt8], to: Hop, origin: TransactionOrigin?)
  /// Something the user wants to know.
  case event(UserAgentEvent)
}

/// What has happened to calls.
public enum UserAgentEvent: Sendable {
  /// A new call. The user answers with `ring`, `answer` or `reject`. `replacing` is the dialog that its Replaces names
  /// (RFC 3891): answering hangs up on that one.
  case incoming(CallHandle, DialogHandle, SIPMessage, session: SessionPart, replacing: DialogHandle?)
  /// A provisional response to our INVITE, with the early dialog it belongs to, if it made one. An offer in it is
  /// answered with `acknowledgeProvisional`.
  case progress(CallHandle, DialogHandle?, SIPMessage, session: SessionPart)
  /// Our INVITE was answered: this dialog is the call, others of it are gone. An offer is answered with `acknowledge`.
  case answered(CallHandle, DialogHandle, SIPMessage, session: SessionPart)
  /// The PRACK for our reliable provisional response came.
  case provisionalAcknowledged(DialogHandle, session: SessionPart)
  /// The ACK for our 2xx came.
  case acknowledged(DialogHandle, session: SessionPart)
  /// A re-INVITE (RFC 3261 §14), UPDATE (RFC 3311) or PRACK with an offer, or an INVITE that asks for one. The user
  /// answers with `accept` or `refuse`.
  case sessionRequested(DialogHandle, RequestHandle, SIPMessage, session: SessionPart)
  /// The other side took a re-INVITE back with CANCEL before it was answered.
  case requestCancelled(DialogHandle, RequestHandle)
  /// Our re-INVITE or UPDATE was accepted. An offer in it is answered with `acknowledge`.
  case sessionAccepted(DialogHandle, SIPMessage, session: SessionPart)
  /// Our re-INVITE or UPDATE was refused, or not answered (no message): what was agreed before holds.
  case sessionRefused(DialogHandle, SIPMessage?)
  /// A request of ours was answered 401 or 407. The user gives the credentials with `authenticate`, or it has failed
  /// when `UserAgentLimits.challengePatience` is over.
  case challenged(RequestHandle, CallHandle?, DialogHandle?, SIPMessage)
  /// REFER: the user is asked to call somebody (RFC 3515), and answers with `accept`, then `notify`, or with `refuse`.
  case referred(DialogHandle, RequestHandle, SIPMessage, to: ReferToHeader)
  /// The answer to our REFER; nil when there was none.
  case referAnswered(DialogHandle, SIPMessage?)
  /// A NOTIFY about our REFER: its body says how far the other side has come. It has been answered.
  case referProgress(DialogHandle, SIPMessage)
  /// INFO or MESSAGE within a dialog. The user answers with `accept` or `refuse`.
  case request(DialogHandle, RequestHandle, SIPMessage)
  /// The call is over, and so are its dialogs.
  case ended(CallHandle, EndReason)
}

/// Why a call is over.
public enum EndReason: Sendable {
  /// A final response of 300 or more to our INVITE.
  case refused(SIPMessage)
  /// We refused their INVITE.
  case rejected(status: Int)
  /// CANCEL, ours or theirs.
  case cancelled
  /// BYE, ours.
  case hungUp
  /// BYE, theirs.
  case hungUpByPeer
  /// No final response, or no answer of the user's in time.
  case timeout
  /// No ACK for our 2xx, or no PRACK.
  case unacknowledged
  /// Nobody refreshed the session (RFC 4028 §10).
  case sessionExpired
  /// A request could not be delivered.
  case transportFailed
  /// The other side no longer knows the dialog: 408 or 481 within it (§12.2.1.2).
  case dialogLost
  /// The other side broke the rules of offer and answer.
  case sessionFault(OfferAnswer.Fault)
  /// Another call takes this one's place (RFC 3891).
  case replaced(by: CallHandle)
}

extension EndReason: CustomStringConvertible {
  /// A few words: `refused with 486`, `hung up by the other side`.
  public var description: String {
    switch self {
    case .refused(let message): "refused with \(message.view.statusCode)"
    case .rejected(let status): "rejected with \(status)"
    case .cancelled: "cancelled"
    case .hungUp: "hung up"
    case .hungUpByPeer: "hung up by the other side"
    case .timeout: "timed out"
    case .unacknowledged: "not acknowledged"
    case .sessionExpired: "session expired"
    case .transportFailed: "not delivered"
    case .dialogLost: "unknown to the other side"
    case .sessionFault(let fault): "rules of offer and answer broken: \(fault)"
    case .replaced: "replaced by another call"
    }
  }
}

/// A reusable list of actions, filled by the agent and emptied by the driver.
public struct UserAgentSink: Sendable {
  /// What is to be done, oldest first.
  public var actions: [UserAgentAction] = []

  /// An empty sink.
  public init() {}

  /// Takes everything out.
  public mutating func take() -> [UserAgentAction] {
    var taken: [UserAgentAction] = []
    swap(&taken, &actions)
    return taken
  }
}
