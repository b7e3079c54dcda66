import SIPTransaction
import Testing
import Wire

@Suite("Non-INVITE server transaction")
struct NonInviteServerTransactionTests {
  static let table = TransitionTable(
    """
    state               | request    | 100             | 101 | 199 | 200            | 408 | 699            | 99 | 700 | lateTrying            | expiry                   | j           | error
    trying              | -          | -               | -   | -   | send>completed | -   | send>completed | -  | -   | sendTrying>proceeding | reportTimeout>terminated | -           | -
    trying reliable     | -          | send>proceeding | -   | -   | send>completed | -   | send>completed | -  | -   | sendTrying>proceeding | reportTimeout>terminated | -           | -
    proceeding          | retransmit | send            | -   | -   | send>completed | -   | send>completed | -  | -   | -                     | reportTimeout>terminated | -           | reportTransportError
    proceeding reliable | retransmit | send            | -   | -   | send>completed | -   | send>completed | -  | -   | -                     | reportTimeout>terminated | -           | reportTransportError
    completed           | retransmit | -               | -   | -   | -              | -   | -              | -  | -   | -                     | -                        | >terminated | reportTransportError
    terminated          | -          | -               | -   | -   | -              | -   | -              | -  | -   | -                     | -                        | -           | -
    """)

  static func machine(_ state: String) -> NonInviteServerTransaction {
    let transport: SIPTransportKind = state.hasSuffix("reliable") ? .tcp : .udp
    var machine = NonInviteServerTransaction(transport: transport, now: .zero)
    switch state {
    case "proceeding", "proceeding reliable": _ = machine.timerFired(.lateTrying, now: .zero)
    case "completed": _ = machine.respond(status: 200, now: .zero)
    case "terminated": _ = machine.timerFired(.expiry, now: .zero)
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
    let action: NonInviteServerTransaction.Action
    switch cell.event {
    case "request": action = machine.receivedRequest(now: now)
    case "error": action = machine.transportFailed()
    default:
      if let status = Int(cell.event) {
        action = machine.respond(status: status, now: now)
      } else {
        let timer = try #require(NonInviteServerTransaction.Timer.allCases.first { "\($0)" == cell.event })
        action = machine.timerFired(timer, now: now)
      }
    }
    #expect("\(action)" == cell.action)
    #expect("\(machine.phase)" == cell.newPhase ?? phase)
    #expect(machine.isTerminated == (machine.phase == .terminated))
  }

  @Test("the table has every phase and every timer")
  func exhaustive() {
    for phase in NonInviteServerTransaction.Phase.allCases {
      #expect(Self.table.states.contains { $0.hasPrefix("\(phase)") })
    }
    for timer in NonInviteServerTransaction.Timer.allCases { #expect(Self.table.events.contains("\(timer)")) }
  }

  @Test("over UDP a 100 goes out when the client's timer E has reached T2, not before (RFC 4320 §4.1)")
  func late() {
    var machine = NonInviteServerTransaction(transport: .udp, now: .zero)
    #expect(machine.nextTimer?.timer == .lateTrying)
    #expect(machine.nextDeadline == .milliseconds(3500))
    #expect(machine.respond(status: 100, now: .milliseconds(3499)) == .none)
    var other = machine
    #expect(other.respond(status: 100, now: .milliseconds(3500)) == .send)
    #expect(machine.advance(now: .milliseconds(3500)) == .sendTrying)
    #expect(machine.nextTimer?.timer == .expiry)
  }

  @Test("a request nobody answers ends at 64·T1, when its client has given up", arguments: SIPTransportKind.allCases)
  func expiry(transport: SIPTransportKind) {
    var machine = NonInviteServerTransaction(transport: transport, now: .zero)
    #expect(machine.advance(now: .milliseconds(3500)) == .sendTrying)
    #expect(machine.nextDeadline == .seconds(32))
    #expect(machine.advance(now: .milliseconds(31_999)) == .none)
    #expect(machine.advance(now: .seconds(32)) == .reportTimeout)
    #expect(machine.isTerminated)
    #expect(machine.respond(status: 200, now: .seconds(32)) == .none)
  }

  @Test("J is 64·T1, zero over a stream", arguments: [(SIPTransportKind.udp, 32_000 as Int64), (.tcp, 0), (.ws, 0)])
  func completed(transport: SIPTransportKind, wait: Int64) {
    var machine = NonInviteServerTransaction(transport: transport, now: .zero)
    _ = machine.respond(status: 200, now: .milliseconds(40))
    #expect(machine.nextTimer?.timer == .j)
    #expect(machine.nextDeadline == .milliseconds(40 + wait))
    #expect(machine.advance(now: .milliseconds(40 + wait)) == .none)
    #expect(machine.isTerminated)
  }
}
