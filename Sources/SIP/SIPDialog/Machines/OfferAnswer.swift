/// Who has offered what within one dialog: RFC 3264 §4, over the pairs of messages that RFC 6337 §2.2 allows.
///
/// ```
///                  +------------+
///                  |   Fresh    |  nothing agreed yet
///                  +------------+
///     offer in INVITE, or in the first reliable
///     1xx or 2xx to an INVITE without one  |
///                                          v
///   refused: back  +------------+  answer   +------------+
///   <--------------|  Offered   |---------->|   Agreed   |
///                  |  by a side |<----------|            |
///                  +------------+   offer   +------------+
///                       in INVITE, UPDATE, PRACK
/// ```
///
/// | offer in | answer in |
/// |---|---|
/// | INVITE | reliable 1xx or 2xx to it |
/// | reliable 1xx | its PRACK |
/// | 2xx to an INVITE without offer | ACK |
/// | PRACK | 2xx to it |
/// | UPDATE | 2xx to it |
///
/// The machine sees no descriptions, only whether a message has one. A description in an unreliable 1xx is a preview of
/// the answer and is not shown to the machine (RFC 6337 §3.1).
public struct OfferAnswer: Sendable, Hashable {
  /// Which end a message comes from.
  public enum Side: Sendable, Hashable, CaseIterable {
    case local, remote

    /// The other end.
    public var other: Side { self == .local ? .remote : .local }
  }

  /// The messages that may carry a session description.
  public enum Carrier: Sendable, Hashable, CaseIterable {
    case invite
    /// A provisional response with RSeq (RFC 3262).
    case reliableProvisional
    /// A 2xx to INVITE.
    case success
    case ack
    case prack
    case prackSuccess
    case update
    case updateSuccess
  }

  /// What a message's description is.
  public enum Meaning: Sendable, Hashable {
    case nothing, offer, answer
  }

  /// Why a message cannot be sent, or was not what it had to be.
  public enum Fault: Error, Sendable, Hashable, CaseIterable {
    /// An offer, while one is outstanding.
    case offerOutstanding
    /// An offer before the first exchange is over, in a message that cannot carry the first one (RFC 3311 §5.1).
    case tooEarly
    /// A description where none belongs.
    case unexpectedDescription
    /// No description where an answer has to stand.
    case answerMissing
    /// No description where an offer has to stand: a 2xx to an INVITE without one.
    case offerMissing
  }

  private enum State: Sendable, Hashable {
    /// To `offered`.
    case fresh
    /// To `agreed` with the answer, back to where it was when the offer is refused.
    case offered(by: Side, in: Carrier, hadAgreed: Bool)
    /// To `offered`.
    case agreed
  }

  private var state = State.fresh
  /// Which side sent an INVITE without an offer that has not been given one yet.
  private var asksForOffer: Side?

  /// Nothing said yet.
  public init() {}

  /// Whose offer waits for its answer.
  public var outstanding: Side? {
    if case .offered(let side, _, _) = state { side } else { nil }
  }

  /// Which message the outstanding offer was in.
  public var carrier: Carrier? {
    if case .offered(_, let carrier, _) = state { carrier } else { nil }
  }

  /// Whether an exchange has been completed.
  public var hasAgreed: Bool {
    switch state {
    case .fresh: false
    case .offered(_, _, let hadAgreed): hadAgreed
    case .agreed: true
    }
  }

  /// Whether either side may make an offer in UPDATE or in a new INVITE.
  public var isStable: Bool { state == .agreed }

  /// What an answer to `carrier`, sent by `side`, has to bring: its description is an offer, an answer, or not allowed.
  public func expects(_ carrier: Carrier, from side: Side) -> Meaning {
    var copy = self
    return (try? copy.passed(carrier, from: side, hasDescription: true)) ?? .nothing
  }

  /// A message was sent or received.
  ///
  /// - Throws: when it is against the rules; nothing has changed then.
  public mutating func passed(
    _ carrier: Carrier, from side: Side, hasDescription: Bool
  ) throws(Fault) -> Meaning {
    switch carrier {
    case .invite:
      guard hasDescription else {
        asksForOffer = side
        return .nothing
      }
      asksForOffer = nil
      return try offer(from: side, in: carrier, first: true)
    case .update:
      return hasDescription ? try offer(from: side, in: carrier, first: false) : .nothing
    case .prack:
      if isOffered(by: side.other, in: .reliableProvisional) { return try answer(hasDescription) }
      return hasDescription ? try offer(from: side, in: carrier, first: false) : .nothing
    case .reliableProvisional, .success:
      return try response(carrier, from: side, hasDescription: hasDescription)
    case .ack:
      return try reply(to: .success, from: side, hasDescription)
    case .prackSuccess:
      return try reply(to: .prack, from: side, hasDescription)
    case .updateSuccess:
      return try reply(to: .update, from: side, hasDescription)
    }
  }

  /// The message that carried an offer of `side` was refused or never answered: what was agreed before stays agreed.
  public mutating func refused(_ carrier: Carrier, from side: Side) {
    if carrier == .invite, asksForOffer == side { asksForOffer = nil }
    guard case .offered(side, carrier, let hadAgreed) = state else { return }
    state = hadAgreed ? .agreed : .fresh
  }

  /// An INVITE ended with a failure: the offer that its reliable 1xx or 2xx made goes with it.
  public mutating func inviteEnded(from side: Side) {
    refused(.invite, from: side)
    refused(.reliableProvisional, from: side.other)
    refused(.success, from: side.other)
  }

  private func isOffered(by side: Side, in carrier: Carrier) -> Bool {
    if case .offered(side, carrier, _) = state { true } else { false }
  }

  private mutating func offer(from side: Side, in carrier: Carrier, first: Bool) throws(Fault) -> Meaning {
    switch state {
    case .offered: throw .offerOutstanding
    case .fresh where !first: throw .tooEarly
    case .fresh, .agreed:
      state = .offered(by: side, in: carrier, hadAgreed: state == .agreed)
      return .offer
    }
  }

  private mutating func answer(_ hasDescription: Bool) throws(Fault) -> Meaning {
    guard hasDescription else { throw .answerMissing }
    state = .agreed
    return .answer
  }

  private mutating func reply(to carrier: Carrier, from side: Side, _ hasDescription: Bool) throws(Fault) -> Meaning {
    if isOffered(by: side.other, in: carrier) { return try answer(hasDescription) }
    if hasDescription { throw .unexpectedDescription }
    return .nothing
  }

  private mutating func response(
    _ carrier: Carrier, from side: Side, hasDescription: Bool
  ) throws(Fault) -> Meaning {
    if isOffered(by: side.other, in: .invite) {
      // A reliable 1xx may leave the answer to a later response.
      if !hasDescription, carrier == .reliableProvisional { return .nothing }
      return try answer(hasDescription)
    }
    if asksForOffer == side.other {
      guard hasDescription else {
        if carrier == .reliableProvisional { return .nothing }
        throw .offerMissing
      }
      let meaning = try offer(from: side, in: carrier, first: true)
      asksForOffer = nil
      return meaning
    }
    if hasDescription { throw .unexpectedDescription }
    return .nothing
  }
}
