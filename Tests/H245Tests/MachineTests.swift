import H245
import Testing
import Wire

/// The tables of H.245 Annex C: every state, every event. A cell is what is done and, behind `>`, the state that follows.
@Suite("H.245 machines")
struct MachineTests {
  // MARK: Master and slave

  enum Determination: String, CaseIterable {
    case idle, outgoing, incoming

    /// A machine of type 60 whose number is 1, in this state.
    func machine(maxAttempts: Int = 10) -> MasterSlaveMachine {
      var machine = MasterSlaveMachine(terminalType: 60, maxAttempts: maxAttempts)
      switch self {
      case .idle: break
      case .outgoing: _ = machine.start(random: 1, now: beginning)
      case .incoming:
        _ = machine.start(random: 1, now: beginning)
        _ = machine.received(.init(terminalType: 50, statusDeterminationNumber: 9), random: 2, now: beginning)
      }
      return machine
    }
  }

  enum DeterminationEvent: String, CaseIterable {
    case start, lower, higher, equal, ackMaster, ackSlave, reject, release, timeout
  }

  static let determinationTable = """
    state    | start        | lower           | higher         | equal        | ackMaster | ackSlave | reject     | release | timeout
    idle     | msd>outgoing | ackSlave>incoming | ackMaster>incoming | reject  | -         | -        | -          | -       | -
    outgoing | -            | ackSlave>incoming | ackMaster>incoming | msd     | master+ack>idle | slave+ack>idle | msd | failed>idle | failed+release>idle
    incoming | -            | ackSlave        | ackMaster      | -            | master>idle | failed>idle | failed>idle | failed>idle | failed>idle
    """

