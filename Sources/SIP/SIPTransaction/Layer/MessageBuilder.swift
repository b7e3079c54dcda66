import SIPMessage
import Wire

/// Builds the messages that the layer sends on its own: ACK (§17.1.1.3) and CANCEL (§9.1) out of the INVITE that was
/// sent, and 100 (§8.2.6.1) out of the request that came.
struct MessageBuilder: ~Copyable {
  private var index = SIPMessageIndex()

  /// The ACK for a final response above 299, with the To of that response; empty if the INVITE cannot be read.
  mutating func acknowledgement(of invite: [UInt8], response: SIPMessageView) -> [UInt8] {
    let bytes = invite.span
    do throws(SIPParseError) {
      try index.index(bytes, framing: .datagram)
      var ack: [UInt8] = []
      ack.reserveCapacity(512)
      try SIPRequestWriter.writeACK(of: index.view(of: bytes), for: response, into: &ack)
      return ack
    } catch {
      return []
    }
  }

  /// The CANCEL and its branch; nil if the INVITE cannot be read.
  mutating func cancel(of invite: [UInt8], headers: [UInt8]) -> (bytes: [UInt8], branch: [UInt8])? {
    let bytes = invite.span
    do throws(SIPParseError) {
      try index.index(bytes, framing: .datagram)
      let view = index.view(of: bytes)
      guard let branch = try view.topmostVia().branch else { return nil }
      var cancel: [UInt8] = []
      cancel.reserveCapacity(512 + headers.count)
      try SIPRequestWriter.writeCancel(of: view, into: &cancel)
      if !headers.isEmpty {
        // A CANCEL has no body: what ends it is the empty line.
        cancel.removeLast(2)
        cancel.append(contentsOf: headers)
        cancel.append(0x0d)
        cancel.append(0x0a)
      }
      return (cancel, [UInt8](copying: view.slice(branch)))
    } catch {
      return nil
    }
  }

  /// The 100 (Trying) for a request: without a To tag, and with what §18.2.1 and RFC 3581 §4 put into the topmost Via.
  static func trying(for request: SIPMessage, from source: Hop) -> [UInt8] {
    var writer = SIPResponseWriter(100)
    writer.received = source.remote.ip
    writer.port = source.remote.port
    var bytes: [UInt8] = []
    bytes.reserveCapacity(512)
    writer.write(answering: request.view, into: &bytes)
    return bytes
  }
}
