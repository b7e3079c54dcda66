import SIPMessage
import Wire

// Requests that bring back what was hidden from their sender.
extension ProxyCore {
  /// Whether a request names a hidden route in a Route of ours, or a hidden Contact as its target.
  ///
  /// Only behind our Routes: while another hop is still to come, the target is that hop's business.
  func isHidden(_ view: SIPMessageView, _ fields: SIPMandatoryFields, _ route: RouteSet) -> Bool {
    guard fields.to.tag != nil else { return false }
    return route.isHidden || namesHiddenContact(view, route)
  }

  private func namesHiddenContact(_ view: SIPMessageView, _ route: RouteSet) -> Bool {
    guard let user = route.target.user, user.count >= HidingMint.leastUser, route.next == nil else { return false }
    return HidingMint.isHidden(view.slice(user)) && isOurSocket(view, route.target)
  }

  /// The request as it would be if nothing had been hidden; nil when what stands for something hidden is none of ours, or
  /// of another dialog.
  mutating func revealed(
    _ view: SIPMessageView, _ fields: SIPMandatoryFields, _ route: RouteSet
  ) -> SIPMessage? {
    rewriter.reset()
    guard let tag = fields.to.tag else { return nil }
    if namesHiddenContact(view, route), let user = route.target.user {
      guard
        let uri = hidings.contact(view.slice(user), callID: view.slice(fields.callID), tag: view.slice(tag))
      else { return nil }
      rewriter.replace(route.target.whole, with: uri.span)
    }
    if route.displaced != nil, let place = hiddenParameter(of: fields.requestURI, view) {
      // A strict router has put our Route value into the Request-URI (§16.4).
      guard let behind = reveal(place, view, fields.callID, tag) else { return nil }
      if !behind.isEmpty { rewriter.insertFirst(.route, "Route", value: behind.span, in: view) }
    }
    var next = fields.topmostRoute
    while let current = next, current.value != route.displaced?.value, isOurSocket(view, current.uri) {
      if let place = hiddenParameter(of: current.uri, view) {
        guard let behind = reveal(place, view, fields.callID, tag) else { return nil }
        let end = ByteRange(lower: current.value.upper, upper: current.value.upper)
        if !behind.isEmpty { rewriter.replace(end, with: (Wording.separator + behind).span) }
      }
      next = (try? view.route(after: current)) ?? nil
    }
    var bytes: [UInt8] = []
    rewriter.write(view, into: &bytes)
    return try? SIPMessage(parsing: bytes)
  }

  /// Puts the flow in the place of the sealed parameter; the routes that come behind the value, empty when there are none.
  private mutating func reveal(
    _ place: ByteRange, _ view: SIPMessageView, _ callID: ByteRange, _ tag: ByteRange
  ) -> [UInt8]? {
    guard
      let text = hidings.routes(view.slice(place), callID: view.slice(callID), tag: view.slice(tag)),
      let zero = text.firstIndex(of: 0)
    else { return nil }
    rewriter.replace(Self.whole(place), with: Array(text[..<zero]).span)
    return Array(text[(zero + 1)...])
  }
}
