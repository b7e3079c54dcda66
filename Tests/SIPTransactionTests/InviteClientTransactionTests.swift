import SIPTransaction
import Testing
import Wire

@Suite("INVITE client transaction")
struct InviteClientTransactionTests {
  static let table = TransitionTable(
    """
    state                | 100                            | 199                            | 200                 | 300                                | 699                                | 99 | 700 | cancel     | a          | b                        | cancelled                | d           | m           | error                           | flow
    calling              | passToUser>proceeding          | passToUser>proceeding          | passToUser>accepted | passToUserAndAcknowledge>completed | passToUserAndAcknowledge>completed | -  | -   | -          | retransmit | reportTimeout>terminated | -                        | -           | -           | reportTransportError>terminated | reportTransportError>terminated
    calling reliable     | passToUser>proceeding          | passToUser>proceeding          | passToUser>accepted | passToUserAndAcknowledge>completed | passToUserAndAcknowledge>completed | -  | -   | -          | -          | reportTimeout>terminated | -                        | -           | -           | reportTransportError>terminated | reportTransportError>terminated
    calling cancelled    | passToUserAndCancel>proceeding | passToUserAndCancel>proceeding | passToUser>accepted | passToUserAndAcknowledge>completed | passToUserAndAcknowledge>completed | -  | -   | -          | retransmit | reportTimeout>terminated | -                        | -           | -           | reportTransportError>terminated | reportTransportError>terminated
    proceeding           | passToUser                     | passToUser                     | passToUser>accepted | passToUserAndAcknowledge>completed | passToUserAndAcknowledge>completed | -  | -   | sendCancel | -          | -                        | -                        | -           | -           | -                               | reportTransportError>terminated
    proceeding cancelled | passToUser                     | passToUser                     | passToUser>accepted | passToUserAndAcknowledge>completed | passToUserAndAcknowledge>completed | -  | -   | -          | -          | -                        | reportTimeout>terminated | -           | -           | -                               | reportTransportError>terminated
    completed            | -                              | -                              | -                   | acknowledgeAgain                   | acknowledgeAgain                   | -  | -   | -          | -          | -                        | -                        | >terminated | -           | reportTransportError>terminated | reportTransportError>terminated
    completed reliable   | -                              | -                              | -                   | acknowledgeAgain                   | acknowledgeAgain                   | -  | -   | -          | -          | -                        | -                        | >terminated | -           | reportTransportError>terminated | reportTransportError>terminated
    accepted             | -                              | -                              | passToUser          | -                                  | -                                  | -  | -   | -          | -          | -                        | -                        | -           | >terminated | -                               | -
    terminated           | -                              | -                              | -                   | -                                  | -                                  | -  | -   | -          | -          | -                        | -                        | -           | -           | -                               | -
    """)

