import Guard
import MediaAnchor
import Relay
import SDP
import SIPMessage
import SIPTransaction
import Wire

// Calls whose media goes over this node: what passes through here with a description in it.
//
//     request ── description ── `begin` ── ports? ── ask, `opened` ── each branch: rewritten towards it
//     response ─ description ── `answer` ─ ports? (a late offer) ── held, asked, `opened` ── rewritten
//     ACK ────── description ── rewritten
//
// A call that is not relayed costs one look at an optional. What the machine says is to be told to the relay goes out
// before the message that it is about.
extension ProxyCore {
  // MARK: Requests

  /// A request of a call sets out: if media of the call is relayed, its description is read.
  ///
  /// - Throws: why it cannot go on.
  mutating func beginMedia(_ context: ResponseContext, _ inbound: Inbound) throws(Refusal) {
    guard let key = context.call, let call = calls[key], let method = AnchorCarrier.Method(inbound.method) else {
      return
    }
    if method == .invite, !context.isInDialog, call.media == nil, let policy = policy.media,
      policy.relays(isEscalation: context.isEscalation)
    {
      call.media = CallMedia(
        srtp: policy.srtp(isEscalation: context.isEscalation), transcodes: policy.transcodes)
    }
    guard let media = call.media else { return }
    let request = inbound.request
    let view = request.view
    let side: RelaySide = context.isFromCaller ? .caller : .callee
    let message = AnchorMessage.request(AnchorCarrier(method, from: side, sequence: inbound.fields.cseqNumber))
    let leg = AnchorLeg(inbound.origin, view)
    switch MediaBody(view) {
    case .none:
      media.anchor.receivedNothing(message)
      context.media = MediaTransit(message: message, leg: leg, description: nil, place: .zero)
    case .other: break
    case .broken(let error):
      throw Refusal(
        status: 400, phrase: "Bad Session Description", rule: nil, text: error.description,
        headers: [("Warning", "399 \(policy.domains.first ?? "proxy") \"session description: \(error.description)\"")])
    case .description(let description, let place):
      var transit = MediaTransit(message: message, leg: leg, description: description, place: place)
      do throws(AnchorRefusal) {
        transit.role = try media.anchor.receive(description, message, from: leg)
      } catch {
        throw .media(error)
      }
      media.note(description)
      if case .offer(let missing) = transit.role { transit.missing = missing }
      context.media = transit
    }
  }

  /// Asks for the ports that a request needs before it is sent; false when it needs none.
  mutating func openMedia(_ id: ContextID, _ context: ResponseContext, into sink: inout ProxySink) -> Bool {
    guard let transit = context.media, !transit.missing.isEmpty, let key = context.call,
      let media = calls[key]?.media
    else { return false }
    let next = context.branches.first { $0.isWaiting }.map { $0.target.ways[$0.way].hop.remote.ip }
    guard let next else { return false }
    context.phase = .openingMedia
    sink.actions.append(.openMedia(opening(key, media, transit, next: next), id))
    return true
  }

  /// - Parameter next: where the description goes.
  private func opening(
    _ key: CallKey, _ media: CallMedia, _ transit: MediaTransit, next: IPAddress
  ) -> MediaOpening {
    let sender = transit.message.sender
    let said = transit.description?.media.lazy.filter { transit.missing.contains($0.index) }.compactMap {
      MediaAnchor.family(of: $0)
    }.first
    var families = BothSides(caller: true, callee: true)
    families[sender] = said ?? media.isIPv4[sender] ?? transit.leg.address.isIPv4
    families[sender.other] = media.isIPv4[sender.other] ?? next.isIPv4
    // Where we have no address of its family, a phone may have one of ours.
    if policy.media?.has(isIPv4: families[sender.other]) == false { families[sender.other].toggle() }
    return MediaOpening(
      key: key, call: media.relay, streams: transit.missing.count, callerIsIPv4: families.caller,
      calleeIsIPv4: families.callee)
  }

  /// The driver has opened ports, or has not.
  public mutating func mediaOpened(
    _ id: ContextID, _ opening: MediaOpening, _ result: Result<MediaOpened, MediaFailure>, at moment: Moment,
    into sink: inout ProxySink
  ) {
    let held = heldResponses.remove(id)
    let context = contexts[held?.context ?? id]
    let transit = held?.transit ?? context?.media
    if case .success(let opened) = result {
      if let transit, let policy = policy.media ?? formerMedia, let media = calls[opening.key]?.media {
        media.take(opened, for: transit.missing, of: transit.message, telling: policy)
        relayed[opened.call] = opening.key
      } else {
        // The call has ended meanwhile.
        if opening.call == nil { sink.actions.append(.closeMedia(.unused(opened.call, opening.key))) }
      }
    }
    if let held {
      release(held, result.failure, at: moment, into: &sink)
    } else if let context, case .openingMedia = context.phase {
      context.media?.missing = []
      if let failure = result.failure {
        refuseMedia(id, context, failure, at: moment, into: &sink)
      } else {
        resolveNext(id, at: moment, into: &sink)
      }
    }
    settle(at: moment, into: &sink)
  }

