import SIPDialog
import SIPMessage
import SIPTransaction
import Testing
import Wire

@Suite("Limits and roads")
struct LimitTests {
  @Test("requests of ours in one dialog, at the limit and one beyond")
  func outgoing() throws {
    let pair = Pair(alice: UserAgentLimits(maxOutgoingRequests: 2))
    try pair.establish()
    pair.passes = { _, _ in false }
    let dialog = try #require(pair.alice.dialog)
    func send() throws {
      try pair.alice.run { (agent, now, sink) throws(UserAgentError) in
        try agent.send(.info, in: dialog, body: nil, now: now, into: &sink)
      }
    }
    try send()
    try send()
    #expect(throws: UserAgentError.limitReached) { try send() }
    // A hang-up has room all the same.
    try pair.alice.hangUp()
    #expect(pair.alice.sent.last == "BYE")
    try pair.bob.hangUp()
    pair.expectNothingLeft()
  }

  @Test("calls of ours, at the limit and one beyond")
  func calls() throws {
    let pair = Pair(alice: UserAgentLimits(maxCalls: 2))
    try pair.dial()
    try pair.dial()
    #expect(throws: UserAgentError.limitReached) { try pair.dial() }
    pair.passes = { _, _ in false }
    pair.expectNothingLeft()
  }

  @Test("without room in the transaction layer a command is refused and nothing is kept")
  func transactions() throws {
    let hop = Hop(transport: .udp, remote: Phone.address("192.0.2.2:5060"))
    let phone = Phone("alice", host: "192.0.2.1", seed: 1)
    phone.agent = UserAgent(
      configuration: UserAgentConfiguration(contact: "sip:alice@192.0.2.1", sentBy: "192.0.2.1"),
      transactionLimits: TransactionLimits(maxClientTransactions: 0), seed: (1, 2, 3, 4))
    #expect(throws: UserAgentError.limitReached) {
      try phone.run { (agent, now, sink) throws(UserAgentError) in
        _ = try agent.invite("sip:bob@192.0.2.2", from: "<sip:alice@h>", via: hop, now: now, into: &sink)
      }
    }
    let isEmpty = phone.agent.isEmpty
    #expect(isEmpty)
  }

  @Test(
    "addresses that are none",
    arguments: [
      ("bob", "<sip:alice@h>"), ("sip:bob@h", "alice"), ("sip:bob@h", "<sip:alice@h>;tag=1"), ("tel:1", "<sip:a@h>"),
      ("sip:bob@h\r\nX: y", "<sip:a@h>"),
    ])
  func malformed(target: String, from: String) {
    let phone = Phone("alice", host: "192.0.2.1", seed: 1)
    let hop = Hop(transport: .udp, remote: phone.address)
    #expect(throws: UserAgentError.malformedAddress) {
      try phone.run { (agent, now, sink) throws(UserAgentError) in
        _ = try agent.invite(target, from: from, via: hop, now: now, into: &sink)
      }
    }
  }

  static let udp = Hop(transport: .udp, remote: Phone.address("192.0.2.9:5060"), listener: 3)
  static let stream = Hop(
    transport: .tcp, remote: Phone.address("192.0.2.9:5060"), connection: ConnectionID(7), listener: 3)

  @Test(
    "where a request within a dialog goes (§8.1.2)",
    arguments: [
      ("sip:bob@192.0.2.5", udp, "udp 192.0.2.5:5060"),
      ("sip:bob@192.0.2.5:5070;transport=udp", udp, "udp 192.0.2.5:5070"),
      ("sip:bob@192.0.2.5;transport=tcp", udp, "tcp 192.0.2.5:5060"),
      ("sip:bob@[2001:db8::1];transport=TCP", udp, "tcp [2001:db8::1]:5060"),
      ("sips:bob@192.0.2.5", udp, "tls 192.0.2.5:5061"),
      ("sips:bob@192.0.2.5;transport=tcp", udp, "tls 192.0.2.5:5061"),
      ("sip:bob@host.example;maddr=192.0.2.6", udp, "udp 192.0.2.6:5060"),
      ("sip:bob@host.example", udp, "udp 192.0.2.9:5060"), ("sip:bob@192.0.2.5;transport=x", udp, "udp 192.0.2.9:5060"),
      ("sip:bob@192.0.2.5", stream, "tcp 192.0.2.9:5060 on 7"),
      ("sip:bob@192.0.2.9;transport=tcp", stream, "tcp 192.0.2.9:5060 on 7"),
      ("sip:bob@192.0.2.5;transport=ws", stream, "ws 192.0.2.5:80"), ("tel:1", udp, "udp 192.0.2.9:5060"),
    ])
  func hops(uri: String, fallback: Hop, expected: String) {
    let hop = UserAgent.hop(to: uri, fallback: fallback)
    let connection = hop.connection == .none ? "" : " on \(hop.connection.rawValue)"
    #expect("\(hop.transport) \(hop.remote)\(connection)" == expected)
    #expect(hop.listener == 3)
  }
}
