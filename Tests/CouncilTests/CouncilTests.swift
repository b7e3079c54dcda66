import Admissions
import Codecs
import Council
import H225
import H245
import H323Endpoint
import Mixer
import RTP
import Testing
import Wire

/// Who is let in, and how calls and rooms end.
struct CouncilCallTests {
  private static let room = CouncilRoomName("council-a")

  private func configuration(capacity: Int = 25) -> CouncilConfiguration {
    var configuration = CouncilConfiguration()
    configuration.capacity = capacity
    return configuration
  }

  @Test func aCallBeginsARoomAndItsEndEndsIt() throws {
    let hall = Hall()
    let name = try #require(Self.room)
    let phone = hall.join(Phone(1))
    #expect(hall.council.counters.rooms == 1)
    #expect(hall.council.counters.participants == 1)
    #expect(hall.council.counters.active == 1)
    let state = try #require(hall.state(name))
    #expect(state.participants.map(\.party) == [.guardian("if://guardian/1")])
    #expect(state.participants.map(\.name) == ["Phone 1"])
    #expect(state.participants.map(\.codec) == ["PCMU"])
    #expect(state.until - state.since == .seconds(4 * 3_600))
    #expect(state.traceID == "trace" && state.capacity == 25)
    hall.hangUp(phone)
    #expect(hall.council.counters.rooms == 0 && hall.council.counters.active == 0)
    #expect(hall.council.counters[.answered] == 1)
    #expect(hall.ports.isEmpty && hall.table.count == 0)
    hall.pass(.seconds(1))
    #expect(hall.council.nextDeadline == nil, "nothing is left to be done")
    let names = hall.events.map { event in
      switch event {
      case .setup: "setup"
      case .connected: "connected"
      case .released: "released"
      case .roomBegan: "began"
      case .joined: "joined"
      case .left: "left"
      case .muted: "muted"
      case .key: "key"
      case .roomEnded: "ended"
      }
    }
    #expect(names == ["setup", "began", "connected", "joined", "left", "ended", "released"])
  }

  /// 25 are let in, the 26th hears that it is busy, and is let in when somebody has gone.
  @Test func capacity() {
    let hall = Hall()
    let phones = (1...25).map { hall.join(Phone($0)) }
    #expect(hall.council.counters.participants == 25)
    hall.join(Phone(26))
    #expect(hall.council.counters.participants == 25)
    #expect(hall.endings().last?.reason == .refused(.roomFull))
    #expect(hall.endings().last?.cause == 17)
    #expect(hall.council.counters[.rejected] == 1)
    hall.join(Phone(27), "council-b")
    #expect(hall.council.counters.participants == 26, "another room has its own places")
    hall.hangUp(phones[3])
    hall.join(Phone(28))
    #expect(hall.council.counters.participants == 26)
    #expect(hall.ports.count == 26)
  }

  struct Refused: Sendable, CustomTestStringConvertible {
    var destination: String
    var admittedTo: String?
    var refusal: CouncilRefusal
    var cause: UInt8
    var testDescription: String { "\(destination), admitted to \(admittedTo ?? "nothing")" }
  }

  @Test(arguments: [
    Refused(destination: "council-a", admittedTo: nil, refusal: .notAdmitted, cause: 21),
    Refused(destination: "council-a", admittedTo: "council-b", refusal: .notAdmitted, cause: 21),
    Refused(destination: "council-a", admittedTo: "council", refusal: .notAdmitted, cause: 21),
    Refused(destination: "expert-safety", admittedTo: "council-a", refusal: .noSuchRoom, cause: 1),
    Refused(destination: "council-", admittedTo: "council-a", refusal: .noSuchRoom, cause: 1),
    Refused(destination: "council-ä", admittedTo: "council-a", refusal: .noSuchRoom, cause: 1),
  ])
  func refusals(_ refused: Refused) {
    let hall = Hall()
    hall.call(
      Phone(1), refused.destination, admittedTo: refused.admittedTo, isAdmitted: refused.admittedTo != nil)
    #expect(hall.endings().map(\.reason) == [.refused(refused.refusal)])
    #expect(hall.endings().map(\.cause) == [refused.cause])
    #expect(hall.endings().map(\.result) == [.rejected])
    #expect(hall.council.counters.active == 0 && hall.council.counters.rooms == 0 && hall.ports.isEmpty)
  }

