import Admissions
import Gatekeeper
import Guard
import H225
import PER
import Testing
import Wire

@Suite struct LimitTests {
  private static let hall = Bench.host(12)

  @Test func endpoints() throws {
    var limits = GatekeeperLimits()
    limits.maxEndpoints = 2
    var bench = try Bench(limits: limits) { $0.alternates = [Bench.host(2)] }
    try bench.register("technical", at: Bench.host(11))
    try bench.register("hall", at: Self.hall)
    let third = bench.registration([.h323ID("ethics")], ras: Bench.host(13))
    let sent = try bench.receive(.registrationRequest(third), from: Bench.host(13))
    #expect(bench.outcome == "resourceUnavailable: endpoints")
    guard case .registrationReject(let reject)? = sent.first?.message else {
      Issue.record("no RRJ")
      return
    }
    #expect(reject.altGKInfo?.alternateGatekeeper.map(\.rasAddress.socketAddress) == [Bench.host(2)])
    // Who is there may register again.
    try bench.register("hall", at: Self.hall)
  }

  @Test func calls() throws {
    var limits = GatekeeperLimits()
    limits.maxCalls = 3
    limits.maxCallsOfTerminal = 2
    var draft = RegistryDraft.council
    draft.guardians[2].bandwidthBitsPerSecond = 10_000_000
    draft.guardians[5].networks = ["192.0.2.0/24"]
    var bench = try Bench(draft, limits: limits)
    let first = try bench.register("hall", at: Self.hall)
    let second = try bench.register("loopback", at: Bench.host(13))
    _ = try bench.admitted(first.endpointIdentifier, at: Self.hall)
    let last = try bench.admitted(first.endpointIdentifier, at: Self.hall)
    let third = bench.admission(first.endpointIdentifier)
    #expect(try bench.ask(third, from: Self.hall) == "resourceUnavailable: calls")
    // The same call again is no more.
    var again = last
    again.requestSeqNum = bench.nextNumber()
    #expect(try bench.ask(again, from: Self.hall) == "confirmed")
    _ = try bench.admitted(second.endpointIdentifier, at: Bench.host(13))
    let fourth = bench.admission(second.endpointIdentifier)
    #expect(try bench.ask(fourth, from: Bench.host(13)) == "resourceUnavailable: calls")
    #expect(bench.gatekeeper.admittedCalls.count == 3 && bench.table.count == 3)
  }

  @Test func theNodesTable() throws {
    var bench = try Bench()
    bench.table = AdmissionTable(capacity: 1)
    let confirm = try bench.register("hall", at: Self.hall)
    _ = try bench.admitted(confirm.endpointIdentifier, at: Self.hall)
    let second = bench.admission(confirm.endpointIdentifier)
    #expect(try bench.ask(second, from: Self.hall) == "resourceUnavailable: table")
    // Its first call has not come in time: there is room again.
    bench.pass(.seconds(30))
    let third = bench.admission(confirm.endpointIdentifier)
    #expect(try bench.ask(third, from: Self.hall) == "confirmed")
  }

  @Test func ownRequests() throws {
    var limits = GatekeeperLimits()
    limits.maxPending = 1
    var bench = try Bench(limits: limits)
    let confirm = try bench.register("hall", at: Self.hall)
    for _ in 0..<2 { _ = try bench.admitted(confirm.endpointIdentifier, at: Self.hall) }
    #expect(bench.pass(.seconds(60)).count == 2, "both are asked")
    #expect(bench.pass(.seconds(2)).count == 1, "one is asked again")
  }

  @Test func spentTokens() throws {
    var limits = GatekeeperLimits()
    limits.maxSpent = 2
    var bench = try Bench(limits: limits)
    let confirm = try bench.register("technical", at: Bench.host(11))
    for outcome in ["confirmed", "confirmed", "resourceUnavailable: memoryFull"] {
      var request = bench.admission(confirm.endpointIdentifier)
      request.tokens = [try bench.token(for: request)]
      #expect(try bench.ask(request, from: Bench.host(11)) == outcome)
    }
    #expect(bench.table.count == 2 && bench.gatekeeper.admittedCalls.count == 2)
  }

  @Test func keptAnswers() throws {
    var limits = GatekeeperLimits()
    limits.maxAnswers = 4
    var bench = try Bench(limits: limits)
    let confirm = try bench.register("hall", at: Self.hall)
    let request = bench.admission(confirm.endpointIdentifier)
    for number in 0..<100 {
      var other = request
      other.requestSeqNum = number + 100
      try bench.receive(.admissionRequest(other), from: Bench.stranger)
    }
    // Strangers do not keep anybody from being answered.
    #expect(try bench.ask(request, from: Self.hall) == "confirmed")
    #expect(try bench.ask(request, from: Self.hall) == "repeated")
    bench.pass(.seconds(30))
    #expect(try bench.ask(request, from: Self.hall) == "confirmed", "forgotten")
  }
}
