import Testing
import WebSocket
import Wire

@Suite("Frames (RFC 6455 §5)")
struct FrameTests {
  @Test("the examples of §5.7")
  func examples() {
    let hello = "Hello".bytes
    #expect(read([UInt8](hex: "81 05 48 65 6c 6c 6f"), .client).events == [.message(hello)])
    #expect(read([UInt8](hex: "81 85 37 fa 21 3d 7f 9f 4d 51 58")).events == [.message(hello)])
    #expect(read([UInt8](hex: "01 03 48 65 6c 80 02 6c 6f"), .client).events == [.message(hello)])
    // The ping of a server, and a client's answer to it with the key of the example.
    var client = Reader(.client)
    client.connection.append([UInt8](hex: "89 05 48 65 6c 6c 6f").span, now: start)
    let pong = [UInt8](hex: "8a 85 37 fa 21 3d 7f 9f 4d 51 58")
    #expect(client.connection.next(now: start, mask: 0x3D21_FA37) == .ping(answer: pong))
    #expect(read(pong).events == [.pong])
    let bytes256 = [UInt8](repeating: 0xFE, count: 256)
    #expect(read([UInt8](hex: "82 7E 01 00") + bytes256, .client).events == [.message(bytes256)])
    var limits = WebSocketLimits()
    limits.messageBytes = 65_536
    let kilobytes64 = [UInt8](repeating: 0xFE, count: 65_536)
    let long = read([UInt8](hex: "82 7F 00 00 00 00 00 01 00 00") + kilobytes64, .client, limits: limits)
    #expect(long.events == [.message(kilobytes64)])
  }

  @Test("what a server and a client write is what §5.7 shows")
  func writes() {
    var server = WebSocketConnection(role: .server, now: start)
    #expect(server.send("Hello".bytes.span) == [UInt8](hex: "81 05 48 65 6c 6c 6f"))
    var client = WebSocketConnection(role: .client, now: start)
    let masked = client.send("Hello".bytes.span, mask: 0x3D21_FA37)
    #expect(masked == [UInt8](hex: "81 85 37 fa 21 3d 7f 9f 4d 51 58"))
    // What is not UTF-8 goes as binary.
    #expect(server.send([0xFE].span) == [0x82, 0x01, 0xFE])
  }