  /// Whoever calls `council` comes where its admission says.
  @Test func theAdmissionNamesTheRoom() {
    let hall = Hall()
    hall.call(Phone(1), "council", admittedTo: "council-x")
    #expect(hall.roster().map(\.name.text) == ["council-x"])
  }

  @Test(arguments: [
    "sip:council-a@if.internal", "SIP:council-a@if.internal;user=phone", "h323:council-a", "council-a@x",
  ])
  func addresses(_ text: String) {
    #expect(CouncilRoomName([.dialledDigits("1"), .urlID(text)])?.text == "council-a")
    #expect(CouncilRoomName([.urlID("sip:bob@x")]) == nil)
  }

  /// The same call once more while it is up: one admission is for one call.
  @Test func anAdmissionIsForOneCall() {
    let hall = Hall()
    let first = hall.join(Phone(1))
    let second = Phone(2)
    second.identifier = first.identifier
    hall.phones.append(second)
    hall.tell(.incoming(second.call, second.invitation([.h323ID("council-a")])))
    #expect(hall.endings().map(\.reason) == [.refused(.notAdmitted)])
    #expect(hall.council.counters.participants == 1)
  }

  @Test func noPorts() {
    let hall = Hall()
    hall.portsLeft = 1
    hall.join(Phone(1))
    hall.join(Phone(2))
    #expect(hall.endings().map(\.reason) == [.refused(.noPorts)])
    #expect(hall.council.counters[.failed] == 1 && hall.council.counters.active == 1)
  }

  /// A driver that never answers leaves nothing behind for ever.
  @Test func noAnswer() {
    var configuration = CouncilConfiguration()
    configuration.setupPatience = .seconds(3)
    var council = Council(configuration, seed: 1, now: .zero, clock: .epoch)
    var sink = CouncilSink()
    let phone = Phone(1)
    council.handle(.incoming(phone.call, phone.invitation([.h323ID("council-a")])), now: .zero, into: &sink)
    for second in 1...3 {
      #expect(council.counters.active == 1)
      council.advance(now: Instant(milliseconds: Int64(second) * 1_000), clock: .epoch, into: &sink)
    }
    #expect(council.counters.active == 0)
    #expect(council.nextDeadline == nil)
    council.admitted(phone.call, nil, now: .zero, into: &sink)
    council.mediaOpened(CouncilPlace(number: 0), at: nil, now: .zero, into: &sink)
    #expect(council.counters.calls.reduce(0, +) == 1)
  }

  @Test func whoGivesUpBeforeTheAnswerHasCancelled() {
    var council = Council(CouncilConfiguration(), seed: 1, now: .zero, clock: .epoch)
    var sink = CouncilSink()
    let phone = Phone(1)
    council.handle(.incoming(phone.call, phone.invitation([.h323ID("council-a")])), now: .zero, into: &sink)
    council.handle(.released(phone.call, H323Release(side: .peer, cause: 16)), now: .zero, into: &sink)
    #expect(council.counters[.cancelled] == 1 && council.counters.active == 0)
  }

  @Test func aRoomLastsFourHours() throws {
    let hall = Hall()
    let phones = [hall.join(Phone(1)), hall.join(Phone(2))]
    hall.run(.seconds(1))
    // What they say meanwhile is left out, and that they say nothing is not held against them.
    hall.council.configuration.mediaTimeout = nil
    hall.pass(.seconds(4 * 3_600) - .milliseconds(1_500))
    #expect(hall.council.counters.participants == 2)
    hall.pass(.seconds(2))
    #expect(hall.council.counters.participants == 0 && hall.council.counters.rooms == 0)
    #expect(hall.endings().map(\.reason) == [.lifetime, .lifetime])
    #expect(phones.allSatisfy { $0.place == nil })
  }

