import FuzzSupport
import WebSocket
import Wire

/// One stream, whole and in pieces: an upgrade and frames, seen by either end.
///
/// The first byte chooses the role, the limits, and whether there is an upgrade first; the next three how the rest is cut.
/// However it is cut the same comes out, what is kept stays within the limits, and nothing comes out behind the end.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count >= 4 else { return }
  let choices = bytes[0]
  let seed = UInt32(bytes[1]) | UInt32(bytes[2]) << 8 | UInt32(bytes[3]) << 16
  let stream = bytes.extracting(4..<bytes.count)

  var whole = Reading(choices)
  whole.feed(stream)

  var pieces = Reading(choices)
  var cuts = Cuts(state: seed)
  var start = 0
  while start < stream.count {
    let end = min(start + cuts.next(), stream.count)
    pieces.feed(stream.extracting(start..<end))
    start = end
  }
  require(pieces.log == whole.log, "in pieces by \(seed): \(pieces.log) and not \(whole.log)")

  var bytewise = Reading(choices)
  for place in 0..<stream.count { bytewise.feed(stream.extracting(place..<place + 1)) }
  require(bytewise.log == whole.log, "byte by byte: \(bytewise.log) and not \(whole.log)")
}

/// One end of a connection and what came out of it.
private struct Reading {
  private let role: WebSocketRole
  private var limits = WebSocketLimits()
  private var server: WebSocketHandshake?
  private var client: WebSocketClientHandshake?
  private var connection: WebSocketConnection?
  private var isOver = false
  private(set) var log: [String] = []

  private let now = Instant(nanoseconds: 0)

  init(_ choices: UInt8) {
    role = choices & 1 == 0 ? .server : .client
    if choices & 2 == 0 {
      limits.messageBytes = 200
      limits.fragments = 4
      limits.controlFrames = 3
      limits.answeredPings = 2
      limits.handshakeBytes = 400
      limits.handshakeHeaders = 12
    }
    let hasDeflate = choices & 4 == 0
    guard choices & 8 == 0 else {
      let parameters = hasDeflate ? DeflateParameters() : nil
      connection = WebSocketConnection(role: role, deflate: parameters, limits: limits, now: now)
      return
    }
    switch role {
    case .server:
      var policy = WebSocketHandshake.Policy()
      policy.limits = limits
      if !hasDeflate { policy.deflate = nil }
      server = WebSocketHandshake(policy)
    case .client:
      client = WebSocketClientHandshake(
        host: "h", path: "/sip", nonce: (0, 0), offersDeflate: hasDeflate, limits: limits)
    }
  }

  mutating func feed(_ bytes: Span<UInt8>) {
    guard !isOver else { return }
    if connection != nil {
      connection?.append(bytes, now: now)
      read()
    } else if server != nil {
      switch server?.receive(bytes) {
      case .needMore, nil: break
      case .accepted(let response, let deflate, let rest):
        opened("\(String(decoding: response, as: UTF8.self))", deflate, rest)
      case .refused(let response, let refusal):
        isOver = true
        log.append("refused \(refusal) \(response.count)")
      }
    } else {
      switch client?.receive(bytes) {
      case .needMore, nil: break
      case .accepted(let deflate, let rest): opened("open", deflate, rest)
      case .failed(let status):
        isOver = true
        log.append("failed \(status)")
      }
    }
  }

  private mutating func opened(_ how: String, _ deflate: DeflateParameters?, _ rest: [UInt8]) {
    log.append(how)
    server = nil
    client = nil
    connection = WebSocketConnection(role: role, deflate: deflate, limits: limits, now: now)
    connection?.append(rest.span, now: now)
    read()
  }

  private mutating func read() {
    while let event = connection?.next(now: now, mask: 0x0102_0304) {
      switch event {
      case .needMore:
        let kept = connection?.keptByteCount ?? 0
        require(kept <= limits.messageBytes + 125 + 14, "\(kept) bytes are kept")
        return
      case .message(let bytes):
        require(bytes.count <= limits.messageBytes, "too long a message")
      case .ping(let answer): require((answer?.count ?? 0) <= 131, "too long a pong")
      case .pong: break
      case .closed, .failed:
        isOver = true
        require(connection?.isOpen == false && connection?.keptByteCount == 0, "something is left behind the end")
        require(connection?.send([1].span).isEmpty == true, "something can be sent behind the end")
      }
      log.append("\(event)")
    }
  }
}

/// Pieces of 1 to 64 bytes, short ones more often: a linear congruential generator's high bits.
private struct Cuts {
  var state: UInt32

  mutating func next() -> Int {
    state = state &* 1_664_525 &+ 1_013_904_223
    let bits = Int(state >> 20)
    return bits & 3 == 0 ? 1 + bits >> 6 : 1 + (bits >> 2) & 7
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