  /// A request goes nowhere, since there are no ports for its media.
  private mutating func refuseMedia(
    _ id: ContextID, _ context: ResponseContext, _ failure: MediaFailure, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let inbound = context.inbound else { return }
    let refusal = Refusal.media(failure)
    if let limit = refusal.limit { counts.limitReached(limit.rawValue) }
    recordUnsent(context, at: moment, into: &sink)
    respond(
      inbound, status: refusal.status, phrase: refusal.phrase, headers: refusal.headers, traceID: context.traceID,
      wasForwarded: true, at: moment, into: &sink)
    finish(id, status: refusal.status, at: moment, into: &sink)
  }

  /// The body of a request as it goes to a hop; nil: as it came.
  mutating func mediaBody(of context: ResponseContext, toward hop: Hop) throws(AnchorRefusal) -> [UInt8]? {
    guard let transit = context.media, let description = transit.description, let inbound = context.inbound,
      let key = context.call, let call = calls[key], let media = call.media
    else { return nil }
    let bytes = try media.anchor.rewrite(
      description, transit.role, transit.message, toward: AnchorLeg(hop), from: transit.leg)
    tellRelay(call, media, isFinal: transit.role == .answer)
    let request = inbound.request
    return Self.body(request.view, transit.place, bytes)
  }

  /// The body of an ACK as it goes on; nil: as it came.
  mutating func mediaBody(
    ofAck view: SIPMessageView, _ fields: SIPMandatoryFields, from hop: Hop, toward next: Hop, _ dialog: DialogReference
  ) -> [UInt8]? {
    guard let key = dialog.call, let call = calls[key], let media = call.media,
      case .description(let description, let place) = MediaBody(view)
    else { return nil }
    let side: RelaySide = dialog.isFromCaller ? .caller : .callee
    let message = AnchorMessage.ack(AnchorCarrier(.invite, from: side, sequence: fields.cseqNumber))
    let leg = AnchorLeg(hop)
    guard let role = try? media.anchor.receive(description, message, from: leg),
      let bytes = try? media.anchor.rewrite(
        description, role, message, toward: AnchorLeg(next), from: leg)
    else { return [] }
    tellRelay(call, media, isFinal: role == .answer)
    return Self.body(view, place, bytes)
  }

  /// A transaction has failed, and its offer with it.
  mutating func mediaFailed(_ context: ResponseContext) {
    guard let transit = context.media, let key = context.call, let call = calls[key], let media = call.media
    else { return }
    context.media = nil
    media.anchor.failed(transit.message.carrier)
    tellRelay(call, media, isFinal: false)
  }

  // MARK: Responses

  /// What becomes of a response's body.
  enum AnswerBody {
    /// It goes on as it is.
    case untouched
    /// It goes on so.
    case replaced([UInt8])
    /// It waits for ports.
    case held
    /// It cannot go on: why.
    case unusable(HangUpReason)
  }

  /// A provisional or successful response of a relayed call.
  mutating func answerMedia(
    _ context: ResponseContext, _ client: ClientTransactionID, _ id: ContextID, _ view: SIPMessageView, from hop: Hop,
    into sink: inout ProxySink
  ) -> AnswerBody {
    guard let transit = context.media, let key = context.call, let call = calls[key], let media = call.media,
      case .request(let carrier) = transit.message
    else { return .untouched }
    let status = view.statusCode
    let message = AnchorMessage.response(carrier, status: status)
    let leg = AnchorLeg(hop, view)
    switch MediaBody(view) {
    case .none, .other: return .untouched
    case .broken: return .unusable(.media("broken session description"))
    case .description(let description, let place):
      do throws(AnchorRefusal) {
        let role = try media.anchor.receive(description, message, from: leg)
        media.note(description)
        if case .offer(let missing) = role, !missing.isEmpty {
          let waiting = MediaTransit(
            message: message, leg: leg, description: description, place: place, role: role, missing: missing)
          guard
            let held = heldResponses.insert(
              HeldResponse(
                message: SIPMessage(copying: view), context: id, client: client, hop: hop, transit: waiting))
          else { return .unusable(.media(MediaFailure.full.text)) }
          sink.actions.append(.openMedia(opening(key, media, waiting, next: context.hop.remote.ip), held))
          return .held
        }
        let bytes = try media.anchor.rewrite(
          description, role, message, toward: AnchorLeg(context.origin), from: leg)
        tellRelay(call, media, isFinal: status >= 200 && role == .answer)
        return .replaced(Self.body(view, place, bytes))
      } catch {
        return .unusable(.media(error.text))
      }
    }
  }

