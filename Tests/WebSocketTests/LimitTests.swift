import Testing
import WebSocket
import Wire

@Suite("Limits and time of a connection")
struct LimitTests {
  @Test("a message may be as long as the limit, in one frame or in many, and not a byte longer")
  func messageBytes() {
    var limits = WebSocketLimits()
    limits.messageBytes = 300
    #expect(read(frame(2, [UInt8](repeating: 1, count: 300)), limits: limits).messages.count == 1)
    #expect(read(frame(2, [UInt8](repeating: 1, count: 301)), limits: limits).fault == .messageTooBig)
    let head = frame(2, [UInt8](repeating: 1, count: 200), final: false)
    #expect(read(head + frame(0, [UInt8](repeating: 1, count: 100)), limits: limits).messages.first?.count == 300)
    // Refused before its payload has come.
    #expect(read(head + frame(0, claimed: 101), limits: limits).fault == .messageTooBig)
  }

  @Test("as many fragments as allowed, and not one more, even when they are empty")
  func fragments() {
    var limits = WebSocketLimits()
    limits.fragments = 5
    let empty = frame(2, final: false) + (0..<3).flatMap { _ in frame(0, final: false) }
    #expect(read(empty + frame(0), limits: limits).messages == [[]])
    #expect(read(empty + frame(0, final: false) + frame(0), limits: limits).fault == .tooManyFragments)
  }

  @Test("control frames of 125 bytes, between fragments too")
  func controlFrames() {
    let payload = [UInt8](repeating: 7, count: 125)
    let reader = read(frame(1, [0x41], final: false) + frame(9, payload) + frame(0, [0x42]))
    #expect(reader.events == [.ping(answer: [0x8A, 125] + payload), .message([0x41, 0x42])])
  }

  @Test("more pings than are answered, and more control frames than are borne; both begin anew after the window")
  func pingFlood() {
    var limits = WebSocketLimits()
    limits.answeredPings = 3
    limits.controlFrames = 5
    var reader = Reader(limits: limits)
    let answer = WebSocketConnection.Event.ping(answer: [0x8A, 0])
    for _ in 0..<5 { reader.feed(frame(9)) }
    #expect(reader.events == [answer, answer, answer, .ping(answer: nil), .ping(answer: nil)])
    let later = start + limits.controlWindow
    for _ in 0..<5 { reader.feed(frame(9), at: later) }
    #expect(reader.events.count == 10 && reader.events[5] == answer)
    reader.feed(frame(10), at: later)
    #expect(reader.fault == .tooManyControlFrames)
  }

  @Test(
    "close codes",
    arguments: [
      (1000, true), (1001, true), (1003, true), (1004, false), (1005, false), (1006, false), (1007, true), (1011, true),
      (1014, true), (1015, false), (1016, false), (999, false), (0, false), (2999, false), (3000, true), (4999, true),
      (5000, false), (65_535, false),
    ])
  func closeCodes(code: Int, isAllowed: Bool) {
    let payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
    let event = read(frame(8, payload)).events.last
    if isAllowed {
      #expect(event == .closed(WebSocketCloseCode(rawValue: UInt16(code)), answer: [0x88, 2] + payload))
    } else {
      #expect(event == .failed(.badClose, close: [0x88, 2, 3, 0xEA]))
    }
  }

  @Test("a Close without a code is answered by one without")
  func closeWithoutCode() {
    #expect(read(frame(8)).events == [.closed(.noStatus, answer: [0x88, 0])])
  }

  @Test("after our Close, messages and pings are passed over, and the peer's Close ends it")
  func ourClose() {
    var reader = Reader()
    #expect(reader.connection.close(.goingAway, now: start) == [0x88, 2, 3, 0xE9])
    #expect(!reader.connection.isOpen && reader.connection.send([0x41].span).isEmpty)
    #expect(reader.connection.close(now: start).isEmpty)
    reader.feed(frame(1, [0x41], final: false) + frame(9) + frame(0, [0x42]) + frame(8, [3, 0xE9]))
    #expect(reader.events == [.closed(.goingAway, answer: nil)])
  }

  @Test("a peer that does not answer our Close is given up")
  func abandoned() {
    let limits = WebSocketLimits()
    var connection = WebSocketConnection(role: .server, now: start)
    _ = connection.close(now: start)
    #expect(connection.nextDeadline == start + limits.closing)
    #expect(connection.advance(now: start + limits.closing - .nanoseconds(1)) == .none)
    #expect(connection.advance(now: start + limits.closing) == .abandoned)
    #expect(connection.nextDeadline == nil)
  }

  @Test("a silent peer is asked, and given up when it stays silent; any byte is a sign of life")
  func liveness() {
    let interval = Duration.seconds(30)
    var connection = WebSocketConnection(role: .server, now: start)
    #expect(connection.nextDeadline == start + interval)
    #expect(connection.advance(now: start + interval - .nanoseconds(1)) == .none)
    #expect(connection.advance(now: start + interval) == .ping([0x89, 0]))
    #expect(connection.nextDeadline == start + interval * 2)
    // Half a frame is enough.
    let later = start + interval * 2 - .nanoseconds(1)
    connection.append([0x81].span, now: later)
    #expect(connection.next(now: later) == .needMore)
    #expect(connection.advance(now: later + interval) == .ping([0x89, 0]))
    #expect(connection.advance(now: later + interval * 2) == .failed(.silent, close: [0x88, 2, 3, 0xF0]))
    #expect(connection.nextDeadline == nil)
  }

  @Test("without an interval there are no pings")
  func noPings() {
    var limits = WebSocketLimits()
    limits.pingInterval = nil
    var connection = WebSocketConnection(role: .server, limits: limits, now: start)
    #expect(connection.nextDeadline == nil && connection.advance(now: start + .seconds(86_400)) == .none)
  }

  @Test("a message that dribbles in is not waited for, pings between its fragments or not")
  func slowMessage() {
    let limits = WebSocketLimits()
    var reader = Reader()
    reader.feed(frame(1, [0x41], final: false))
    let end = start + limits.messageCompletion
    reader.feed(frame(9) + frame(0, [0x42], final: false), at: end - .nanoseconds(1))
    #expect(reader.connection.nextDeadline == end)
    #expect(reader.connection.advance(now: end) == .failed(.messageTooSlow, close: [0x88, 2, 3, 0xF0]))
  }
}
