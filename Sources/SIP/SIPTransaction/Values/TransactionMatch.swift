import SIPMessage

/// What a received request turned out to be (RFC 3261 §17.2.3, §9.2).
public enum RequestMatch: Sendable, Equatable {
  /// A new request: it is the user's now, under this name.
  case new(ServerTransactionID)
  /// A request seen before, or an ACK seen before: done with, any response has been put into the sink again.
  case retransmission
  /// The ACK for a final response above 299: the transaction has taken it, nothing to do.
  case ackAbsorbed(ServerTransactionID)
  /// An ACK for a 2xx (or one that matches nothing): no transaction; the user forwards or consumes it (§13.2.2.4).
  case ackForSuccess
  /// A new CANCEL, and the INVITE that it matches by branch and sent-by. The user compares `source(of:)` of both,
  /// answers the CANCEL (200 or 481), and ends the INVITE if it can (487).
  case cancel(ServerTransactionID, invite: ServerTransactionID?)
  /// A new request beyond `TransactionLimits`: no transaction was made; to be refused statelessly or dropped.
  case overloaded
  /// Nothing can be matched: the topmost Via, or what takes its place for an RFC 2543 client, cannot be read.
  case malformed(SIPParseError)
}

/// What a received response turned out to be (RFC 3261 §17.1.3).
public enum ResponseMatch: Sendable, Hashable {
  /// For the user.
  case client(ClientTransactionID)
  /// The final response to a CANCEL that the layer sent with `sendCancel(of:)`; nothing has to be done.
  case cancelResponse(ClientTransactionID)
  /// A repetition or one that comes too late: done with.
  case absorbed
  /// Matches nothing. It must not be forwarded (RFC 6026 §7.3).
  case stray
}

/// What became of the wish to cancel a client INVITE (RFC 3261 §9.1).
public enum CancelResult: Sendable, Hashable {
  /// The CANCEL is under way.
  case sent(ClientTransactionID)
  /// No provisional response has come yet: the CANCEL goes out with the first, should that come before the final one.
  case deferred
  /// Nothing to cancel: answered, cancelled before, not an INVITE, or gone.
  case pointless
}
