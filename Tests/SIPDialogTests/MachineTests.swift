import SIPDialog
import Testing
import Wire

@Suite("Machines: every state and every event")
struct MachineTests {
  static let timing = UsageTiming(
    t1: .milliseconds(500), t2: .seconds(4), timeout: .seconds(32), patience: .seconds(180))

  // MARK: INVITE, server

  static let serverTable = TransitionTable(
    """
    state     | answer                | held                    | released              | reject               | end                 | ack                    | hang up              | patience          | repeat
    ringing   | sendSuccess>accepted  | holdSuccess>accepting   | -                     | sendFailure>over     | terminate>over      | -                      | sendFailure>over     | expire>over       | repeatProvisional
    accepting | -                     | -                       | sendSuccess>accepted  | sendFailure>over     | terminate>over      | -                      | sendFailure>over     | -                 | -
    accepted  | -                     | -                       | -                     | -                    | -                   | confirm>confirmed      | -                    | abandon>over      | repeatSuccess
    closing   | -                     | -                       | -                     | -                    | -                   | confirmAndBye>over     | -                    | abandon>over      | repeatSuccess
    confirmed | -                     | -                       | -                     | -                    | -                   | -                      | sendBye>over         | -                 | -
    over      | -                     | -                       | -                     | -                    | -                   | -                      | -                    | -                 | -
    """)

  static func server(_ state: String) -> InviteServerUsage {
    var machine = InviteServerUsage(timing: timing, now: .zero)
    switch state {
    case "ringing": machine.sentProvisional(now: .zero)
    case "accepting": _ = machine.answer(isHeld: true, now: .zero)
    case "accepted": _ = machine.answer(isHeld: false, now: .zero)
    case "closing":
      _ = machine.answer(isHeld: false, now: .zero)
      _ = machine.hangUp()
    case "confirmed":
      _ = machine.answer(isHeld: false, now: .zero)
      _ = machine.receivedAck()
    default: machine.end()
    }
    return machine
  }

  @Test("INVITE server", arguments: serverTable.cells)
  func server(cell: TransitionTable.Cell) {
    var machine = Self.server(cell.state)
    let before = machine.phase
    let action: InviteServerUsage.Action
    switch cell.event {
    case "answer": action = machine.answer(isHeld: false, now: .zero)
    case "held": action = machine.answer(isHeld: true, now: .zero)
    case "released": action = machine.released(now: .zero)
    case "reject": action = machine.reject()
    case "end": action = machine.receivedEnd()
    case "ack": action = machine.receivedAck()
    case "hang up": action = machine.hangUp()
    case "patience": action = machine.advance(now: Instant(milliseconds: 180_000))
    default:
      // The first deadline that is not the last.
      let deadline = machine.nextDeadline ?? .zero
      #expect(machine.advance(now: deadline - .milliseconds(1)) == .none)
      action = machine.advance(now: deadline)
    }
    #expect("\(action)" == cell.action)
    #expect("\(machine.phase)" == cell.newPhase ?? "\(before)")
  }

  // MARK: INVITE, client

  static let clientTable = TransitionTable(
    """
    state       | 1xx      | 2xx                    | same 2xx              | failure         | pause            | resend          | cancel                | patience
    calling     | progress | establish>established  | establish>established | fail>over       | true>paused      | false           | sendCancel>cancelling | sendCancel>cancelling
    paused      | -        | establish>established  | establish>established | fail>over       | false            | true>calling    | cancelled>over        | fail>over
    cancelling  | -        | acknowledgeAndBye>over | acknowledgeAndBye>over| cancelled>over  | false            | false           | -                     | -
    overdue     | -        | acknowledgeAndBye>over | acknowledgeAndBye>over| fail>over       | false            | false           | -                     | -
    established | -        | acknowledgeAndBye      | acknowledgeAgain      | -               | false            | false           | -                     | -
    over        | -        | acknowledgeAndBye      | acknowledgeAndBye     | -               | false            | false           | -                     | -
    """)

