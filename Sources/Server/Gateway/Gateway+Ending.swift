import H225
import H323Endpoint
import SIPDialog
import SIPMessage
import Wire

// How calls end: always on both sides.
extension Gateway {
  /// Takes both legs of a call down.
  ///
  /// - Parameters:
  ///   - cause: of Q.850, for the H.323 side and the phone's Reason header.
  ///   - status: for a phone that waits for its answer; by the table unless told.
  ///   - result: how it counts, when it had not come about.
  mutating func end(
    _ number: UInt64, cause: UInt8, reason: ReleaseCompleteReason? = nil, status: Int? = nil,
    result: GatewayCounters.Result = .failed, now: Instant, into sink: inout GatewaySink
  ) {
    guard var call = calls[number] else { return }
    let (wasUp, isUnanswered) = (call.isUp, call.isUnanswered)
    guard call.end() else { return }
    call.limit = now + Self.endingPatience
    calls[number] = call
    arm(number)
    let told = status ?? CauseTable.status(cause: cause)
    if wasUp {
      emit(.bridgeTerminated(cause: cause), of: call, into: &sink)
    } else {
      counts[result] &+= 1
      emit(.bridgeFailed(status: isUnanswered ? told : nil, cause: cause), of: call, into: &sink)
    }
    if let h323 = call.h323 { endpoint.release(h323, cause: cause, reason: reason, now: now, into: &h323Sink) }
    if let sip = call.sip {
      do throws(UserAgentError) {
        if isUnanswered {
          try agent.reject(sip, status: told, headers: Self.reason(cause), now: now, into: &sipSink)
        } else {
          try agent.hangUp(sip, status: told, headers: Self.reason(cause), now: now, into: &sipSink)
        }
      } catch {
        // It has ended by itself; the event that says so is on its way, or the agent no longer knows of it.
      }
    }
    removeIfOver(number, into: &sink)
  }

  /// How long the legs of a call may take to end; each of them has timers of its own, which are shorter.
  private static var endingPatience: Duration { .seconds(600) }

  /// RFC 6432: why, in the words of Q.850.
  private static func reason(_ cause: UInt8) -> [ExtraHeader] {
    guard let reason = try? ReasonHeader(ReasonHeader.q850, cause: UInt32(cause)) else { return [] }
    return [ExtraHeader("Reason", reason.text)]
  }

  /// The phone is gone: so goes the room.
  mutating func sipLegOver(_ number: UInt64, _ reason: EndReason, now: Instant, into sink: inout GatewaySink) {
    guard let call = calls[number] else { return }
    if let sip = call.sip { bySIP[sip] = nil }
    if let dialog = call.dialog { byDialog[dialog] = nil }
    calls[number]?.sip = nil
    calls[number]?.dialog = nil
    guard call.phase != .ending else { return removeIfOver(number, into: &sink) }
    let isCancelled = if case .cancelled = reason { true } else { false }
    end(
      number, cause: Self.cause(of: reason), result: isCancelled ? .cancelled : .failed, now: now, into: &sink)
  }

  /// The room is gone: so goes the phone.
  mutating func h323LegOver(_ number: UInt64, _ release: H323Release, now: Instant, into sink: inout GatewaySink) {
    guard let call = calls[number] else { return }
    emit(.release(release), of: call, into: &sink)
    calls[number]?.h323 = nil
    guard call.phase != .ending else { return removeIfOver(number, into: &sink) }
    // A caller of H.323 that releases before it was answered has given up.
    let isCancelled = call.origin == .h323 && release.side == .peer
    end(
      number, cause: release.cause, status: CauseTable.status(of: release), result: isCancelled ? .cancelled : .failed,
      now: now, into: &sink)
  }

  private mutating func removeIfOver(_ number: UInt64, into sink: inout GatewaySink) {
    guard let call = calls[number], call.phase == .ending, call.sip == nil, call.h323 == nil else { return }
    remove(number, into: &sink)
  }

  /// Forgets a call.
  mutating func remove(_ number: UInt64, into sink: inout GatewaySink) {
    guard let call = calls.removeValue(forKey: number) else { return }
    if let timer = call.timer { wheel.cancel(timer) }
    if let sip = call.sip { bySIP[sip] = nil }
    if let dialog = call.dialog { byDialog[dialog] = nil }
    if let h323 = call.h323 { byH323[h323] = nil }
    withDigits.remove(number)
    if call.isAdmitted, let identifier = call.callIdentifier {
      sink.actions.append(.disengage(GatewayCallHandle(number: number), callIdentifier: identifier))
    }
  }

  /// Why a phone's leg ended, in Q.850: its own Reason where it gives one (RFC 6432), else by the table.
  private static func cause(of reason: EndReason) -> UInt8 {
    switch reason {
    case .refused(let message):
      let view = message.view
      let said = (try? view.reasons())?.first { $0.isOf(ReasonHeader.q850) }?.cause
      if let said, 1...127 ~= said { return UInt8(truncatingIfNeeded: said) }
      return CauseTable.cause(status: view.statusCode)
    case .rejected(let status): return CauseTable.cause(status: status)
    case .cancelled, .hungUp, .hungUpByPeer, .replaced: return 16
    // 19: alerted, and no answer.
    case .timeout: return 19
    case .unacknowledged, .sessionExpired: return 102
    case .transportFailed, .dialogLost: return 41
    case .sessionFault: return 111
    }
  }
}
