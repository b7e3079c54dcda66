import Codecs
import DTMF
import H323Endpoint
import SIPDialog
import SIPMessage
import Wire

// Keys: SIP INFO on the one side, user input of H.245 on the other. Those in RTP (RFC 4733) pass the gateway by.
extension Gateway {
  /// INFO or MESSAGE of the phone's.
  mutating func received(_ number: UInt64, _ request: RequestHandle, _ message: SIPMessage, now: Instant) {
    let view = message.view
    guard view.method == .info else {
      try? agent.refuse(request, status: 415, now: now, into: &sipSink)
      return
    }
    guard let type = view.first(.contentType), view.body.count > 0 else {
      // An empty INFO asks whether the call is still there.
      try? agent.accept(request, now: now, into: &sipSink)
      return
    }
    guard let form = DTMFInfo.Form(contentType: view.slice(type.valueRange)) else {
      let accepted = ExtraHeader("Accept", "application/dtmf-relay, application/dtmf")
      try? agent.refuse(request, status: 415, headers: [accepted], now: now, into: &sipSink)
      return
    }
    do throws(DTMFInfoError) {
      let info = try DTMFInfo(parsing: view.slice(view.body), as: form)
      try? agent.accept(request, now: now, into: &sipSink)
      bridge(number) { $0.received(info, from: .a, now: now) }
    } catch {
      try? agent.refuse(request, status: 400, now: now, into: &sipSink)
    }
  }

  /// A key of the room's.
  mutating func received(_ number: UInt64, digit: UInt8, milliseconds: UInt16?, now: Instant) {
    guard let key = DTMFDigit(digit) else { return }
    bridge(number) { $0.received(.signal(key, milliseconds: milliseconds), from: .b, now: now) }
  }

  private mutating func bridge(_ number: UInt64, _ body: (inout DTMFBridge) -> Void) {
    guard var call = calls[number], call.phase != .ending else { return }
    var digits = call.digits ?? DTMFBridge(a: .info(.relay), b: .signal)
    call.digits = nil
    body(&digits)
    call.digits = digits
    calls[number] = call
    withDigits.insert(number)
  }

  /// Sends the keys that wait: one INFO at a time, lest they overtake each other.
  mutating func sendDigits(now: Instant) {
    for number in withDigits {
      guard var call = calls[number], var digits = call.digits, let dialog = call.dialog, let h323 = call.h323,
        call.phase != .ending
      else {
        withDigits.remove(number)
        continue
      }
      call.digits = nil
      while let message = digits.nextMessage(to: .b) {
        guard case .userInput(.signal(let digit, let milliseconds)) = message else { continue }
        endpoint.send(digit: digit.character, milliseconds: milliseconds, to: h323, now: now, into: &h323Sink)
      }
      if !agent.isWaiting(.info, in: dialog) {
        digits.infoAnswered(from: .a)
        if case .info(let info)? = digits.nextMessage(to: .a) {
          var body: [UInt8] = []
          info.write(into: &body)
          try? agent.send(
            .info, in: dialog, body: SessionBody(body, contentType: info.form.contentType), now: now, into: &sipSink)
        }
      }
      if digits.isIdle(to: .a), digits.isIdle(to: .b) { withDigits.remove(number) }
      call.digits = digits
      calls[number] = call
    }
  }
}