  @Test func theOperatorEndsARoom() throws {
    let hall = Hall()
    let name = try #require(Self.room)
    for number in 1...3 { hall.join(Phone(number)) }
    hall.join(Phone(4), "council-b")
    #expect(hall.end(name) == .done(3))
    hall.perform()
    #expect(hall.end(name) == .unknownRoom)
    #expect(hall.roster().map(\.name.text) == ["council-b"])
    #expect(hall.endings().map(\.reason) == [.roomClosed, .roomClosed, .roomClosed])
    hall.council.endAll(now: hall.now, into: &hall.sink)
    hall.perform()
    #expect(hall.council.counters.active == 0 && hall.ports.isEmpty)
  }

  @Test func theOperatorExpelsOne() throws {
    let hall = Hall()
    let name = try #require(Self.room)
    for number in 1...3 { hall.join(Phone(number)) }
    #expect(hall.expel(9, from: name) == .unknownParticipant)
    #expect(hall.expel(2, from: name) == .done(1))
    hall.perform()
    #expect(hall.state(name)?.participants.map(\.number) == [1, 3])
    #expect(hall.endings().map(\.reason) == [.expelled])
    hall.hangUp(hall.phones[1])
    #expect(hall.endings().count == 1, "what is over ends once")
  }

  /// A room that was opened before anybody came waits, has its own capacity, and ends with its last participant.
  @Test func aRoomThatWaits() throws {
    let hall = Hall()
    let name = try #require(Self.room)
    #expect(
      hall.open(name, traceID: "t", capacity: 1, lifetime: .seconds(7_200)) == .done(0))
    #expect(hall.open(name, traceID: "t") == .known)
    hall.perform()
    hall.pass(.seconds(1_800))
    hall.join(Phone(1))
    hall.join(Phone(2))
    #expect(hall.endings().map(\.reason) == [.refused(.roomFull)])
    #expect(hall.state(name)?.traceID == "t")
    hall.hangUp(hall.phones[0])
    #expect(hall.council.counters.rooms == 0)
    // Nobody comes.
    hall.open(name, traceID: nil)
    hall.pass(.seconds(3_599))
    #expect(hall.council.counters.rooms == 1)
    hall.pass(.seconds(2))
    hall.pass(.seconds(1))
    #expect(hall.council.counters.rooms == 0)
    #expect(hall.council.nextDeadline == nil)
  }

  /// At the limit of rooms, and one beyond.
  @Test func roomsAreBounded() throws {
    let hall = Hall()
    for number in 1...CouncilLimits.maxRooms { hall.join(Phone(number), "council-\(number)") }
    #expect(hall.council.counters.rooms == CouncilLimits.maxRooms)
    hall.join(Phone(1_000), "council-1000")
    #expect(hall.endings().map(\.reason) == [.refused(.noCapacity)])
    hall.join(Phone(1_001), "council-1")
    #expect(hall.endings().count == 1, "one that is there takes more")
    hall.council.isClosed = true
    hall.join(Phone(1_002), "council-1")
    #expect(hall.endings().map(\.reason).last == .refused(.noCapacity))
  }

  /// Calls are bounded before anybody is asked about them.
  @Test func callsAreBounded() {
    var council = Council(CouncilConfiguration(), seed: 1, now: .zero, clock: .epoch)
    var sink = CouncilSink()
    for number in 1...(CouncilLimits.maxLegs + 1) {
      let phone = Phone(number)
      phone.identifier = GloballyUniqueID(high: 0, low: UInt64(number))
      council.handle(.incoming(phone.call, phone.invitation([.h323ID("council-a")])), now: .zero, into: &sink)
    }
    #expect(council.counters.active == CouncilLimits.maxLegs)
    #expect(council.counters[.rejected] == 1)
  }

  /// Nothing grows with calls that are over.
  @Test func nothingIsLeftBehind() {
    let hall = Hall()
    for number in 1...200 {
      let phone = hall.join(Phone(number), "council-\(number % 3)")
      hall.run(.milliseconds(40))
      hall.hangUp(phone)
      hall.phones.removeAll()
    }
    #expect(hall.council.counters.active == 0 && hall.council.counters.rooms == 0)
    #expect(hall.ports.isEmpty)
    #expect(hall.council.heldPlaces == 1, "one place was enough for all")
    #expect(hall.council.counters[.answered] == 200)
  }
}
