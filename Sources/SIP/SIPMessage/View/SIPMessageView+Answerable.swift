extension SIPMessageView {
  /// Whether an error response can reach whoever sent this: a request, no ACK (§17), whose topmost Via says over which
  /// transport and to which host and port it goes back (§18.2.2).
  ///
  /// Nothing else is needed: a 400 copies From, To, Call-ID and CSeq as they stand and leaves out what is missing
  /// (RFC 4475 §3.3.1 wants an answer even then). The Via's parameters may be broken (RFC 4475 §3.1.2.1).
  public var canBeAnswered: Bool {
    guard isRequest, !isACK, let entry = first(.via) else { return false }
    var scanner = scanner(entry.valueRange, .via)
    var via = ViaField()
    return (try? via.readSentBy(&scanner)) != nil
  }

  /// Whether this is an ACK; by its CSeq where the start line has no method that can be read.
  private var isACK: Bool {
    if !head.method.isEmpty { return isMethod("ACK") }
    guard let entry = first(.cseq) else { return false }
    return (try? cseq(in: entry.valueRange).method) == .ack
  }
}
