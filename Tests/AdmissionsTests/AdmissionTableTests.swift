import Admissions
import Guard
import H225
import Testing
import Wire

private func call(_ number: UInt64, room: String = "council-1", by name: String = "a") -> Admission {
  Admission(
    callIdentifier: GloballyUniqueID(high: 0, low: number), party: .guardian(name), destination: .room(room),
    bandwidthBitsPerSecond: 128_000)
}

private func name(_ number: UInt64) -> GloballyUniqueID { GloballyUniqueID(high: 0, low: number) }

@Suite struct AdmissionTableTests {
  private let now = Instant(milliseconds: 1_000)

  @Test func aSetupTakesItsAdmissionOnce() {
    var table = AdmissionTable()
    #expect(table.take(name(1), now: now) == nil)
    #expect(table.enter(call(1), now: now) == .entered)
    #expect(!table.isInCall(name(1)) && table.holds(name(1)))
    #expect(table.take(name(1), now: now)?.room == "council-1")
    #expect(table.isInCall(name(1)))
    #expect(table.take(name(1), now: now) == nil)
    #expect(table.release(name(1)) == call(1))
    #expect(table.occupancy(of: "council-1") == 0 && table.count == 0)
  }

  @Test func whoeverLooksSeesWhoMayEnterAndSinceWhen() throws {
    var table = AdmissionTable(patience: .seconds(30))
    _ = table.enter(call(1), now: now)
    let phone = Admission(
      callIdentifier: name(2), party: .gateway(callID: "c2@host"), destination: .room("council-1"),
      bandwidthBitsPerSecond: 128_000, user: "expert-safety")
    _ = table.enter(phone, now: now + .seconds(1))
    _ = table.take(name(2), now: now + .seconds(2))
    let calls = table.calls(now: now + .seconds(3))
    let one = try #require(calls.first { $0.admission.callIdentifier == name(1) })
    #expect(one.since == now && !one.isInCall)
    let other = try #require(calls.first { $0.admission == phone })
    #expect(other.since == now + .seconds(1) && other.isInCall)
    // The first has not come in time.
    #expect(table.calls(now: now + .seconds(30)).map(\.admission) == [phone])
  }

  @Test func aSetupFromElsewhereTakesNothing() {
    var table = AdmissionTable()
    var admission = call(1)
    admission.source = IPAddress(v4: 0xC000_0201)
    _ = table.enter(admission, now: now)
    #expect(table.take(name(1), from: IPAddress(v4: 0xC000_0202), now: now) == nil)
    #expect(table.take(name(1), now: now) == nil)
    #expect(table.take(name(1), from: IPAddress(v4: 0xC000_0201), now: now) == admission)
  }

  @Test func nobodyWaitsForEver() {
    var table = AdmissionTable(patience: .seconds(30))
    _ = table.enter(call(1), now: now)
    _ = table.enter(call(2), now: now)
    #expect(table.take(name(1), now: now + .milliseconds(29_999)) != nil)
    #expect(table.take(name(2), now: now + .seconds(30)) == nil)
    #expect(table.occupancy(of: "council-1") == 1)
    table.forgetOverdue(now: now + .seconds(3_600))
    #expect(table.isInCall(name(1)))
  }

  @Test func aRoomHasSoManyPlaces() {
    var table = AdmissionTable(roomCapacity: 25)
    for number in 1...25 { #expect(table.enter(call(UInt64(number)), now: now) == .entered) }
    #expect(table.enter(call(26), now: now) == .roomFull)
    #expect(table.enter(call(26, room: "council-2"), now: now) == .entered)
    // The same call again is no second place.
    #expect(table.enter(call(7), now: now) == .entered && table.occupancy(of: "council-1") == 25)
    table.release(name(7))
    #expect(table.enter(call(27), now: now) == .entered)
    // Places that were kept for calls which have not come are given away.
    #expect(table.enter(call(28), now: now + .seconds(30)) == .entered)
    #expect(table.occupancy(of: "council-1") == 1)
  }

  @Test func theTableHasAnEnd() {
    var table = AdmissionTable(capacity: 2)
    _ = table.enter(call(1), now: now)
    _ = table.enter(call(2), now: now)
    #expect(table.enter(call(3, room: "council-2"), now: now) == .tableFull)
    table.release(name(1))
    #expect(table.enter(call(3, room: "council-2"), now: now) == .entered)
  }

  @Test func anIdentifierBelongsToOneCall() {
    var table = AdmissionTable()
    _ = table.enter(call(1), now: now)
    #expect(table.enter(call(1, by: "b"), now: now) == .taken)
    #expect(table.enter(call(1, room: "council-2"), now: now) == .taken)
    #expect(table.admission(of: name(1)) == call(1))
  }

  @Test func whoNeedNotAskIsKnownByItsIdentifierAndHost() {
    var table = AdmissionTable()
    let host = IPAddress(v4: 0xC000_0201)
    let grant = AdmissionTable.Grant(guardian: "a", ip: host, bandwidthBitsPerSecond: 256_000)
    #expect(table.grant("ep", grant) == true)
    let room = Admission.Destination.room("council-1")
    func take(_ number: UInt64, _ identifier: String? = "ep", _ ip: IPAddress, _ table: inout AdmissionTable) -> Bool {
      table.take(name(number), endpointIdentifier: identifier, destination: room, from: ip, now: now) != nil
    }
    #expect(!take(1, "other", host, &table) && !take(1, nil, host, &table))
    #expect(!take(1, "ep", IPAddress(v4: 0xC000_0202), &table))
    #expect(take(1, "ep", host, &table) && take(2, "ep", host, &table))
    #expect(table.bandwidth(of: .guardian("a")) == 256_000)
    let expert = Admission.Destination.gateway("expert-x")
    #expect(table.take(name(4), endpointIdentifier: "ep", destination: expert, from: host, now: now) == nil)
    #expect(!take(3, "ep", host, &table), "beyond its quota")
    table.release(name(1))
    table.revoke("ep")
    #expect(!take(3, "ep", host, &table))
  }

  @Test(arguments: [
    ("council", true), ("council-1", true), ("council-a.B_c-9", true),
    ("council-" + String(repeating: "x", count: 64), true), ("council-" + String(repeating: "x", count: 65), false),
    ("council-", false), ("Council", false), ("councils", false), ("council-a b", false), ("council-ä", false),
    ("", false), ("lounge", false),
  ])
  func roomNames(_ name: String, isRoom: Bool) {
    #expect(RoomName.isRoom(name) == isRoom)
  }
}
