import SIPDialog
import SIPMessage
import Testing
import Wire

/// Many calls between two phones over a bad network, each user doing what comes to mind: whatever happens, both sides
/// come to an end, hold nothing, and say so once.
@Suite("Two phones, a bad network")
struct PairTests {
  @Test("everything ends, and ends once", arguments: 0..<60 as Range<UInt64>)
  func storm(seed: UInt64) throws {
    let pair = Pair(seed: seed) { configuration in
      configuration.sessionSeconds = seed % 3 == 0 ? 90 : nil
      configuration.reliability = seed % 5 == 0 ? .off : .supported
    }
    var random = SplitMix64(seed: seed &+ 1000)
    pair.latency = 1...(seed % 2 == 0 ? 40 : 350)
    pair.lossPercent = random.chance(20) ? 0 : Int.random(in: 0...35, using: &random)
    pair.duplicationPercent = random.chance(50) ? 0 : Int.random(in: 0...30, using: &random)
    let users = Users(pair: pair, random: random)
    for number in 0..<6 { pair.at(Int64(number) * 700) { users.dial() } }
    pair.run(for: 120_000)
    for phone in [pair.alice, pair.bob] { users.hangUpAll(phone) }
    pair.expectNothingLeft("seed \(seed)")
    for phone in [pair.alice, pair.bob] {
      var ended: [CallHandle: Int] = [:]
      for case .ended(let call, _) in phone.events { ended[call, default: 0] += 1 }
      #expect(ended.values.allSatisfy { $0 == 1 }, "seed \(seed): \(phone.log)")
      var begun: Set<CallHandle> = users.dialled[phone.name] ?? []
      for case .incoming(let call, _, _, _, _) in phone.events { begun.insert(call) }
      #expect(Set(ended.keys) == begun, "seed \(seed), \(phone.name): \(phone.log)")
    }
  }

  @Test(
    "a call, hold, retrieval and hang-up succeed over a network that loses one in five",
    arguments: 0..<20 as Range<UInt64>)
  func lossyHold(seed: UInt64) throws {
    let pair = Pair(seed: seed) { $0.sessionSeconds = 90 }
    pair.lossPercent = 20
    pair.duplicationPercent = 10
    pair.latency = 5...60
    pair.bob.react = { phone, event in
      switch event {
      case .incoming:
        try? phone.ring(183, "b1", reliable: true)
        pair.at(phone.now + 3000) { try? phone.answer(nil) }
      case .sessionRequested: try? phone.accept("held")
      default: break
      }
    }
    try pair.dial()
    pair.run(for: 30_000)
    #expect(pair.alice.log.contains("progress 183 answer b1"))
    #expect(pair.alice.log.contains("answered"))
    for _ in 0..<2 {
      try pair.alice.reinvite("hold")
      pair.run(for: 30_000)
      #expect(pair.alice.log.last == "accepted answer held")
    }
    pair.run(for: 300_000)
    #expect(pair.alice.sent.contains("UPDATE"))
    #expect(pair.alice.log.last == "accepted answer held")
    try pair.alice.hangUp()
    pair.expectNothingLeft()
    #expect(pair.bob.log.last == "ended hung up by the other side")
  }
}

/// What the two users do.
private final class Users {
  unowned let pair: Pair
  var random: SplitMix64
  var dialled: [String: Set<CallHandle>] = [:]
  var live: [String: Set<CallHandle>] = [:]

  init(pair: Pair, random: SplitMix64) {
    self.pair = pair
    self.random = random
    for phone in [pair.alice, pair.bob] {
      phone.react = { [self] phone, event in
        let delay = Int64.random(in: 0...4000, using: &self.random)
        switch event {
        case .ended(let call, _): live[phone.name]?.remove(call)
        case .incoming(let call, _, _, _, _): live[phone.name, default: []].insert(call)
        default: break
        }
        self.pair.at(phone.now + delay) { self.respond(phone, to: event) }
      }
    }
  }

