import Wire

/// What is in the offers and answers of one dialog: RFC 3264, with RFC 6337 where it clarifies.
///
/// ```
///                 offer(…)                     receivedOffer(…)
///   +----------+ <--------- +--------------+ ----------> +-----------+
///   |  Local   |            |    Stable    |             |  Remote   |
///   |  offer   | ---------> | nothing yet, | <---------- |  offer    |
///   +----------+  received  | or agreed    |  answer(…)  +-----------+
///                 Answer(…) +--------------+
///        rollBack() from either: what was agreed before stays agreed (§4)
/// ```
///
/// Which message is an offer and which an answer is not decided here but by the dialog (`SIPDialog.OfferAnswer`), and so
/// is what to do when both sides offer at once (491). A fork is a copy: it is a value, and every early dialog has its own.
///
/// A method that throws has changed nothing, except ``receivedAnswer(_:)``: an answer that cannot be used ends the
/// exchange as a refusal would.
public struct SessionNegotiation: Sendable {
  private enum State: Sendable {
    /// To `localOffer` or `remoteOffer`.
    case stable
    /// Back to `stable`, with the answer or without one.
    case localOffer(SessionDescription)
    /// Back to `stable`, with the answer or without one.
    case remoteOffer(SessionDescription)
  }

  private var state = State.stable
  /// What was agreed last; nil before the first exchange is over.
  public private(set) var agreement: SessionAgreement?
  private let origin: Origin
  /// The last description of ours that went out, agreed or not: versions are counted from it (§8).
  private var lastLocal: SessionDescription?
  private var histories: [PayloadHistory] = []

  /// A session of ours: its `o=` has this user, number and address, and counts versions from this one on.
  public init(origin: Origin) { self.origin = origin }

  // MARK: What is going on

  /// Our offer that waits for its answer.
  public var localOffer: SessionDescription? {
    if case .localOffer(let offer) = state { offer } else { nil }
  }

  /// The other side's offer that waits for our answer.
  public var remoteOffer: SessionDescription? {
    if case .remoteOffer(let offer) = state { offer } else { nil }
  }

  /// The first place among the agreed streams that is out of use and may be used again (§8.1), else the place behind
  /// the last.
  public var freeSlot: Int {
    guard let agreement else { return 0 }
    return agreement.media.firstIndex { $0 == nil } ?? agreement.media.count
  }

  // MARK: Our offer

  /// Makes an offer.
  ///
  /// One stream for each place; nil takes a stream out of use, and so does leaving away those at the end: a place once
  /// taken stays (§8). Payload types keep what they meant.
  ///
  /// - Throws: `offerOutstanding`, `invalidStream`, `noKeys`, `noPayloadType`, `description`.
  public mutating func offer(_ streams: [LocalStream?]) throws(NegotiationFault) -> SessionDescription {
    guard case .stable = state else { throw .offerOutstanding }
    let writer = OfferWriter(previous: agreement?.local, histories: histories)
    return goOut(try stamp(try writer.write(streams, origin: origin)))
  }

  /// Makes an offer of a description that comes from elsewhere, under our own `o=`; a relay's way.
  ///
  /// - Throws: `offerOutstanding`, `missingMedia`, `description`.
  public mutating func offer(_ description: SessionDescription) throws(NegotiationFault) -> SessionDescription {
    guard case .stable = state else { throw .offerOutstanding }
    guard description.media.count >= agreement?.media.count ?? 0 else { throw .missingMedia }
    return goOut(try stamp(description))
  }

  private mutating func goOut(_ offer: SessionDescription) -> SessionDescription {
    state = .localOffer(offer)
    noteLocal(offer)
    return offer
  }

  /// Takes the answer to our offer.
  ///
  /// - Throws: `noOffer`; or what is wrong with the answer: the exchange is over then, what was agreed before stays.
  @discardableResult
  public mutating func receivedAnswer(_ answer: SessionDescription) throws(NegotiationFault) -> SessionAgreement {
    guard case .localOffer(let offer) = state else { throw .noOffer }
    state = .stable
    let agreement = try SessionAgreement.comparing(offer: offer, answer: answer, isOfferer: true)
    self.agreement = agreement
    return agreement
  }