  static func machine(_ state: String) -> InviteClientTransaction {
    let transport: SIPTransportKind = state.hasSuffix("reliable") ? .tcp : .udp
    var machine = InviteClientTransaction(transport: transport, now: .zero)
    switch state {
    case "calling cancelled": _ = machine.cancel(now: .zero)
    case "proceeding": _ = machine.receivedResponse(status: 180, now: .zero)
    case "proceeding cancelled":
      _ = machine.receivedResponse(status: 180, now: .zero)
      _ = machine.cancel(now: .zero)
    case "completed", "completed reliable": _ = machine.receivedResponse(status: 486, now: .zero)
    case "accepted": _ = machine.receivedResponse(status: 200, now: .zero)
    case "terminated": _ = machine.timerFired(.b, now: .zero)
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
    let action: InviteClientTransaction.Action
    switch cell.event {
    case "cancel": action = machine.cancel(now: now)
    case "error": action = machine.transportFailed()
    case "flow": action = machine.flowFailed()
    default:
      if let status = Int(cell.event) {
        action = machine.receivedResponse(status: status, now: now)
      } else {
        let timer = try #require(InviteClientTransaction.Timer.allCases.first { "\($0)" == cell.event })
        action = machine.timerFired(timer, now: now)
      }
    }
    #expect("\(action)" == cell.action)
    #expect("\(machine.phase)" == cell.newPhase ?? phase)
    #expect(machine.isTerminated == (machine.phase == .terminated))
  }

  @Test("the table has every phase and every timer")
  func exhaustive() {
    for phase in InviteClientTransaction.Phase.allCases {
      #expect(Self.table.states.contains { $0.hasPrefix("\(phase)") })
    }
    for timer in InviteClientTransaction.Timer.allCases { #expect(Self.table.events.contains("\(timer)")) }
  }

  @Test("A doubles without bound until B at 64·T1: seven requests in all")
  func retransmission() {
    var machine = InviteClientTransaction(transport: .udp, now: .zero)
    var fired: [Int64] = []
    while let deadline = machine.nextDeadline {
      switch machine.advance(now: deadline) {
      case .retransmit: fired.append(deadline.milliseconds)
      case .reportTimeout: #expect(deadline == .seconds(32))
      case let other: Issue.record("\(other)")
      }
    }
    #expect(fired == [500, 1500, 3500, 7500, 15_500, 31_500])
    #expect(machine.isTerminated)
  }

  @Test("with A and B due at once, B goes first")
  func tie() {
    var machine = InviteClientTransaction(transport: .udp, timers: SIPTimers(t1: .milliseconds(1)), now: .zero)
    #expect(machine.timerFired(.a, now: .milliseconds(62)) == .retransmit)
    #expect(machine.nextTimer?.timer == .b)
    #expect(machine.nextDeadline == .milliseconds(64))
  }

  @Test("over a stream only B runs", arguments: [SIPTransportKind.tcp, .tls, .ws, .wss])
  func reliable(transport: SIPTransportKind) {
    let machine = InviteClientTransaction(transport: transport, now: .zero)
    #expect(machine.nextTimer?.timer == .b)
    #expect(machine.nextDeadline == .seconds(32))
  }

  @Test("a provisional response stops A and B")
  func proceeding() {
    var machine = InviteClientTransaction(transport: .udp, now: .zero)
    #expect(machine.receivedResponse(status: 100, now: .milliseconds(30)) == .passToUser)
    #expect(machine.nextDeadline == nil)
  }

  @Test("D is 32 s whatever T1, zero over a stream", arguments: [(SIPTransportKind.udp, 32_000 as Int64), (.tcp, 0)])
  func completed(transport: SIPTransportKind, wait: Int64) {
    let timers = SIPTimers(t1: .milliseconds(100))
    var machine = InviteClientTransaction(transport: transport, timers: timers, now: .zero)
    _ = machine.receivedResponse(status: 486, now: .milliseconds(5))
    #expect(machine.nextTimer?.timer == .d)
    #expect(machine.nextDeadline == .milliseconds(5 + wait))
    #expect(machine.advance(now: .milliseconds(5 + wait)) == .none)
    #expect(machine.isTerminated)
  }

  @Test("M is 64·T1 on every transport (RFC 6026)", arguments: SIPTransportKind.allCases)
  func accepted(transport: SIPTransportKind) {
    var machine = InviteClientTransaction(transport: transport, now: .zero)
    _ = machine.receivedResponse(status: 200, now: .seconds(1))
    // Further 2xx come from forks; none of them prolongs the wait.
    #expect(machine.receivedResponse(status: 200, now: .seconds(20)) == .passToUser)
    #expect(machine.nextTimer?.timer == .m)
    #expect(machine.nextDeadline == .seconds(33))
    #expect(machine.advance(now: .seconds(33)) == .none)
    #expect(machine.isTerminated)
  }

  @Test("64·T1 after the CANCEL the wait is over (§9.1), counted from the provisional response if that came later")
  func cancelled() {
    var early = InviteClientTransaction(transport: .udp, now: .zero)
    #expect(early.cancel(now: .milliseconds(10)) == .none)
    #expect(early.isCancelWaiting)
    #expect(early.receivedResponse(status: 100, now: .seconds(1)) == .passToUserAndCancel)
    #expect(!early.isCancelWaiting)
    #expect(early.nextDeadline == .seconds(33))
    #expect(early.advance(now: .seconds(33)) == .reportTimeout)

    var late = InviteClientTransaction(transport: .tcp, now: .zero)
    #expect(late.receivedResponse(status: 100, now: .seconds(1)) == .passToUser)
    #expect(late.cancel(now: .seconds(5)) == .sendCancel)
    #expect(late.cancel(now: .seconds(6)) == .none)
    #expect(late.nextDeadline == .seconds(37))
  }
}
