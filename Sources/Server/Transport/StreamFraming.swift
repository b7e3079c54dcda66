import NIOCore
import SIPMessage

/// What a stream's bytes turned out to be.
enum StreamFrame {
  case message([UInt8])
  /// The double CRLF that wants a single one in answer (RFC 5626 §3.5.1).
  case keepAlive
  case needMore
}

/// Divides what a stream brings into messages.
struct StreamFraming {
  init(_ framing: StreamFront.Framing, maximumBytes: Int) {}

  /// Some bytes of a message are here, others are missing.
  var isInsideMessage: Bool { false }

  mutating func append(_ buffer: ByteBuffer) {}

  mutating func next() throws -> StreamFrame { .needMore }
}
