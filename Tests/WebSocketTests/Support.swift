import WebSocket
import Wire

let start = Instant(nanoseconds: 0)

extension Array where Element == UInt8 {
  /// The bytes that hex digits stand for; blanks are for people.
  init(hex: String) {
    self = (try? Hex.decode(String(hex.filter { $0 != " " }))) ?? []
  }
}

extension String {
  var bytes: [UInt8] { Array(utf8) }
}

/// A frame as a client sends it, masked unless told otherwise; what it claims may be false.
func frame(
  _ opcode: UInt8, _ payload: [UInt8] = [], final: Bool = true, rsv: UInt8 = 0, key: [UInt8]? = [1, 2, 3, 4],
  lengthBytes: Int? = nil, claimed: UInt64? = nil
) -> [UInt8] {
  let length = claimed ?? UInt64(payload.count)
  var bytes: [UInt8] = [(final ? 0x80 : 0) | rsv << 4 | opcode]
  let extended = lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8)
  let masked: UInt8 = key == nil ? 0 : 0x80
  bytes.append(masked | (extended == 0 ? UInt8(length) : extended == 2 ? 126 : 127))
  for index in (0..<extended).reversed() { bytes.append(UInt8(truncatingIfNeeded: length >> (8 * UInt64(index)))) }
  guard let key else { return bytes + payload }
  return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
}

/// A connection and everything that comes out of it.
struct Reader {
  var connection: WebSocketConnection
  var events: [WebSocketConnection.Event] = []

  init(
    _ role: WebSocketRole = .server, deflate: DeflateParameters? = nil, limits: WebSocketLimits = WebSocketLimits()
  ) {
    connection = WebSocketConnection(role: role, deflate: deflate, limits: limits, now: start)
  }

  mutating func feed(_ bytes: [UInt8], at now: Instant = start) {
    connection.append(bytes.span, now: now)
    while true {
      let event = connection.next(now: now)
      if event == .needMore { return }
      events.append(event)
    }
  }

  var messages: [[UInt8]] {
    events.compactMap { if case .message(let bytes) = $0 { bytes } else { nil } }
  }

  var fault: WebSocketFault? {
    if case .failed(let fault, _) = events.last { fault } else { nil }
  }
}

/// What comes out of a stream that is fed whole.
func read(
  _ bytes: [UInt8], _ role: WebSocketRole = .server, deflate: DeflateParameters? = nil,
  limits: WebSocketLimits = WebSocketLimits()
) -> Reader {
  var reader = Reader(role, deflate: deflate, limits: limits)
  reader.feed(bytes)
  return reader
}
