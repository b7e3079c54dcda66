import SIPTransaction
import Testing
import Wire

@Suite("Non-INVITE client transaction")
struct NonInviteClientTransactionTests {
  static let table = TransitionTable(
    """
    state               | 100                   | 199                   | 200                  | 699                  | 99 | 700 | e          | f                        | k           | error
    trying              | passToUser>proceeding | passToUser>proceeding | passToUser>completed | passToUser>completed | -  | -   | retransmit | reportTimeout>terminated | -           | reportTransportError>terminated
    trying reliable     | passToUser>proceeding | passToUser>proceeding | passToUser>completed | passToUser>completed | -  | -   | -          | reportTimeout>terminated | -           | reportTransportError>terminated
    proceeding          | passToUser            | passToUser            | passToUser>completed | passToUser>completed | -  | -   | retransmit | reportTimeout>terminated | -           | reportTransportError>terminated
    proceeding reliable | passToUser            | passToUser            | passToUser>completed | passToUser>completed | -  | -   | -          | reportTimeout>terminated | -           | reportTransportError>terminated
    completed           | -                     | -                     | -                    | -                    | -  | -   | -          | -                        | >terminated | -
    completed reliable  | -                     | -                     | -                    | -                    | -  | -   | -          | -                        | >terminated | -
    terminated          | -                     | -                     | -                    | -                    | -  | -   | -          | -                        | -           | -
    """)

  static func machine(_ state: String) -> NonInviteClientTransaction {
    let transport: SIPTransportKind = state.hasSuffix("reliable") ? .tcp : .udp
    var machine = NonInviteClientTransaction(transport: transport, now: .zero)
    switch state {
    case "proceeding", "proceeding reliable": _ = machine.receivedResponse(status: 100, now: .zero)
    case "completed", "completed reliable": _ = machine.receivedResponse(status: 200, now: .zero)
    case "terminated": _ = machine.timerFired(.f, now: .zero)
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
    let action: NonInviteClientTransaction.Action
    switch cell.event {
    case "error": action = machine.transportFailed()
    default:
      if let status = Int(cell.event) {
        action = machine.receivedResponse(status: status, now: now)
      } else {
        let timer = try #require(NonInviteClientTransaction.Timer.allCases.first { "\($0)" == cell.event })
        action = machine.timerFired(timer, now: now)
      }
    }
    #expect("\(action)" == cell.action)
    #expect("\(machine.phase)" == cell.newPhase ?? phase)
    #expect(machine.isTerminated == (machine.phase == .terminated))
  }

  @Test("the table has every phase and every timer")
  func exhaustive() {
    for phase in NonInviteClientTransaction.Phase.allCases {
      #expect(Self.table.states.contains { $0.hasPrefix("\(phase)") })
    }
    for timer in NonInviteClientTransaction.Timer.allCases { #expect(Self.table.events.contains("\(timer)")) }
  }

  static func fired(_ machine: NonInviteClientTransaction) -> [Int64] {
    var machine = machine
    var fired: [Int64] = []
    while let deadline = machine.nextDeadline {
      switch machine.advance(now: deadline) {
      case .retransmit: fired.append(deadline.milliseconds)
      case .reportTimeout: #expect(deadline == .seconds(32))
      case let other: Issue.record("\(other)")
      }
    }
    #expect(machine.isTerminated)
    return fired
  }

  @Test("E doubles from T1 and is capped at T2, until F at 64·T1: eleven requests in all")
  func retransmission() {
    let machine = NonInviteClientTransaction(transport: .udp, now: .zero)
    #expect(
      Self.fired(machine) == [500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
  }

  @Test("after a provisional response E goes on, at T2 (§17.1.2.2)")
  func proceeding() {
    var machine = NonInviteClientTransaction(transport: .udp, now: .zero)
    #expect(machine.receivedResponse(status: 100, now: .milliseconds(100)) == .passToUser)
    #expect(Self.fired(machine) == [500, 4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500])
  }

  @Test("with E and F due at once, F goes first")
  func tie() {
    var machine = NonInviteClientTransaction(transport: .udp, timers: SIPTimers(t1: .milliseconds(1)), now: .zero)
    #expect(machine.timerFired(.e, now: .milliseconds(62)) == .retransmit)
    #expect(machine.nextTimer?.timer == .f)
  }

  @Test("over a stream only F runs", arguments: [SIPTransportKind.tcp, .tls, .ws, .wss])
  func reliable(transport: SIPTransportKind) {
    var machine = NonInviteClientTransaction(transport: transport, now: .zero)
    #expect(machine.nextTimer?.timer == .f)
    _ = machine.receivedResponse(status: 100, now: .seconds(1))
    #expect(Self.fired(machine) == [])
  }

  @Test("K is T4, zero over a stream", arguments: [(SIPTransportKind.udp, 5000 as Int64), (.tcp, 0)])
  func completed(transport: SIPTransportKind, wait: Int64) {
    var machine = NonInviteClientTransaction(transport: transport, now: .zero)
    _ = machine.receivedResponse(status: 200, now: .milliseconds(5))
    #expect(machine.nextTimer?.timer == .k)
    #expect(machine.nextDeadline == .milliseconds(5 + wait))
    #expect(machine.advance(now: .milliseconds(5 + wait)) == .none)
    #expect(machine.isTerminated)
  }
}
