import H225
import H323Endpoint
import PER
import Wire

// The far side of a call into a room wants it led elsewhere before it has answered: whoever knows the gatekeeper says
// whether it may be.
extension Gateway {
  mutating func considerRedirection(
    _ number: UInt64, _ redirection: H323Redirection, into sink: inout GatewaySink
  ) {
    guard var call = calls[number], call.phase == .calling, call.origin == .sip else { return }
    call.redirection = redirection
    calls[number] = call
    let destination = redirection.aliases.isEmpty ? call.called : redirection.aliases
    sink.actions.append(
      .redirect(
        GatewayInquiry(
          call: GatewayCallHandle(number: number), direction: .toRoom(call.destination),
          callIdentifier: call.callIdentifier, conferenceID: redirection.conferenceID ?? call.conferenceID,
          destination: destination, source: call.source, callID: call.callID, traceID: call.traceID, user: nil,
          bandwidthBitsPerSecond: Self.bandwidth),
        redirection))
  }

  mutating func redirect(
    _ number: UInt64, _ admission: GatewayAdmission, now: Instant, into sink: inout GatewaySink
  ) {
    // Connect, or the end, may have come meanwhile.
    guard var call = calls[number], let redirection = call.redirection, call.phase == .calling, let h323 = call.h323
    else { return }
    call.redirection = nil
    calls[number] = call
    switch admission {
    case .refused(let cause, let reason):
      emit(.redirected(redirection, to: nil), of: call, into: &sink)
      end(number, cause: cause, reason: reason, now: now, into: &sink)
    case .call(let route):
      var rerouting = redirection.rerouting(to: route.address)
      rerouting.tokens = route.tokens
      rerouting.seal = route.seal
      if endpoint.redirect(h323, to: rerouting, now: now, into: &h323Sink) {
        emit(.redirected(redirection, to: route.address), of: call, into: &sink)
      }
    case .invite:
      // An answer to another question.
      end(number, cause: 41, now: now, into: &sink)
    }
  }
}