  /// A response that waited for ports goes its way.
  private mutating func release(
    _ held: HeldResponse, _ failure: MediaFailure?, at moment: Moment, into sink: inout ProxySink
  ) {
    let view = held.message.view
    guard let fields = try? view.validate() else { return }
    responseArrived(
      held.client, held.context, view, fields, from: held.hop, withoutPorts: failure, at: moment, into: &sink)
  }

  // MARK: Bodies

  /// A message's body with another description in the place of its own.
  private static func body(_ view: SIPMessageView, _ place: ByteRange, _ description: [UInt8]) -> [UInt8] {
    let whole = view.body
    guard place.lower > whole.lower || place.upper < whole.upper else { return description }
    var body = [UInt8](copying: view.slice(ByteRange(lower: whole.lower, upper: place.lower)))
    body += description
    body.append(copying: view.slice(ByteRange(lower: place.upper, upper: whole.upper)))
    return body
  }
}

/// What a message carries, as far as media is concerned.
enum MediaBody {
  /// Nothing.
  case none
  /// A description, and where it stands.
  case description(SessionDescription, ByteRange)
  /// Something else, or something that cannot be looked into.
  case other
  /// A description that is none.
  case broken(SDPError)

  /// Looks at a message. Of a multipart body the first description counts (RFC 5621 §3.1).
  init(_ view: SIPMessageView) {
    guard view.body.count > 0 else {
      self = .none
      return
    }
    guard let type = (try? view.contentType()) ?? nil, !view.contains(.contentEncoding) else {
      self = .other
      return
    }
    if type.isMultipart {
      guard let parts = (try? view.multipartBody()) ?? nil, let part = parts.first(.sdp) else {
        self = .other
        return
      }
      self.init(view, part.content)
    } else if MediaType.sdp.accepts(type) {
      self.init(view, view.body)
    } else {
      self = .other
    }
  }

  private init(_ view: SIPMessageView, _ place: ByteRange) {
    do throws(SDPError) {
      self = .description(try SessionDescription(parsing: view.slice(place)), place)
    } catch {
      self = .broken(error)
    }
  }
}

extension AnchorCarrier.Method {
  /// The method of a request that may carry a description of the session; nil for all others.
  fileprivate init?(_ method: SIPMethod) {
    switch method {
    case .invite: self = .invite
    case .update: self = .update
    case .prack: self = .prack
    case .ack, .bye, .cancel, .register, .options, .info, .refer, .subscribe, .notify, .message, .publish, .other:
      return nil
    }
  }
}

extension AnchorLeg {
  /// - Parameter hop: how a party's messages come, or go to it; where a trusted neighbour vouches for another, that one's
  ///   way: keys that were said in the open before they came here are no secret any more.
  init(_ hop: Hop) {
    let isSecure = hop.transport.isSecure
    self.init(
      mayCarryKeys: isSecure || hop.remote.ip.isLoopback, isSecure: isSecure, address: hop.remote.ip,
      isPlain: hop.isGateway)
  }

  /// The same with what a message says of its sender.
  init(_ hop: Hop, _ view: SIPMessageView) {
    self.init(hop)
    takesInfo = (try? view.allow())??.methods.contains(.info) == true
  }
}

extension Result {
  fileprivate var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}

extension MediaFailure {
  /// For people; the operator finds more in the log.
  var text: String {
    switch self {
    case .family: "no media address of that family"
    case .full: "no media ports"
    case .system: "no media socket"
    }
  }
}

extension Refusal {
  /// An offer that cannot go on (RFC 3261 §21.4.26).
  static func media(_ refusal: AnchorRefusal) -> Refusal {
    Refusal(
      status: 488, phrase: "Not Acceptable Here", rule: nil, text: refusal.text, headers: [mediaReason(refusal)])
  }

  static func mediaReason(_ refusal: AnchorRefusal) -> HeaderLine {
    ("Reason", GuardDecision.reason(rule: "media", text: refusal.text, cause: 88))
  }

  /// There are no ports.
  fileprivate static func media(_ failure: MediaFailure) -> Refusal {
    if failure == .family {
      return Refusal(
        status: 488, phrase: "Not Acceptable Here", rule: nil, text: failure.text,
        headers: [("Reason", GuardDecision.reason(rule: "media", text: failure.text, cause: 88))])
    }
    return full(.mediaPorts, "No Media Ports", retryAfter: 5)
  }
}
