import Guard
import SIPMessage
import SIPTransaction
import Telemetry
import Wire
import Witness

// Calls: from the admitted INVITE to the end.
extension ProxyCore {
  /// Enters the call of an INVITE that passed every check. False when this node can hold no more.
  mutating func openCall(
    _ key: CallKey, callID: String, traceID: String, cookie: UInt64, at moment: Moment
  ) -> Bool {
    if let known = calls[key], known.phase != .ended { return true }
    let wasCounted = calls[key]?.isCounted ?? false
    var call = Call(
      key: key, traceID: traceID, callID: callID, startedAt: moment.now,
      cookie: cookie, deadline: moment.now + .seconds(Int64(limits.callSeconds)))
    call.isCounted = wasCounted
    return calls.insert(call)
  }

  /// The INVITE of a new call has its final answer.
  mutating func callAnswered(
    _ context: ResponseContext, status: Int, at moment: Moment, into sink: inout ProxySink
  ) {
    // A challenge is neither a call nor an error: the caller comes again under the same name.
    if status == 401 || status == 407 {
      if let call = context.call, calls[call]?.isCounted == false { calls.remove(call) }
      return
    }
    let result: CallResult = status < 300 ? .answered : status == 487 ? .cancelled : .failed
    var isFirst = false
    if let key = context.call {
      calls.update(key) { call in
        isFirst = !call.isCounted
        call.isCounted = true
        if result == .answered {
          if call.phase == .attempted { call.phase = .connected(moment.now) }
        } else if call.phase == .attempted {
          call.phase = .ended
          call.deadline = moment.now + .seconds(Int64(limits.lingerSeconds))
        }
      }
    }
    if isFirst {
      counts.call(.through, result)
      counts.setup.observe((moment.now - context.receivedAt).seconds)
    }
    if result == .answered {
      callRecord(.callConnected, context, status: status, at: moment, into: &sink)
    } else {
      callRecord(.callRejected, context, status: status, at: moment, into: &sink)
    }
    if let user = context.spends, result == .answered, let key = context.call, let call = calls[key] {
      sink.actions.append(.tell(.spend(user: user, callID: call.callID)))
    }
  }

  /// A BYE went through: the call is over.
  mutating func callEnded(
    _ context: ResponseContext, reason: String, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let key = context.call, let call = calls[key], case .connected(let since) = call.phase else { return }
    end(call, since: since, reason: reason, at: moment, into: &sink)
  }

  /// A re-INVITE or UPDATE went through: the call is alive.
  mutating func refresh(_ key: CallKey, at moment: Moment) {
    calls.update(key) { call in
      if case .connected = call.phase { call.deadline = moment.now + .seconds(Int64(limits.callSeconds)) }
    }
  }

  /// A call's deadline has passed: it is taken for lost, or forgotten after its end.
  mutating func expire(_ call: Call, at moment: Moment, into sink: inout ProxySink) {
    if case .connected(let since) = call.phase {
      end(call, since: since, reason: "no refresh", at: moment, into: &sink)
    }
    calls.remove(call.key)
  }

  private mutating func end(
    _ call: Call, since: Instant, reason: String, at moment: Moment, into sink: inout ProxySink
  ) {
    let seconds = (moment.now - since).seconds
    counts.duration.observe(seconds)
    calls.update(call.key) { call in
      call.phase = .ended
      call.deadline = moment.now + .seconds(Int64(limits.lingerSeconds))
    }
    guard isWitnessed else { return }
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: .callTerminated, component: "sip", traceID: call.traceID, callID: call.callID,
          details: [
            WitnessDetail("reason", .text(reason)),
            WitnessDetail("duration_ms", .integer(Int64((seconds * 1000).rounded()))),
          ])))
  }
}

extension Duration {
  /// As a number of seconds with fractions.
  var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
