import SIPMessage
import SIPTransaction
import Testing
import Wire

/// A message written out for a test; what a test does not care about has a value that is well formed.
struct TestMessage {
  var method = "INVITE"
  var status: Int?
  var uri = "sip:bob@biloxi.example"
  var branch: String? = "z9hG4bK776asdhds"
  var sentBy = "pc33.atlanta.example:5060"
  var rport = true
  var fromTag: String? = "1928301774"
  var toTag: String?
  var callID = "a84b4c76e66710"
  var cseq = 314_159
  var routes: [String] = []
  var transport = "UDP"

  var via: String {
    "SIP/2.0/\(transport) \(sentBy)" + (branch.map { ";branch=\($0)" } ?? "") + (rport ? ";rport" : "")
  }

  var text: String {
    var lines = [status.map { "SIP/2.0 \($0) Whatever" } ?? "\(method) \(uri) SIP/2.0"]
    lines.append("Via: \(via)")
    lines.append("Via: SIP/2.0/UDP upstream.example;branch=z9hG4bKolder")
    if status == nil { lines.append("Max-Forwards: 69") }
    for route in routes { lines.append("Route: \(route)") }
    lines.append("From: Alice <sip:alice@atlanta.example>" + (fromTag.map { ";tag=\($0)" } ?? ""))
    lines.append("To: Bob <sip:bob@biloxi.example>" + (toTag.map { ";tag=\($0)" } ?? ""))
    lines.append("Call-ID: \(callID)")
    lines.append("CSeq: \(cseq) \(method)")
    lines.append("Content-Length: 0")
    return lines.joined(separator: "\r\n") + "\r\n\r\n"
  }

  var bytes: [UInt8] { Array(text.utf8) }

  /// The same message with some parts changed.
  func with(_ change: (inout TestMessage) -> Void) -> TestMessage {
    var copy = self
    change(&copy)
    return copy
  }

  /// The response to this request, as its UAS would send it.
  func response(_ status: Int, toTag: String? = "8321234356") -> TestMessage {
    with {
      $0.status = status
      $0.toTag = $0.toTag ?? (status > 100 ? toTag : nil)
    }
  }

  /// What belongs to the same transaction, but under another method: its ACK or CANCEL.
  func under(_ method: String) -> TestMessage { with { $0.method = method } }
}
