import FuzzSupport
import SIPMessage
import Wire

private let ownVia = "SIP/2.0/TCP proxy.example.org:5060;branch=z9hG4bKfuzz"
private let ownURI = "sip:next@[2001:db8::1]:5070;transport=tcp;lr"
private let ownRoute = "<sip:proxy.example.org;lr>"

/// What a proxy does to a message on its way, one thing at a time and all together.
func checkRewriting(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  let untouched = write(view, SIPRewriter())
  require(isEqual(untouched.span, view.slice(view.extent)), "a message without edits changed")
  checkPush(view, fields)
  checkPop(view, fields)
  checkMaxForwards(view, fields)
  checkLength(view)
  checkRoutes(view, fields)
  if view.isRequest {
    checkRequestURI(view)
    checkForwarding(view, fields)
    checkFollowing(view, fields)
  }
}

private func write(_ view: SIPMessageView, _ rewriter: SIPRewriter) -> [UInt8] {
  var bytes: [UInt8] = []
  rewriter.write(view, into: &bytes)
  return bytes
}

private func checkPush(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  var rewriter = SIPRewriter()
  rewriter.pushVia(ownVia.utf8.span, onto: view)
  guard let message = parsed(write(view, rewriter), "a message with a Via on top") else { return }
  let result = message.view
  requireSameLines(view, result, adding: result.place(of: .via), "a Via on top")
  require(isEqual(view, view.startLine, result, result.startLine), "a Via on top changed the start line")
  guard let via = try? result.topmostVia() else { return require(false, "the Via on top cannot be read") }
  require(result.string(via.value) == ownVia, "another Via is on top")
  let next = try? result.via(after: via)
  require(isEqual(view, fields.topmostVia.value, result, next?.value), "the Via below changed")
}

private func checkPop(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  let top = fields.topmostVia
  let second = try? view.via(after: top)
  var rewriter = SIPRewriter()
  rewriter.popVia(top, of: view)
  let bytes = write(view, rewriter)
  guard let second else {
    guard let message = try? SIPMessage(parsing: bytes, limits: roomy) else {
      return require(false, "a message without Via is no message")
    }
    require(!message.view.contains(.via), "the last Via stayed")
    return requireSameLines(view, skipping: top.place, message.view, "the last Via taken off")
  }
  guard let message = parsed(bytes, "a message without its topmost Via") else { return }
  let result = message.view
  let isShared = second.place == top.place
  requireSameLines(view, skipping: top.place, result, adding: isShared ? top.place : nil, "a Via taken off")
  let now = try? result.topmostVia()
  require(isEqual(view, second.value, result, now?.value), "the second Via is not on top")

  // What is put on top while the old one is taken off is not taken along.
  rewriter.pushVia(ownVia.utf8.span, onto: view)
  guard let both = parsed(write(view, rewriter), "a message with its topmost Via replaced") else { return }
  guard let via = try? both.view.topmostVia() else { return require(false, "the new Via cannot be read") }
  require(both.view.string(via.value) == ownVia, "a Via taken off took the new one along")
  let below = try? both.view.via(after: via)
  require(isEqual(view, second.value, both.view, below?.value), "the second Via is not second")
}

private func checkMaxForwards(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  let hops = (fields.maxForwards ?? 71) &- 1
  var rewriter = SIPRewriter()
  rewriter.setMaxForwards(hops, of: view)
  guard let message = parsed(write(view, rewriter), "a message with Max-Forwards \(hops)") else { return }
  let result = message.view
  let (old, new) = (view.place(of: .maxForwards), result.place(of: .maxForwards))
  requireSameLines(view, skipping: old, result, adding: new, "Max-Forwards")
  require((try? result.maxForwards()) == hops, "Max-Forwards is not what was set")
}