  /// What an answer would come to that is not one yet: a description in an unreliable 1xx (RFC 6337 §3.1).
  public func preview(_ answer: SessionDescription) throws(NegotiationFault) -> SessionAgreement {
    guard case .localOffer(let offer) = state else { throw .noOffer }
    return try SessionAgreement.comparing(offer: offer, answer: answer, isOfferer: true)
  }

  // MARK: The other side's offer

  /// Takes an offer.
  ///
  /// - Throws: `offerOutstanding`, `missingMedia`.
  public mutating func receivedOffer(_ offer: SessionDescription) throws(NegotiationFault) {
    guard case .stable = state else { throw .offerOutstanding }
    guard offer.media.count >= agreement?.media.count ?? 0 else { throw .missingMedia }
    state = .remoteOffer(offer)
  }

  /// Answers with what our streams can take up of the offer; each serves one media description at most, all others are
  /// refused. Whether anything is in use is in the agreement: a call of nothing but refused streams is better refused
  /// as a whole, with ``rollBack()``.
  ///
  /// - Throws: `noOffer`, `description`.
  @discardableResult
  public mutating func answer(_ capabilities: [LocalStream]) throws(NegotiationFault) -> SessionAgreement {
    guard case .remoteOffer(let offer) = state else { throw .noOffer }
    return try agree(offer, try AnswerWriter(offer: offer).write(capabilities, origin: origin))
  }

  /// Answers with one stream of ours for each media description of the offer; nil refuses it, and so does a stream that
  /// does not suit.
  ///
  /// - Throws: `noOffer`, `description`.
  @discardableResult
  public mutating func answer(slots: [LocalStream?]) throws(NegotiationFault) -> SessionAgreement {
    guard case .remoteOffer(let offer) = state else { throw .noOffer }
    return try agree(offer, try AnswerWriter(offer: offer).write(slots: slots, origin: origin))
  }

  /// Answers with a description that comes from elsewhere, under our own `o=`.
  ///
  /// - Throws: `noOffer`, or what keeps it from being an answer to this offer.
  @discardableResult
  public mutating func answer(_ description: SessionDescription) throws(NegotiationFault) -> SessionAgreement {
    guard case .remoteOffer(let offer) = state else { throw .noOffer }
    return try agree(offer, description)
  }

  private mutating func agree(
    _ offer: SessionDescription, _ answer: SessionDescription
  ) throws(NegotiationFault) -> SessionAgreement {
    let answer = try stamp(answer)
    let agreement = try SessionAgreement.comparing(offer: offer, answer: answer, isOfferer: false)
    state = .stable
    self.agreement = agreement
    noteLocal(answer)
    return agreement
  }

  // MARK: Neither

  /// The offer was refused (488), never answered, or ours has to give way (491): what was agreed before stays agreed.
  public mutating func rollBack() { state = .stable }

  // MARK: What goes out

  /// The description under our `o=`: the version is the last one when nothing else has changed, else one more (§8).
  private func stamp(_ description: SessionDescription) throws(NegotiationFault) -> SessionDescription {
    do throws(SDPError) {
      guard let lastLocal else { return try description.with(origin) }
      let version = lastLocal.origin.version ?? 0
      let same = try description.with(origin.with(version: version))
      return same == lastLocal ? lastLocal : try description.with(origin.with(version: version &+ 1))
    } catch {
      throw .description(error)
    }
  }

  private mutating func noteLocal(_ description: SessionDescription) {
    lastLocal = description
    while histories.count < description.media.count { histories.append(PayloadHistory()) }
    for media in description.media { histories[media.index].note(media.payloadFormats) }
  }
}

extension SessionDescription {
  fileprivate func with(_ origin: Origin) throws(SDPError) -> SessionDescription {
    if self.origin == origin { return self }
    var editor = SDPEditor(self)
    editor.setOrigin(origin)
    return try editor.finish(limits: .unlimited)
  }
}
