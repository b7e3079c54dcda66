import SIPDialog
import SIPMessage
import SIPTransaction
import Testing
import Wire

/// Two phones on virtual time with a network between them that may lose, repeat and reorder.
final class Pair {
  let alice: Phone
  let bob: Phone
  var random: SplitMix64
  var lossPercent = 0
  var duplicationPercent = 0
  var latency: ClosedRange<Int64> = 5...5
  /// Whether a message may pass, by its summary; for losing one on purpose.
  var passes: (Phone, String) -> Bool = { _, _ in true }
  private(set) var now: Int64 = 0
  private var agenda: [(at: Int64, order: Int, work: () -> Void)] = []
  private var order = 0

  init(
    seed: UInt64 = 1, alice limitsOfAlice: UserAgentLimits = .default, bob limitsOfBob: UserAgentLimits = .default,
    _ change: (inout UserAgentConfiguration) -> Void = { _ in },
    bobs changeBob: ((inout UserAgentConfiguration) -> Void)? = nil
  ) {
    random = SplitMix64(seed: seed)
    alice = Phone("alice", host: "192.0.2.1", seed: seed &* 2 &+ 1, limits: limitsOfAlice, change)
    if let changeBob {
      bob = Phone("bob", host: "192.0.2.2", seed: seed &* 2 &+ 2, limits: limitsOfBob, changeBob)
    } else {
      bob = Phone("bob", host: "192.0.2.2", seed: seed &* 2 &+ 2, limits: limitsOfBob, change)
    }
    alice.transmit = { [unowned self] in carry($0, from: alice, to: $1) }
    bob.transmit = { [unowned self] in carry($0, from: bob, to: $1) }
  }

  static func hop(_ phone: Phone) -> Hop { Hop(transport: .udp, remote: phone.address) }

  private func carry(_ bytes: [UInt8], from sender: Phone, to hop: Hop) {
    let receiver = sender === alice ? bob : alice
    #expect(hop.remote == receiver.address, "\(Phone.summary(of: bytes)) went to \(hop.remote)")
    guard passes(sender, Phone.summary(of: bytes)) else { return }
    let copies = random.chance(duplicationPercent) ? 2 : 1
    for _ in 0..<copies where !random.chance(lossPercent) {
      at(now + Int64.random(in: latency, using: &random)) { receiver.receive(bytes, from: Self.hop(sender)) }
    }
  }

  /// Does something at a time.
  func at(_ time: Int64, _ work: @escaping () -> Void) {
    agenda.append((time, order, work))
    order += 1
  }

  /// Lets so many milliseconds pass.
  func run(for milliseconds: Int64) {
    let end = now + milliseconds
    var steps = 0
    while steps < 200_000 {
      steps += 1
      let deadlines = [alice, bob].compactMap { $0.agent.nextDeadline?.milliseconds }.map { $0 + 1 }
      let first = agenda.min { ($0.at, $0.order) < ($1.at, $1.order) }
      guard let next = (deadlines + (first.map { [$0.at] } ?? [])).min(), next <= end else { break }
      setTime(max(now, next))
      if let first, first.at <= now {
        agenda.removeAll { $0.order == first.order }
        first.work()
      }
      alice.advance()
      bob.advance()
    }
    #expect(steps < 200_000, "no end in sight")
    setTime(end)
  }

  private func setTime(_ time: Int64) {
    now = time
    alice.now = time
    bob.now = time
  }

  /// Lets everything end that ends by itself, and sees that nothing is left.
  func expectNothingLeft(after milliseconds: Int64 = 400_000, _ comment: Comment? = nil) {
    run(for: milliseconds)
    for phone in [alice, bob] {
      let isEmpty = phone.agent.isEmpty
      #expect(isEmpty, "\(phone.name) still holds something: \(phone.log)")
      #expect(phone.agent.nextDeadline == nil)
    }
  }

  // MARK: A call in a few words

  @discardableResult
  func dial(offer: String? = "a1") throws -> CallHandle {
    try alice.run { (agent, now, sink) throws(UserAgentError) in
      try agent.invite(
        "sip:bob@192.0.2.2", from: "\"Alice\" <sip:alice@192.0.2.1>", via: Self.hop(bob),
        offer: offer.map { SessionBody($0) }, now: now, into: &sink)
    }
  }

  /// Alice calls, Bob answers, both know it.
  func establish(offer: String? = "a1", answer: String = "b1") throws {
    try dial(offer: offer)
    run(for: 50)
    try bob.answer(answer)
    run(for: 50)
  }
}

extension Phone {
  func ring(_ status: Int = 180, _ session: String? = nil, reliable: Bool = false) throws {
    let call = try #require(call)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.ring(
        call, status: status, session: session.map { SessionBody($0) }, isReliable: reliable, now: now, into: &sink)
    }
  }

  func answer(_ session: String?) throws {
    let call = try #require(call)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.answer(call, session: session.map { SessionBody($0) }, now: now, into: &sink)
    }
  }

  func reject(_ status: Int) throws {
    let call = try #require(call)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.reject(call, status: status, now: now, into: &sink)
    }
  }

  func hangUp(_ call: CallHandle? = nil, headers: [ExtraHeader] = []) throws {
    let call = try #require(call ?? self.call)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.hangUp(call, headers: headers, now: now, into: &sink)
    }
  }

  func reinvite(_ offer: String?) throws {
    let dialog = try #require(dialog)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.reinvite(dialog, offer: offer.map { SessionBody($0) }, now: now, into: &sink)
    }
  }

  func update(_ offer: String?) throws {
    let dialog = try #require(dialog)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.update(dialog, offer: offer.map { SessionBody($0) }, now: now, into: &sink)
    }
  }

  func accept(_ session: String? = nil) throws {
    let request = try #require(request)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.accept(request, session: session.map { SessionBody($0) }, now: now, into: &sink)
    }
  }

  func refuse(_ status: Int) throws {
    let request = try #require(request)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.refuse(request, status: status, now: now, into: &sink)
    }
  }

  func acknowledge(_ answer: String) throws {
    let dialog = try #require(dialog)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.acknowledge(dialog, answer: SessionBody(answer), now: now, into: &sink)
    }
  }

  func acknowledgeProvisional(_ answer: String) throws {
    let dialog = try #require(dialog)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.acknowledgeProvisional(dialog, answer: SessionBody(answer), now: now, into: &sink)
    }
  }

  func authenticate(_ value: String) throws {
    let request = try #require(request)
    try run { (agent, now, sink) throws(UserAgentError) in
      try agent.authenticate(request, credentials: [ExtraHeader("Authorization", value)], now: now, into: &sink)
    }
  }
}
