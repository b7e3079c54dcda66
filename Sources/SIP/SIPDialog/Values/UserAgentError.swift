/// Why a command was not carried out; nothing has been sent then.
public enum UserAgentError: Error, Sendable, Hashable {
  /// The call, dialog or request is over, or never was.
  case unknownHandle
  /// The command does not fit where the call stands: an answer to what is answered, a BYE before there is a dialog.
  case wrongState
  /// Another INVITE or UPDATE of this dialog is under way; try again when it is over (RFC 3261 §14.1).
  case requestPending
  /// A reliable provisional response waits for its PRACK (RFC 3262 §3).
  case provisionalPending
  /// The other side does not support what would be needed: `100rel`, UPDATE.
  case notSupported
  /// A limit of `UserAgentLimits` or `TransactionLimits` is reached.
  case limitReached
  /// An address that was given is no SIP URI.
  case malformedAddress
  /// The dialog's sequence numbers are used up (2³¹, §8.1.1.5).
  case sequenceExhausted
  /// Against the rules of offer and answer.
  case session(OfferAnswer.Fault)
}