  static func client(_ state: String) -> InviteClientUsage {
    var machine = InviteClientUsage(patience: .seconds(180), now: .zero)
    switch state {
    case "calling": break
    case "paused": _ = machine.pause(for: .seconds(10), now: .zero)
    case "cancelling": _ = machine.cancel()
    case "overdue": _ = machine.advance(now: Instant(milliseconds: 180_000))
    case "established": _ = machine.receivedSuccess(isKnown: false)
    default: _ = machine.failed()
    }
    return machine
  }

  @Test("INVITE client", arguments: clientTable.cells)
  func client(cell: TransitionTable.Cell) {
    var machine = Self.client(cell.state)
    let before = machine.phase
    let action: String
    switch cell.event {
    case "1xx": action = "\(machine.receivedProvisional())"
    case "2xx": action = "\(machine.receivedSuccess(isKnown: false))"
    case "same 2xx": action = "\(machine.receivedSuccess(isKnown: true))"
    case "failure": action = "\(machine.failed())"
    case "pause": action = "\(machine.pause(for: .seconds(1), now: .zero))"
    case "resend": action = "\(machine.resend(now: .zero))"
    case "cancel": action = "\(machine.cancel())"
    default: action = "\(machine.advance(now: Instant(milliseconds: 200_000)))"
    }
    #expect(action == cell.action)
    #expect("\(machine.phase)" == cell.newPhase ?? "\(before)")
  }

  // MARK: Offer and answer

  // Messages of the local side; `+` with a description. What is refused names the fault.
  static let sessionTable = TransitionTable(
    """
    state           | invite+          | invite    | provisional+          | provisional | success+              | success       | ack+                  | ack           | prack+                | prack         | prackSuccess+         | prackSuccess  | update+          | update    | updateSuccess+        | updateSuccess
    fresh           | offer            | nothing   | unexpectedDescription | nothing     | unexpectedDescription | nothing       | unexpectedDescription | nothing       | tooEarly              | nothing       | unexpectedDescription | nothing       | tooEarly         | nothing   | unexpectedDescription | nothing
    asked           | offer            | nothing   | offer                 | nothing     | offer                 | offerMissing  | unexpectedDescription | nothing       | tooEarly              | nothing       | unexpectedDescription | nothing       | tooEarly         | nothing   | unexpectedDescription | nothing
    agreed          | offer            | nothing   | unexpectedDescription | nothing     | unexpectedDescription | nothing       | unexpectedDescription | nothing       | offer                 | nothing       | unexpectedDescription | nothing       | offer            | nothing   | unexpectedDescription | nothing
    ours            | offerOutstanding | nothing   | unexpectedDescription | nothing     | unexpectedDescription | nothing       | unexpectedDescription | nothing       | offerOutstanding      | nothing       | unexpectedDescription | nothing       | offerOutstanding | nothing   | unexpectedDescription | nothing
    their invite    | offerOutstanding | nothing   | answer                | nothing     | answer                | answerMissing | unexpectedDescription | nothing       | offerOutstanding      | nothing       | unexpectedDescription | nothing       | offerOutstanding | nothing   | unexpectedDescription | nothing
    their 1xx       | offerOutstanding | nothing   | unexpectedDescription | nothing     | unexpectedDescription | nothing       | unexpectedDescription | nothing       | answer                | answerMissing | unexpectedDescription | nothing       | offerOutstanding | nothing   | unexpectedDescription | nothing
    their 2xx       | offerOutstanding | nothing   | unexpectedDescription | nothing     | unexpectedDescription | nothing       | answer                | answerMissing | offerOutstanding      | nothing       | unexpectedDescription | nothing       | offerOutstanding | nothing   | unexpectedDescription | nothing
    their prack     | offerOutstanding | nothing   | unexpectedDescription | nothing     | unexpectedDescription | nothing       | unexpectedDescription | nothing       | offerOutstanding      | nothing       | answer                | answerMissing | offerOutstanding | nothing   | unexpectedDescription | nothing
    their update    | offerOutstanding | nothing   | unexpectedDescription | nothing     | unexpectedDescription | nothing       | unexpectedDescription | nothing       | offerOutstanding      | nothing       | unexpectedDescription | nothing       | offerOutstanding | nothing   | answer                | answerMissing
    """)