  @Test("determination", arguments: Table(determinationTable).cells)
  func determination(_ cell: Table.Cell) throws {
    let state = try #require(Determination(rawValue: cell.state))
    let event = try #require(DeterminationEvent(rawValue: cell.event))
    var machine = state.machine()
    let action =
      switch event {
      case .start: machine.start(random: 1, now: beginning)
      case .lower: machine.received(.init(terminalType: 50, statusDeterminationNumber: 5), random: 1, now: beginning)
      case .higher: machine.received(.init(terminalType: 190, statusDeterminationNumber: 5), random: 1, now: beginning)
      case .equal: machine.received(.init(terminalType: 60, statusDeterminationNumber: 1), random: 1, now: beginning)
      case .ackMaster: machine.received(MasterSlaveDeterminationAck(decision: .master))
      case .ackSlave: machine.received(MasterSlaveDeterminationAck(decision: .slave))
      case .reject: machine.receivedReject(random: 1, now: beginning)
      case .release: machine.receivedRelease()
      case .timeout: machine.advance(now: beginning + .seconds(30))
      }
    #expect(Self.name(action) == cell.action, "\(cell)")
    let next = try #require(Determination(rawValue: cell.next ?? cell.state))
    #expect(machine.isBusy == (next != .idle), "\(cell)")
    if next != .idle { #expect(machine.nextDeadline == beginning + .seconds(30), "\(cell)") }
    // Outgoing and Incoming differ in what an Ack of slave does.
    if next != .idle {
      let isIncoming = machine.received(MasterSlaveDeterminationAck(decision: .slave)) == .failed(release: nil)
      if cell.action != "ackMaster" { #expect(isIncoming == (next == .incoming && event != .higher), "\(cell)") }
    }
  }

  private static func name(_ action: MasterSlaveMachine.Action) -> String {
    switch action {
    case .none: "-"
    case .send(.request(.masterSlaveDetermination)): "msd"
    case .send(.response(.masterSlaveDeterminationAck(let ack))): ack.decision == .slave ? "ackSlave" : "ackMaster"
    case .send(.response(.masterSlaveDeterminationReject)): "reject"
    case .send: "?"
    case .determined(let status, nil): "\(status)"
    case .determined(let status, .response(.masterSlaveDeterminationAck(let ack))?):
      ack.decision == status.opposite ? "\(status)+ack" : "?"
    case .determined: "?"
    case .failed(nil): "failed"
    case .failed(.indication(.masterSlaveDeterminationRelease)?): "failed+release"
    case .failed: "?"
    }
  }

  @Test(
    "equals are told apart by their numbers, modulo 2^24",
    arguments: [
      (1, 1, nil), (0, 0x80_0000, nil), (0x80_0000, 0, nil), (0, 1, .master), (1, 0, .slave),
      (0, 0x7F_FFFF, .master), (0, 0x80_0001, .slave), (0xFF_FFFF, 0, .master), (0, 0xFF_FFFF, .slave),
    ] as [(UInt32, UInt32, MasterSlaveStatus?)])
  func numbers(ours: UInt32, theirs: UInt32, status: MasterSlaveStatus?) {
    var machine = MasterSlaveMachine(terminalType: 60)
    _ = machine.start(random: ours, now: beginning)
    let action = machine.received(
      .init(terminalType: 60, statusDeterminationNumber: theirs), random: 77, now: beginning)
    switch status {
    case nil: #expect(Self.name(action) == "msd")
    case .master?: #expect(Self.name(action) == "ackSlave")
    case .slave?: #expect(Self.name(action) == "ackMaster")
    }
  }

  @Test("after N100 determinations it is given up")
  func attempts() {
    var machine = Determination.outgoing.machine(maxAttempts: 3)
    #expect(Self.name(machine.receivedReject(random: 1, now: beginning)) == "msd")
    #expect(Self.name(machine.receivedReject(random: 1, now: beginning)) == "msd")
    #expect(machine.receivedReject(random: 1, now: beginning) == .failed(release: nil))
    #expect(!machine.isBusy)
  }

  // MARK: Channels

  static let channelTable = """
    state       | ack                | reject           | close         | closeAck        | timeout
    awaiting    | opened>established | refused>released | sendClose>releasing | -         | timedOut>released
    established | -                  | closed>released  | sendClose>releasing | closed>released | -
    releasing   | -                  | closed>released  | -             | closed>released | closed>released
    released    | -                  | -                | -             | -               | -
    """

  private static func machine(_ state: String) -> OutgoingChannelMachine {
    var machine = OutgoingChannelMachine(patience: .seconds(30), now: beginning)
    switch state {
    case "established": _ = machine.receivedAck()
    case "releasing":
      _ = machine.receivedAck()
      _ = machine.close(now: beginning)
    case "released": _ = machine.receivedReject(.known(.unspecified))
    default: break
    }
    return machine
  }

  @Test("a channel of ours", arguments: Table(channelTable).cells)
  func channel(_ cell: Table.Cell) {
    var machine = Self.machine(cell.state)
    let action =
      switch cell.event {
      case "ack": machine.receivedAck()
      case "reject": machine.receivedReject(.known(.dataTypeNotSupported))
      case "close": machine.close(now: beginning)
      case "closeAck": machine.receivedCloseAck()
      default: machine.advance(now: beginning + .seconds(30))
      }
    let name =
      switch action {
      case .none: "-"
      case .opened: "opened"
      case .refused(let cause): cause.known == .dataTypeNotSupported ? "refused" : "?"
      case .timedOut: "timedOut"
      case .sendClose: "sendClose"
      case .closed: "closed"
      }
    #expect(name == cell.action, "\(cell)")
    #expect(machine == Self.machine(cell.next ?? cell.state) || cell.event == "close", "\(cell)")
    #expect(machine.isReleased == ((cell.next ?? cell.state) == "released"), "\(cell)")
    #expect(machine.isEstablished == ((cell.next ?? cell.state) == "established"), "\(cell)")
  }

  @Test("a channel that fast connect opened is open")
  func adopted() {
    var machine = OutgoingChannelMachine(establishedWithPatience: .seconds(30))
    #expect(machine.isEstablished && machine.nextDeadline == nil)
    #expect(machine.close(now: beginning) == .sendClose)
    #expect(machine.nextDeadline == beginning + .seconds(30))
  }

  // MARK: Capabilities and round trip

  @Test("only the answer to the last set counts")
  func exchange() {
    var machine = CapabilityExchangeMachine(patience: .seconds(30))
    #expect(machine.received(TerminalCapabilitySetAck(sequenceNumber: 0)) == .none)
    let first = machine.send(now: beginning)
    let second = machine.send(now: beginning + .seconds(1))
    #expect(first != second)
    #expect(machine.received(TerminalCapabilitySetAck(sequenceNumber: first)) == .none)
    #expect(machine.received(TerminalCapabilitySetReject(sequenceNumber: first, cause: .unspecified)) == .none)
    #expect(machine.nextDeadline == beginning + .seconds(31))
    #expect(machine.received(TerminalCapabilitySetAck(sequenceNumber: second)) == .accepted)
    #expect(machine.received(TerminalCapabilitySetAck(sequenceNumber: second)) == .none)
    let third = machine.send(now: beginning)
    #expect(
      machine.received(TerminalCapabilitySetReject(sequenceNumber: third, cause: .undefinedTableEntryUsed))
        == .refused(.undefinedTableEntryUsed))
    _ = machine.send(now: beginning)
    #expect(machine.advance(now: beginning + .seconds(29)) == .none)
    #expect(machine.advance(now: beginning + .seconds(30)) == .timedOut)
    #expect(machine.nextDeadline == nil)
  }

  @Test("the number of a set comes round")
  func sequenceNumbers() {
    var machine = CapabilityExchangeMachine()
    var last: UInt8 = 0
    for _ in 0..<600 {
      let number = machine.send(now: beginning)
      #expect(number == last &+ 1)
      last = number
      #expect(machine.received(TerminalCapabilitySetAck(sequenceNumber: number)) == .accepted)
    }
  }

  @Test("the round trip is measured, or lost")
  func roundTrip() {
    var machine = RoundTripMachine(patience: .seconds(10))
    let request = machine.start(now: beginning)
    #expect(
      machine.received(.init(sequenceNumber: request.sequenceNumber &+ 1), now: beginning + .milliseconds(5)) == .none)
    #expect(
      machine.received(.init(sequenceNumber: request.sequenceNumber), now: beginning + .milliseconds(40))
        == .measured(.milliseconds(40)))
    #expect(machine.received(.init(sequenceNumber: request.sequenceNumber), now: beginning + .seconds(1)) == .none)
    _ = machine.start(now: beginning)
    #expect(machine.advance(now: beginning + .milliseconds(9999)) == .none)
    #expect(machine.advance(now: beginning + .seconds(10)) == .lost)
    #expect(machine.advance(now: beginning + .seconds(11)) == .none)
  }
}

/// A state machine's table as people write it.
struct Table {
  struct Cell: Sendable, CustomStringConvertible {
    var state: String
    var event: String
    var action: String
    var next: String?

    var description: String { "\(state) × \(event)" }
  }

  var cells: [Cell] = []

  init(_ text: String) {
    var events: [String] = []
    for line in text.split(separator: "\n") {
      let columns = line.split(separator: "|").map { $0.filter { $0 != " " } }
      guard !events.isEmpty else {
        events = Array(columns.dropFirst())
        continue
      }
      precondition(columns.count == events.count + 1, "row \(columns[0]) has \(columns.count - 1) cells")
      for (event, cell) in zip(events, columns.dropFirst()) {
        let parts = cell.split(separator: ">").map(String.init)
        cells.append(Cell(state: columns[0], event: event, action: parts[0], next: parts.count > 1 ? parts[1] : nil))
      }
    }
  }
}
