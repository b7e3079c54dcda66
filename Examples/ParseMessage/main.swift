import SIPMessage
import Wire

let text = """
  INVITE sip:council@if.internal SIP/2.0
  Via: SIP/2.0/UDP 192.0.2.4:5060;branch=z9hG4bK74b43;rport
  f: "Safety Expert" <sip:expert-safety@external.advisor>;tag=9fxced76sl
  t: <sip:council@if.internal>
  i: 3848276298220188511@192.0.2.4
  CSeq: 2 INVITE
  Max-Forwards: 70
  X-IF-Hazard: safety
  l: 0


  """
let bytes = Array(text.replacing("\n", with: "\r\n").utf8)

do {
  // Owned: one allocation that holds the bytes and where every header lies. Send it, keep it, hand it to another thread.
  let message = try SIPMessage(parsing: bytes)

  // Seen: nothing is copied until a String is asked for. Compact and long names are one.
  let view = message.view
  print(view.method, view.string(view.requestURI))
  print("from  ", view.string(try view.from().uri))
  print("call  ", view.string(try view.callID()), "number", try view.cseq().number)
  print("via   ", view.string(try view.topmostVia().host), "forwards left", try view.maxForwards() ?? 0)
  if let hazard = view.first(.xIFHazard) { print("hazard", view.string(hazard.valueRange)) }
} catch {
  // What is wrong, in which header, at which byte, and the status a server answers it with.
  print(error.statusCode, error.phrase, "at byte", error.offset)
}