private func checkRequestURI(_ view: SIPMessageView) {
  var rewriter = SIPRewriter()
  rewriter.replaceRequestURI(of: view, with: ownURI.utf8.span)
  guard let message = parsed(write(view, rewriter), "a request with another Request-URI") else { return }
  let result = message.view
  requireSameLines(view, result, "another Request-URI")
  require(result.string(result.requestURI) == ownURI, "the Request-URI is not what was set")
  require(isEqual(view, view.methodRange, result, result.methodRange), "another Request-URI changed the method")
}

/// A message without Content-Length can go out on a stream, and a body can be replaced.
private func checkLength(_ view: SIPMessageView) {
  var rewriter = SIPRewriter()
  rewriter.ensureContentLength(of: view)
  let bytes = write(view, rewriter)
  var index = SIPMessageIndex(limits: roomy)
  do throws(SIPParseError) {
    try index.index(bytes.span, framing: .stream)
  } catch {
    return require(false, "with Content-Length ensured, a stream refuses it: \(error)")
  }
  let result = index.view(of: bytes.span)
  require(result.extent.upperBound == bytes.count, "Content-Length is too short")
  require(isEqual(view, view.body, result, result.body), "Content-Length changed the body")

  rewriter.reset()
  rewriter.replaceBody(of: view, with: "v=0\r\n".utf8.span)
  guard let message = parsed(write(view, rewriter), "a message with another body") else { return }
  require(message.view.string(message.view.body) == "v=0\r\n", "the body is not what was set")
}

private func checkRoutes(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  guard let top = fields.topmostRoute else { return }
  let second = try? view.route(after: top)
  var rewriter = SIPRewriter()
  rewriter.popRoute(top, of: view)
  guard let message = parsed(write(view, rewriter), "a message without its topmost Route") else { return }
  let now = try? message.view.topmostRoute()
  require(isEqual(view, second?.value, message.view, now?.value), "the second Route is not on top")
}

/// The edits of one request on its way (§16.6), all at once.
private func checkForwarding(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  var rewriter = SIPRewriter()
  let hops = (fields.maxForwards ?? 71) &- 1
  rewriter.setMaxForwards(hops, of: view)
  rewriter.stampVia(fields.topmostVia, received: IPAddress("198.51.100.7"), port: 40_000)
  rewriter.pushVia(ownVia.utf8.span, onto: view)
  if let route = fields.topmostRoute { rewriter.popRoute(route, of: view) }
  rewriter.pushRecordRoute(ownRoute.utf8.span, onto: view)
  rewriter.replaceRequestURI(of: view, with: ownURI.utf8.span)
  rewriter.removeHeaders(of: view) { $0.name.isXIF }
  rewriter.ensureContentLength(of: view)
  guard let message = parsed(write(view, rewriter), "a request sent on") else { return }
  let result = message.view
  require(result.string(result.requestURI) == ownURI, "sent on to another Request-URI")
  require((try? result.maxForwards()) == hops, "sent on with another Max-Forwards")
  require(isEqual(view, view.body, result, result.body), "sent on with another body")
  for place in 0..<result.headerCount { require(!result.header(at: place).name.isXIF, "an X-IF header was sent on") }
  guard let via = try? result.topmostVia(), let below = try? result.via(after: via) else {
    return require(false, "sent on without its Vias")
  }
  require(result.string(via.value) == ownVia, "sent on with another Via on top")
  require(below.received.map { result.string($0) } == "198.51.100.7", "sent on without the address it came from")
  require(fields.topmostVia.rport == .absent || below.rport == .value(40_000), "sent on without the port it came from")
  require(isEqual(view, fields.topmostVia.branch, result, below.branch), "sent on with another branch below")
}