  @Test(
    "every length that a message has comes over, masked and not",
    arguments: [0, 1, 7, 8, 9, 125, 126, 127, 1_500, 65_535])
  func lengths(count: Int) {
    let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 & 0x7F) }
    var client = WebSocketConnection(role: .client, now: start)
    #expect(read(client.send(message.span, mask: 0xA1B2_C3D4)).events == [.message(message)])
    var server = WebSocketConnection(role: .server, now: start)
    #expect(read(server.send(message.span), .client).events == [.message(message)])
  }

  /// Text in three fragments with a ping between, a binary message, an empty one, a pong, a Close with a reason.
  static let stream: [UInt8] =
    frame(1, "Grü".bytes.dropLast(1), final: false) + frame(9, "are you there".bytes)
    + frame(0, ["ü".bytes[1]], final: false)
    + frame(0, "ße".bytes) + frame(2, [0xFF, 0x00, 0xFE]) + frame(1) + frame(10, [1])
    + frame(8, [0x03, 0xE8] + "bye".bytes)

  static let result: [WebSocketConnection.Event] = [
    .ping(answer: [0x8A, 13] + "are you there".bytes), .message("Grüße".bytes), .message([0xFF, 0x00, 0xFE]),
    .message([]), .pong, .closed(.normal, answer: [0x88, 2, 0x03, 0xE8]),
  ]

  @Test("however the stream is cut in two, and byte by byte, the same comes out")
  func splits() {
    for place in 0...Self.stream.count {
      var reader = Reader()
      reader.feed(Array(Self.stream[..<place]))
      reader.feed(Array(Self.stream[place...]))
      #expect(reader.events == Self.result, "cut at \(place)")
      #expect(reader.connection.keptByteCount == 0)
    }
    var bytewise = Reader()
    for byte in Self.stream { bytewise.feed([byte]) }
    #expect(bytewise.events == Self.result)
  }

  @Test("unmasking begins anywhere in a payload, at every place and in every length")
  func masks() {
    let payload = (0..<41).map { UInt8($0) }
    let whole = frame(2, payload, key: [0xDE, 0xAD, 0xBE, 0xEF])
    for first in 0...whole.count {
      for second in stride(from: first, through: whole.count, by: 3) {
        var reader = Reader()
        reader.feed(Array(whole[..<first]))
        reader.feed(Array(whole[first..<second]))
        reader.feed(Array(whole[second...]))
        #expect(reader.events == [.message(payload)])
      }
    }
  }

  static let faults: [(String, [UInt8], WebSocketFault)] = [
    ("a frame without a mask", frame(1, [0x41], key: nil), .wrongMasking),
    ("RSV1 without an extension", frame(1, [0x41], rsv: 4), .reservedBits),
    ("RSV2", frame(1, [0x41], rsv: 2), .reservedBits),
    ("RSV3", frame(1, [0x41], rsv: 1), .reservedBits),
    ("opcode 3", frame(3), .unknownOpcode),
    ("opcode 7", frame(7), .unknownOpcode),
    ("opcode 11", frame(11), .unknownOpcode),
    ("opcode 15", frame(15), .unknownOpcode),
    ("a ping in fragments", frame(9, final: false), .badControlFrame),
    ("a ping of 126 bytes", frame(9, [UInt8](repeating: 0, count: 126)), .badControlFrame),
    ("a Close in fragments", frame(8, final: false), .badControlFrame),
    ("16 bits for 125", frame(2, [UInt8](repeating: 0, count: 125), lengthBytes: 2), .badLength),
    ("64 bits for 65,535", frame(2, lengthBytes: 8, claimed: 65_535), .badLength),
    ("the highest bit of a length", frame(2, lengthBytes: 8, claimed: 1 << 63), .badLength),
    ("all bits of a length", frame(2, lengthBytes: 8, claimed: .max), .badLength),
    ("a continuation of nothing", frame(0, [0x41]), .badFragment),
    ("text within text", frame(1, [0x41], final: false) + frame(1, [0x41]), .badFragment),
    ("a continuation behind the end", frame(1, [0x41]) + frame(0, [0x41]), .badFragment),
    ("half a close code", frame(8, [3]), .badClose),
    ("text that is not UTF-8", frame(1, [0xFF]), .invalidUTF8),
    ("an overlong form", frame(1, [0xC0, 0xAF]), .invalidUTF8),
    ("a surrogate", frame(1, [0xED, 0xA0, 0x80]), .invalidUTF8),
    ("beyond Unicode", frame(1, [0xF4, 0x90, 0x80, 0x80]), .invalidUTF8),
    ("text that ends within a character", frame(1, [0xC3]), .invalidUTF8),
    ("a reason that is not UTF-8", frame(8, [3, 0xE8, 0xFF]), .invalidUTF8),
    ("65,536 bytes", frame(2, claimed: 65_536), .messageTooBig),
    ("2^62 bytes", frame(2, claimed: 1 << 62), .messageTooBig),
  ]

  @Test("what breaks a rule ends the connection", arguments: faults)
  func endsIt(name: String, bytes: [UInt8], fault: WebSocketFault) {
    var reader = read(bytes)
    #expect(reader.fault == fault, "\(name)")
    let code = fault.code.rawValue
    let close: [UInt8] = [0x88, 2, UInt8(code >> 8), UInt8(code & 0xFF)]
    #expect(reader.events.last == .failed(fault, close: close))
    #expect(!reader.connection.isOpen && reader.connection.keptByteCount == 0)
    #expect(reader.connection.nextDeadline == nil)
    // Nothing comes or goes behind the end.
    let count = reader.events.count
    reader.feed(frame(1, [0x41]))
    #expect(reader.events.count == count)
    #expect(reader.connection.send([0x41].span).isEmpty && reader.connection.close(now: start).isEmpty)
  }

  @Test("a client takes no masked frames")
  func maskedServer() {
    #expect(read(frame(1, [0x41]), .client).fault == .wrongMasking)
  }

  @Test("a fault is seen as soon as its byte is there")
  func early() {
    var reader = Reader()
    reader.feed([0x83])
    #expect(reader.fault == .unknownOpcode)
  }
}