  static func session(_ state: String) throws -> OfferAnswer {
    var session = OfferAnswer()
    func agree() throws {
      _ = try session.passed(.invite, from: .remote, hasDescription: true)
      _ = try session.passed(.success, from: .local, hasDescription: true)
    }
    switch state {
    case "asked": _ = try session.passed(.invite, from: .remote, hasDescription: false)
    case "agreed": try agree()
    case "ours":
      try agree()
      _ = try session.passed(.update, from: .local, hasDescription: true)
    case "their invite": _ = try session.passed(.invite, from: .remote, hasDescription: true)
    case "their 1xx":
      _ = try session.passed(.invite, from: .local, hasDescription: false)
      _ = try session.passed(.reliableProvisional, from: .remote, hasDescription: true)
    case "their 2xx":
      _ = try session.passed(.invite, from: .local, hasDescription: false)
      _ = try session.passed(.success, from: .remote, hasDescription: true)
    case "their prack":
      try agree()
      _ = try session.passed(.prack, from: .remote, hasDescription: true)
    case "their update":
      try agree()
      _ = try session.passed(.update, from: .remote, hasDescription: true)
    default: break
    }
    return session
  }

  @Test("offer and answer", arguments: sessionTable.cells)
  func session(cell: TransitionTable.Cell) throws {
    var session = try Self.session(cell.state)
    let before = session
    let hasDescription = cell.event.hasSuffix("+")
    let carriers: [String: OfferAnswer.Carrier] = [
      "invite": .invite, "provisional": .reliableProvisional, "success": .success, "ack": .ack, "prack": .prack,
      "prackSuccess": .prackSuccess, "update": .update, "updateSuccess": .updateSuccess,
    ]
    let carrier = try #require(carriers[cell.event.replacing("+", with: "")])
    #expect(OfferAnswer.Carrier.allCases.count == carriers.count)
    let expected = cell.action == "none" ? "nothing" : cell.action
    do {
      let meaning = try session.passed(carrier, from: .local, hasDescription: hasDescription)
      #expect("\(meaning)" == expected)
      switch meaning {
      case .nothing: #expect(session.outstanding == before.outstanding)
      case .offer: #expect(session.outstanding == .local && session.carrier == carrier)
      case .answer: #expect(session.isStable && session.hasAgreed)
      }
    } catch {
      #expect("\(error)" == expected)
      #expect(session == before)
    }
  }

  @Test("a refused offer is forgotten, an agreement is not")
  func refusedOffers() throws {
    var session = OfferAnswer()
    _ = try session.passed(.invite, from: .local, hasDescription: true)
    session.refused(.invite, from: .remote)
    session.refused(.update, from: .local)
    #expect(session.outstanding == .local)
    session.inviteEnded(from: .local)
    #expect(session == OfferAnswer())
    session = try Self.session("their update")
    session.refused(.update, from: .remote)
    #expect(session.isStable)
    session = try Self.session("their 1xx")
    session.inviteEnded(from: .local)
    #expect(session == OfferAnswer())
    session = try Self.session("asked")
    session.inviteEnded(from: .remote)
    #expect(session == OfferAnswer())
  }

  @Test("a response is repeated T1, doubling, up to T2 or without end, for 64·T1")
  func repeater() {
    func times(cap: Duration?) -> [Int64] {
      var repeater = ResponseRepeater(first: .milliseconds(500), cap: cap, patience: .seconds(32), now: .zero)
      var times: [Int64] = []
      while true {
        let deadline = repeater.nextDeadline
        switch repeater.advance(now: deadline) {
        case .repeat: times.append(deadline.milliseconds)
        case .giveUp: return times + [deadline.milliseconds]
        case .none: return []
        }
      }
    }
    #expect(times(cap: .seconds(4)) == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500, 32000])
    #expect(times(cap: nil) == [500, 1500, 3500, 7500, 15500, 31500, 32000])
  }
}
