import SIPMessage
import SIPTransaction
import Wire

extension Pair {
  /// One request of the client and what has become of it on both sides.
  struct Call {
    var number: Int
    var method: String
    var message: TestMessage

    // What the two users intend.
    var isCancelled = false
    var cancelDelay: Int64 = 0
    var provisionals: [(after: Int64, status: Int)] = []
    var final: (after: Int64, status: Int)?

    // The client's side.
    var client: ClientTransactionID?
    var hasProvisional = false
    var finals: Set<Int> = []
    var timeouts = 0
    var transportErrors = 0
    var clientEnds = 0

    // The server's side.
    var server: ServerTransactionID?
    var deliveries = 0
    var isAnswered = false
    var isAcknowledged = false
    var successResponse: [UInt8]?
    var hasSuccessAck = false
    var serverEnds = 0

    var isInvite: Bool { method == "INVITE" }

    init(number: Int, transport: SIPTransportKind, random: inout SplitMix64) {
      self.number = number
      method =
        random.chance(60) ? "INVITE" : ["OPTIONS", "BYE", "MESSAGE", "INFO"].randomElement(using: &random) ?? "BYE"
      message = TestMessage(
        method: method, branch: "z9hG4bKpair\(number)", sentBy: "192.0.2.1", callID: "call\(number)", cseq: number + 1,
        transport: transport == .udp ? "UDP" : "TCP")
      let quick = random.chance(50)
      let delay = Int64.random(in: 0...(quick ? 100 : 40_000), using: &random)
      let statuses = [200, 200, 200, 302, 404, 486, 503, 603]
      final = (delay, statuses.randomElement(using: &random) ?? 200)
      if isInvite {
        isCancelled = random.chance(30)
        cancelDelay = Int64.random(in: 0...30_000, using: &random)
        for _ in 0..<Int.random(in: 0...3, using: &random) {
          provisionals.append((Int64.random(in: 0...delay, using: &random), random.chance(50) ? 180 : 183))
        }
      } else if random.chance(15) {
        // A user who never answers: the layer has to end the transaction.
        final = nil
      }
    }
  }

  func checkEnd(_ call: Call) {
    if call.clientEnds != 1 { fail(call, "client transaction ended \(call.clientEnds) times") }
    let outcomes = (call.finals.isEmpty ? 0 : 1) + call.timeouts + call.transportErrors
    // An ACK may fail to be delivered after the final response has come.
    let isFailedAck = call.isInvite && !call.finals.isEmpty && call.transportErrors == 1 && call.timeouts == 0
    if outcomes != 1, !isFailedAck { fail(call, "\(outcomes) outcomes for the client") }
    if call.deliveries > 1 { fail(call, "delivered \(call.deliveries) times") }
    if call.serverEnds != call.deliveries { fail(call, "server transaction ended \(call.serverEnds) times") }
    if !call.finals.isEmpty, call.deliveries == 0 { fail(call, "answered without having been delivered") }
  }
}
