import H225
import H323Endpoint
import Testing
import Wire

/// The machines of call signalling, every state and event.
@Suite("Call signalling machines")
struct MachineTests {
  private typealias Phase = OutgoingCallMachine.Phase
  private typealias Action = OutgoingCallMachine.Action

  private func caller(in phase: OutgoingCallMachine.Phase) -> OutgoingCallMachine {
    var machine = OutgoingCallMachine(t303: .seconds(4), t310: .seconds(10), t301: .seconds(180), now: beginning)
    if phase == .connecting { return machine }
    _ = machine.opened(now: beginning)
    switch phase {
    case .connecting, .initiated: break
    case .proceeding: _ = machine.receivedCallProceeding(now: beginning)
    case .delivered: _ = machine.receivedAlerting(now: beginning)
    case .active: _ = machine.receivedConnect()
    case .over: machine.end()
    }
    return machine
  }

  @Test("the caller's side: every state and event")
  func outgoing() {
    typealias Event = (inout OutgoingCallMachine) -> OutgoingCallMachine.Action
    let events: [Event] = [
      { $0.opened(now: beginning) }, { $0.receivedCallProceeding(now: beginning) },
      { $0.receivedProgress(now: beginning) }, { $0.receivedAlerting(now: beginning) }, { $0.receivedConnect() },
    ]
    let table: [(Phase, [(Action, Phase)])] = [
      (
        .connecting,
        [
          (.sendSetup, .initiated), (.none, .connecting), (.none, .connecting), (.none, .connecting),
          (.none, .connecting),
        ]
      ),
      (
        .initiated,
        [
          (.none, .initiated), (.proceeding, .proceeding), (.proceeding, .proceeding), (.alerting, .delivered),
          (.connected, .active),
        ]
      ),
      (
        .proceeding,
        [
          (.none, .proceeding), (.none, .proceeding), (.none, .proceeding), (.alerting, .delivered),
          (.connected, .active),
        ]
      ),
      (
        .delivered,
        [
          (.none, .delivered), (.none, .delivered), (.none, .delivered), (.none, .delivered), (.connected, .active),
        ]
      ),
      (.active, Array(repeating: (.none, .active), count: 5)),
      (.over, Array(repeating: (.none, .over), count: 5)),
    ]
    #expect(table.map { $0.0 } == Phase.allCases)
    for (phase, row) in table {
      for (event, (action, next)) in zip(events, row) {
        var machine = caller(in: phase)
        #expect(event(&machine) == action)
        #expect(machine.phase == next)
      }
    }
  }

  @Test(
    "the caller's timers",
    arguments: [
      (OutgoingCallMachine.Phase.connecting, Int64(4), UInt8(102)), (.initiated, 4, 102), (.proceeding, 10, 102),
      (.delivered, 180, 19),
    ])
  func timers(phase: OutgoingCallMachine.Phase, seconds: Int64, cause: UInt8) {
    let machine = caller(in: phase)
    let deadline = beginning + .seconds(seconds)
    #expect(machine.nextDeadline == deadline && machine.timeoutCause == cause)
    #expect(machine.advance(now: deadline - .milliseconds(1)) == .none)
    #expect(machine.advance(now: deadline) == .timedOut)
  }

  @Test("an announcement may take its time")
  func progress() {
    var machine = caller(in: .proceeding)
    _ = machine.receivedProgress(now: beginning)
    #expect(machine.nextDeadline == beginning + .seconds(180))
  }

  @Test("call states have their numbers")
  func callStates() {
    #expect(Phase.allCases.map { caller(in: $0).callState } == [0, 1, 3, 4, 10, 0])
  }

  @Test("the called side: every state and event")
  func incoming() {
    typealias Phase = IncomingCallMachine.Phase
    func called(in phase: Phase) -> IncomingCallMachine {
      var machine = IncomingCallMachine(patience: .seconds(180), now: beginning)
      switch phase {
      case .present: break
      case .proceeding: _ = machine.proceed()
      case .received: _ = machine.alert()
      case .answering: _ = machine.answer()
      case .active:
        _ = machine.answer()
        _ = machine.connected()
      case .over: machine.end()
      }
      return machine
    }
    let events: [(inout IncomingCallMachine) -> Bool] = [
      { $0.proceed() }, { $0.alert() }, { $0.answer() }, { $0.connected() },
    ]
    let table: [(Phase, [(Bool, Phase)])] = [
      (.present, [(true, .proceeding), (true, .received), (true, .answering), (false, .present)]),
      (.proceeding, [(false, .proceeding), (true, .received), (true, .answering), (false, .proceeding)]),
      (.received, [(false, .received), (false, .received), (true, .answering), (false, .received)]),
      (.answering, [(false, .answering), (false, .answering), (false, .answering), (true, .active)]),
      (.active, Array(repeating: (false, .active), count: 4)),
      (.over, Array(repeating: (false, .over), count: 4)),
    ]
    #expect(table.map { $0.0 } == Phase.allCases)
    for (phase, row) in table {
      for (event, (isNews, next)) in zip(events, row) {
        var machine = called(in: phase)
        #expect(event(&machine) == isNews)
        #expect(machine.phase == next)
      }
    }
    #expect(Phase.allCases.map { called(in: $0).callState } == [6, 9, 7, 8, 10, 0])
    #expect(
      Phase.allCases.map { called(in: $0).isTimedOut(now: beginning + .seconds(180)) }
        == [true, true, true, true, false, false])
    #expect(called(in: .received).timeoutCause == 19 && called(in: .present).timeoutCause == 18)
  }

  @Test("tunnelling: the first word counts")
  func tunnelling() {
    func after(_ words: (Bool?, Bool)...) -> Tunnelling {
      var tunnelling = Tunnelling.offered
      for (word, isConnect) in words { tunnelling.received(word, isConnect: isConnect) }
      return tunnelling
    }
    #expect(after((true, false)) == .agreed && after((false, false)) == .refused)
    #expect(after((nil, false)) == .offered && after((nil, true)) == .refused)
    #expect(after((nil, false), (true, true)) == .agreed)
    #expect(after((true, false), (false, true)) == .agreed && after((false, false), (true, true)) == .refused)
  }

  @Test(
    "a reason without a cause has one",
    arguments: [
      (ReleaseCompleteReason.noBandwidth, UInt8(34)), (.unreachableDestination, 3), (.destinationRejection, 16),
      (.gatewayResources, 42), (.badFormatAddress, 28), (.inConf, 17), (.calledPartyNotRegistered, 20),
    ])
  func reasons(reason: ReleaseCompleteReason, cause: UInt8) {
    #expect(reason.q931Cause == cause)
  }
}