/// The CANCEL and the ACK made of a request are requests of the same transaction (§9.1, §17.1.1.3).
private func checkFollowing(_ view: SIPMessageView, _ fields: SIPMandatoryFields) {
  for method in [SIPMethod.cancel, .ack] {
    var bytes: [UInt8] = []
    do throws(SIPParseError) {
      if method == .ack {
        try SIPRequestWriter.writeACK(of: view, for: view, into: &bytes)
      } else {
        try SIPRequestWriter.writeCancel(of: view, into: &bytes)
      }
    } catch {
      return require(false, "no \(method) for it: \(error)")
    }
    guard let message = parsed(bytes, "its \(method)"), let its = try? message.view.validate() else { continue }
    let result = message.view
    require(result.method == method && its.cseqNumber == fields.cseqNumber, "its \(method) is another request")
    require(isEqual(view, view.requestURI, result, result.requestURI), "its \(method) goes elsewhere")
    require(isEqual(view, fields.topmostVia.value, result, its.topmostVia.value), "its \(method) has another Via")
    require(isEqual(view, fields.callID, result, its.callID), "its \(method) has another Call-ID")
    require(isEqual(view, fields.from.value, result, its.from.value), "its \(method) has another From")
    require(view.count(.route) == result.count(.route) && result.count(.via) == 1, "its \(method) has other Routes")
  }
}

// MARK: - Answers

/// An accepted request answered provisionally, finally, and with everything an answer may have.
func checkAnswers(_ view: SIPMessageView) {
  checkAnswer(view, SIPResponseWriter(100))
  var writer = SIPResponseWriter(180)
  writer.toTag = "fuzz"
  writer.copiesRecordRoute = true
  writer.received = IPAddress("203.0.113.9")
  checkAnswer(view, writer)
  writer.status = 200
  writer.phrase = "Fine\r\nVia: not a header"
  writer.port = 40_000
  writer.contentType = "application/sdp"
  writer.body = [0x0D, 0x0A, 0x0D, 0x0A]
  writer.add("Contact", "<sip:here@example.org>")
  if let message = checkAnswer(view, writer) {
    do throws(SIPParseError) {
      let fields = try message.view.validate()
      require(fields.to.tag != nil, "the answer's To has no tag")
      require(message.view.count(.recordRoute) == view.count(.recordRoute), "the answer lost a Record-Route")
    } catch {
      require(error.reason == .tooManyValues, "the answer to an accepted request is refused: \(error)")
    }
  }
}

/// The answer reads as a response with the request's Via, Call-ID and CSeq.
@discardableResult
func checkAnswer(_ view: SIPMessageView, _ writer: SIPResponseWriter) -> SIPMessage? {
  var bytes: [UInt8] = []
  writer.write(answering: view, into: &bytes)
  var index = SIPMessageIndex(limits: roomy)
  do throws(SIPParseError) {
    try index.index(bytes.span, framing: .stream)
  } catch {
    require(false, "the answer is refused: \(error)")
    return nil
  }
  let answer = index.view(of: bytes.span)
  require(!answer.isRequest && answer.statusCode == writer.status, "the answer has another status")
  require(answer.extent.count == bytes.count && answer.body.count == writer.body.count, "the answer has another body")
  for name in [SIPHeaderName.via, .from, .to, .callID, .cseq] {
    require(answer.count(name) == view.count(name), "the answer has another count of \(name)")
  }
  let isStamped = writer.received != nil || writer.port != nil
  for name in [SIPHeaderName.callID, .cseq, .from] + (isStamped ? [] : [.via]) {
    require(isEqual(view, view.first(name)?.line, answer, answer.first(name)?.line), "the answer has another \(name)")
  }
  if let via = try? view.topmostVia() {
    guard let top = try? answer.topmostVia() else {
      require(false, "the answer's Via cannot be read")
      return nil
    }
    require(isEqual(view, via.branch, answer, top.branch), "the answer has another branch")
    require(isEqual(view, via.host, answer, top.host) && via.port == top.port, "the answer goes elsewhere")
    if let received = writer.received {
      let text = top.received.map { answer.string($0) }
      require(text.flatMap { IPAddress($0) } == received, "the answer says it came from \(text ?? "nowhere")")
    }
    if let port = writer.port { require(via.rport == .absent || top.rport == .value(port), "rport is not filled in") }
  }
  return SIPMessage(copying: answer)
}
