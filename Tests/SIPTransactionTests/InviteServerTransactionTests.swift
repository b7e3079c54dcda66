import SIPTransaction
import Testing
import Wire

@Suite("INVITE server transaction")
struct InviteServerTransactionTests {
  static let table = TransitionTable(
    """
    state               | INVITE     | ACK               | 100  | 180  | 200           | 300            | 699            | 99 | 700 | trying     | g          | h                        | i           | l           | error
    proceeding          | -          | -                 | send | send | send>accepted | send>completed | send>completed | -  | -   | sendTrying | -          | -                        | -           | -           | reportTransportError
    proceeding quiet    | -          | -                 | send | send | send>accepted | send>completed | send>completed | -  | -   | -          | -          | -                        | -           | -           | reportTransportError
    proceeding answered | retransmit | -                 | send | send | send>accepted | send>completed | send>completed | -  | -   | -          | -          | -                        | -           | -           | reportTransportError
    completed           | retransmit | confirm>confirmed | -    | -    | -             | -              | -              | -  | -   | -          | retransmit | reportTimeout>terminated | -           | -           | reportTransportError
    completed reliable  | retransmit | confirm>confirmed | -    | -    | -             | -              | -              | -  | -   | -          | -          | reportTimeout>terminated | -           | -           | reportTransportError
    accepted            | -          | passAckToUser     | -    | -    | send          | -              | -              | -  | -   | -          | -          | -                        | -           | >terminated | reportTransportError
    confirmed           | -          | -                 | -    | -    | -             | -              | -              | -  | -   | -          | -          | -                        | >terminated | -           | -
    terminated          | -          | -                 | -    | -    | -             | -              | -              | -  | -   | -          | -          | -                        | -           | -           | -
    """)

  static func machine(_ state: String) -> InviteServerTransaction {
    let transport: SIPTransportKind = state.hasSuffix("reliable") ? .tcp : .udp
    let timers = state.hasSuffix("quiet") ? SIPTimers(trying: nil) : .rfc3261
    var machine = InviteServerTransaction(transport: transport, timers: timers, now: .zero)
    switch state {
    case "proceeding answered": _ = machine.respond(status: 180, now: .zero)
    case "completed", "completed reliable": _ = machine.respond(status: 486, now: .zero)
    case "accepted": _ = machine.respond(status: 200, now: .zero)
    case "confirmed":
      _ = machine.respond(status: 486, now: .zero)
      _ = machine.receivedAck(now: .zero)
    case "terminated":
      _ = machine.respond(status: 486, now: .zero)
      _ = machine.timerFired(.h, now: .zero)
    default: break
    }
    return machine
  }

  @Test("every state × event", arguments: table.cells)
  func cell(_ cell: TransitionTable.Cell) throws {
    var machine = Self.machine(cell.state)
    let phase = "\(machine.phase)"
    #expect(cell.state.hasPrefix(phase))
    let now = Instant(milliseconds: 1)
    let action: InviteServerTransaction.Action
    switch cell.event {
    case "INVITE": action = machine.receivedInvite(now: now)
    case "ACK": action = machine.receivedAck(now: now)
    case "error": action = machine.transportFailed()
    default:
      if let status = Int(cell.event) {
        action = machine.respond(status: status, now: now)
      } else {
        let timer = try #require(InviteServerTransaction.Timer.allCases.first { "\($0)" == cell.event })
        action = machine.timerFired(timer, now: now)
      }
    }
    #expect("\(action)" == cell.action)
    #expect("\(machine.phase)" == cell.newPhase ?? phase)
    #expect(machine.isTerminated == (machine.phase == .terminated))
  }

  @Test("the table has every phase and every timer")
  func exhaustive() {
    for phase in InviteServerTransaction.Phase.allCases {
      #expect(Self.table.states.contains { $0.hasPrefix("\(phase)") })
    }
    for timer in InviteServerTransaction.Timer.allCases { #expect(Self.table.events.contains("\(timer)")) }
  }

  @Test("100 comes after 200 ms, and only while the user is silent")
  func trying() {
    var machine = InviteServerTransaction(transport: .udp, now: .zero)
    #expect(machine.nextDeadline == .milliseconds(200))
    #expect(machine.advance(now: Instant(nanoseconds: 199_999_999)) == .none)
    #expect(machine.advance(now: .milliseconds(200)) == .sendTrying)
    #expect(machine.nextDeadline == nil)
    #expect(machine.receivedInvite(now: .milliseconds(500)) == .retransmit)

    var quick = InviteServerTransaction(transport: .udp, now: .zero)
    #expect(quick.respond(status: 180, now: .milliseconds(199)) == .send)
    #expect(quick.nextDeadline == nil)
  }

  @Test("G doubles from T1 to T2 until H at 64·T1")
  func retransmission() {
    var machine = InviteServerTransaction(transport: .udp, now: .zero)
    _ = machine.respond(status: 404, now: .milliseconds(1000))
    var fired: [Int64] = []
    while let deadline = machine.nextDeadline {
      switch machine.advance(now: deadline) {
      case .retransmit: fired.append(deadline.milliseconds - 1000)
      case .reportTimeout: #expect(deadline.milliseconds - 1000 == 32_000)
      case let other: Issue.record("\(other)")
      }
    }
    #expect(fired == [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    #expect(machine.isTerminated)
  }

  @Test("over a stream the response is not repeated; H still runs")
  func reliable() {
    var machine = InviteServerTransaction(transport: .tls, now: .zero)
    _ = machine.respond(status: 404, now: .zero)
    #expect(machine.nextTimer?.timer == .h)
    #expect(machine.nextDeadline == .seconds(32))
  }

  @Test("I is T4, zero over a stream", arguments: [(SIPTransportKind.udp, 5000 as Int64), (.tcp, 0), (.wss, 0)])
  func confirmed(transport: SIPTransportKind, wait: Int64) {
    var machine = InviteServerTransaction(transport: transport, now: .zero)
    _ = machine.respond(status: 404, now: .zero)
    _ = machine.receivedAck(now: .milliseconds(70))
    #expect(machine.nextTimer?.timer == .i)
    #expect(machine.nextDeadline == .milliseconds(70 + wait))
    #expect(machine.advance(now: .milliseconds(70 + wait)) == .none)
    #expect(machine.isTerminated)
  }

  @Test("L is 64·T1 on every transport (RFC 6026)", arguments: SIPTransportKind.allCases)
  func accepted(transport: SIPTransportKind) {
    var machine = InviteServerTransaction(transport: transport, now: .zero)
    _ = machine.respond(status: 200, now: .seconds(3))
    #expect(machine.nextTimer?.timer == .l)
    #expect(machine.nextDeadline == .seconds(35))
    #expect(machine.advance(now: .seconds(35)) == .none)
    #expect(machine.isTerminated)
  }

  @Test("with G and H due at once, H goes first")
  func tie() {
    // 64·T1 = 64 ms; G falls on 1, 3, 7, 15, 31 and 63 ms.
    let timers = SIPTimers(t1: .milliseconds(1), t2: .seconds(4))
    var machine = InviteServerTransaction(transport: .udp, timers: timers, now: .zero)
    _ = machine.respond(status: 500, now: .zero)
    #expect(machine.advance(now: .milliseconds(1)) == .retransmit)
    #expect(machine.timerFired(.g, now: .milliseconds(60)) == .retransmit)
    #expect(machine.nextTimer?.timer == .h)
  }
}

extension Instant {
  static func milliseconds(_ value: Int64) -> Instant { Instant(milliseconds: value) }
  static func seconds(_ value: Int64) -> Instant { Instant(milliseconds: value * 1000) }
}