  func dial() {
    let isAlice = random.chance(50)
    let (phone, other) = isAlice ? (pair.alice, pair.bob) : (pair.bob, pair.alice)
    let offer = random.chance(70) ? SessionBody("o") : nil
    let call = try? phone.run { (agent, now, sink) throws(UserAgentError) in
      try agent.invite(
        "sip:\(other.name)@\(other.address.ip)", from: "<sip:\(phone.name)@\(phone.address.ip)>",
        via: Pair.hop(other), offer: offer, now: now, into: &sink)
    }
    guard let call else { return }
    dialled[phone.name, default: []].insert(call)
    live[phone.name, default: []].insert(call)
    if random.chance(20) {
      pair.at(phone.now + Int64.random(in: 0...3000, using: &random)) { try? phone.hangUp(call) }
    }
  }

  func hangUpAll(_ phone: Phone) {
    for call in live[phone.name] ?? [] { try? phone.hangUp(call) }
  }

  private var body: SessionBody? { SessionBody("d\(Int.random(in: 0...9, using: &random))") }

  private func respond(_ phone: Phone, to event: UserAgentEvent) {
    let choice = Int.random(in: 0..<10, using: &random)
    let body = random.chance(85) ? self.body : nil
    _ = try? phone.run { (agent, now, sink) throws(UserAgentError) in
      switch event {
      case .incoming(let call, _, _, let session, _):
        switch choice {
        case 0: try agent.reject(call, status: 486, now: now, into: &sink)
        case 1: try agent.ring(call, now: now, into: &sink)
        case 2...4:
          try agent.ring(call, status: 183, session: body, isReliable: true, now: now, into: &sink)
          self.pair.at(phone.now + 2000) { self.answer(phone, call, nil) }
        case 5: break
        default: try agent.answer(call, session: body ?? session.body, now: now, into: &sink)
        }
      case .progress(_, let dialog?, _, .offer):
        try agent.acknowledgeProvisional(dialog, answer: body ?? SessionBody("p"), now: now, into: &sink)
      case .progress, .request, .referred, .referAnswered, .referProgress, .challenged, .requestCancelled, .ended,
        .provisionalAcknowledged:
        break
      case .answered(let call, let dialog, _, let session):
        if case .offer = session {
          if choice > 0 { try agent.acknowledge(dialog, answer: SessionBody("k"), now: now, into: &sink) }
        } else {
          try self.change(&agent, call, dialog, choice, now, &sink)
        }
      case .acknowledged(let dialog, _), .sessionRefused(let dialog, _):
        try self.change(&agent, nil, dialog, choice, now, &sink)
      case .sessionAccepted(let dialog, _, let session):
        if case .offer = session {
          try agent.acknowledge(dialog, answer: SessionBody("k"), now: now, into: &sink)
        } else if choice < 4 {
          try self.change(&agent, nil, dialog, choice, now, &sink)
        }
      case .sessionRequested(_, let request, _, let session):
        switch choice {
        case 0: break
        case 1: try agent.refuse(request, status: 488, now: now, into: &sink)
        default: try agent.accept(request, session: body ?? session.body, now: now, into: &sink)
        }
      }
    }
  }

  private func answer(_ phone: Phone, _ call: CallHandle, _ body: SessionBody?) {
    _ = try? phone.run { (agent, now, sink) throws(UserAgentError) in
      try agent.answer(call, session: body, now: now, into: &sink)
    }
  }

  private func change(
    _ agent: inout UserAgent, _ call: CallHandle?, _ dialog: DialogHandle, _ choice: Int, _ now: Instant,
    _ sink: inout UserAgentSink
  ) throws(UserAgentError) {
    switch choice {
    case 0...2: try agent.reinvite(dialog, offer: body, now: now, into: &sink)
    case 3...4: try agent.update(dialog, offer: body, now: now, into: &sink)
    case 5: try agent.reinvite(dialog, offer: nil, now: now, into: &sink)
    case 6:
      if let call { try agent.hangUp(call, now: now, into: &sink) }
    case 7: try agent.send(.info, in: dialog, body: body, now: now, into: &sink)
    default: break
    }
  }
}
