import FuzzSupport
import SIPMessage
import SIPTransaction
import Wire

/// Two layers that talk over a network which loses, repeats and reorders, while strangers talk to both.
///
/// The input is a list of events: requests and responses new and repeated, CANCELs, ACKs, answers of the user, failures
/// of the transport, streams that close, time. Whatever comes in whatever order, every transaction ends once and is
/// reported once, nothing is sent for what is gone, and when time has run out nothing is kept (``Side`` checks it).
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count <= 4096 else { return }
  var storm = Storm(FuzzScript(bytes))
  storm.run()
}

private struct Storm {
  var script: FuzzScript
  let sides: [Side]
  var network: [(packet: Packet, to: Int)] = []
  var serial = 0

  static let peer = hop(.udp, "192.0.2.1:61000")
  static let hops = [
    peer, hop(.udp, "192.0.2.2:5060"), hop(.tcp, "192.0.2.9:5060", 7), hop(.tls, "192.0.2.9:5061", 8),
    hop(.tcp, "192.0.2.9:5060"),
  ]
  static let codes = [100, 180, 200, 486, 487, 183, 202, 302, 404, 408, 600, 503, 199, 699]
  static let methods = ["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "REGISTER", "STRANGE"]

  static func hop(_ transport: SIPTransportKind, _ address: String, _ connection: UInt64 = 0) -> Hop {
    let remote = SocketAddress(address) ?? SocketAddress(ip: .anyIPv4, port: 0)
    return Hop(transport: transport, remote: remote, connection: ConnectionID(connection), listener: 1)
  }

  init(_ script: FuzzScript) {
    self.script = script
    let choice = self.script.byte()
    let timers = SIPTimers(trying: choice & 1 == 0 ? nil : .milliseconds(200))
    let limits =
      choice & 2 == 0
      ? TransactionLimits(maxServerTransactions: 400, maxClientTransactions: 400)
      : TransactionLimits(
        maxServerTransactions: 6, maxClientTransactions: 6,
        maxRetainedBytes: 10 * (TransactionLimits.overheadPerTransaction + 400))
    sides = [Side(timers: timers, limits: limits), Side(timers: timers, limits: limits)]
  }

  mutating func run() {
    while !script.isAtEnd { step() }
    for side in sides { side.settle() }
  }

  mutating func step() {
    let choice = script.byte()
    let number = Int(choice >> 7)
    let side = sides[number]
    switch choice & 15 {
    case 0, 1: sendRequest(side)
    case 2, 3, 4: deliver()
    case 5, 6: if !side.servers.isEmpty { side.respond(recent(side.servers), status: script.pick(Self.codes)) }
    case 7: if !side.clients.isEmpty { side.cancel(recent(side.clients)) }
    case 8, 9: side.receive(Array(request().utf8), from: script.pick(Self.hops))
    case 10: side.receive(Array(response().utf8), from: script.pick(Self.hops))
    case 11: fail(side)
    case 12: reconnect(side)
    case 13: garbage(side)
    default: advance()
    }
    for number in 0..<2 {
      for packet in sides[number].takeSent() { network.append((packet, 1 - number)) }
    }
    // What is under way gets lost before it fills the memory.
    if network.count > 64 { network.removeFirst(network.count - 64) }
  }

  /// The latest ones more often.
  private mutating func recent<ID>(_ ids: [ID]) -> ID {
    let back = script.below(16)
    return ids[max(0, ids.count - 1 - back)]
  }

  private mutating func sendRequest(_ side: Side) {
    serial += 1
    let name = script.pick(["INVITE", "INVITE", "OPTIONS", "BYE", "ACK", "STRANGE"])
    let branch = script.once(in: 8) ? "z9hG4bKx\(script.below(4))" : "z9hG4bKs\(serial)"
    let text = message(name, branch: branch, number: serial % 7, toTag: nil)
    let bytes = Array(name.utf8)
    guard let method = SIPMethod(parsing: bytes.span) else { return }
    side.send(
      text, method: method, branch: branch, to: script.pick(Self.hops), timerC: script.once(in: 2))
  }

  /// Delivers, repeats or loses a message that is under way.
  private mutating func deliver() {
    guard !network.isEmpty else { return }
    let place = script.below(network.count)
    let (packet, to) = network[place]
    switch script.below(4) {
    case 3: network.remove(at: place)
    case 2: sides[to].receive(packet.bytes, from: Self.peer)
    default:
      network.remove(at: place)
      sides[to].receive(packet.bytes, from: packet.hop)
    }
  }

  private mutating func request() -> String {
    let number = script.below(8)
    let branch: String? =
      switch number {
      case 6: nil
      case 7: "z9hG4bK"
      default: "z9hG4bK\(number)"
      }
    return message(
      script.pick(Self.methods), branch: branch, number: number, toTag: script.once(in: 3) ? "fuzz" : nil)
  }

  private mutating func response() -> String {
    let method = script.pick(Self.methods)
    let branch = script.once(in: 2) ? "z9hG4bKs\(max(1, serial - script.below(16)))" : "z9hG4bKx\(script.below(4))"
    return message(method, branch: branch, number: 1, toTag: "r", status: script.pick(Self.codes))
  }

  private func message(_ method: String, branch: String?, number: Int, toTag: String?, status: Int? = nil) -> String {
    let via = branch.map { ";branch=\($0)" } ?? ""
    let tag = toTag.map { ";tag=\($0)" } ?? ""
    let first = status.map { "SIP/2.0 \($0) X" } ?? "\(method) sip:b@biloxi.example SIP/2.0"
    return """
      \(first)\r
      Via: SIP/2.0/UDP pc33.atlanta.example:5060\(via);rport\r
      Via: SIP/2.0/UDP upstream.example;branch=z9hG4bKolder\r
      Max-Forwards: 69\r
      From: <sip:a@atlanta.example>;tag=1\r
      To: <sip:b@biloxi.example>\(tag)\r
      Call-ID: c\(number)\r
      CSeq: \(number) \(method)\r
      Content-Length: 0\r
      \r

      """
  }

  private mutating func fail(_ side: Side) {
    switch script.below(3) {
    case 0: if !side.clients.isEmpty { side.fail(client: recent(side.clients)) }
    case 1: if !side.servers.isEmpty { side.fail(server: recent(side.servers)) }
    default: side.fail(connection: ConnectionID(UInt64(script.below(10))))
    }
  }

  private mutating func reconnect(_ side: Side) {
    side.reconnect(
      client: side.clients.isEmpty ? nil : recent(side.clients),
      server: side.servers.isEmpty ? nil : recent(side.servers), ConnectionID(UInt64(script.below(10))))
  }

  /// A message with one byte changed, or one that is under way with one byte changed.
  private mutating func garbage(_ side: Side) {
    var bytes = Array(script.once(in: 2) ? response().utf8 : request().utf8)
    if script.once(in: 2), let packet = network.last?.packet { bytes = packet.bytes }
    let place = Int(script.byte()) << 2 | script.below(4)
    bytes[place % bytes.count] = script.byte()
    side.receive(bytes, from: script.pick(Self.hops))
  }

  private mutating func advance() {
    let steps: [Duration] = [
      .milliseconds(1), .milliseconds(100), .milliseconds(500), .seconds(4), .seconds(32), .seconds(181),
    ]
    let step = script.pick(steps)
    for side in sides { side.advance(to: side.now + step) }
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
