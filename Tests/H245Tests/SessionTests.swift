import H245
import PER
import Testing
import Wire

@Suite("Two H.245 sessions")
struct SessionTests {
  @Test("both get ready, one as master, in every order of messages", arguments: 0..<200 as Range<UInt64>)
  func ready(seed: UInt64) {
    let pair = Pair(seed: seed)
    pair.start(.first)
    if seed % 3 == 0 { pair.run() }
    if seed % 4 != 0 { pair.start(.second) }
    #expect(pair.run())
    if seed % 4 == 0 {
      // The second has answered before it was begun, and begins now.
      pair.start(.second)
      #expect(pair.run())
    }
    #expect(pair.first.session.isReady && pair.second.session.isReady)
    #expect(pair.first.session.status == pair.second.session.status?.opposite)
    for side in Pair.Side.allCases { #expect(pair[side].events.filter { $0 == .ready }.count == 1) }
  }

  /// A determination and an exchange each way are five messages from either side: ten bits say whose is carried next.
  @Test("every order of their first messages makes both ready", arguments: [(60, 60), (50, 190)] as [(UInt8, UInt8)])
  func everyOrder(first: UInt8, second: UInt8) {
    for order in 0..<1024 {
      let pair = Pair(ControlConfiguration(terminalType: first), ControlConfiguration(terminalType: second))
      pair.start(.first)
      pair.start(.second)
      for bit in 0..<10 {
        let side: Pair.Side = order >> bit & 1 == 0 ? .first : .second
        if !pair.carry(from: side) { _ = pair.carry(from: side == .first ? .second : .first) }
      }
      pair.run()
      let isReady = pair.first.session.isReady && pair.second.session.isReady
      #expect(isReady && pair.first.session.status == pair.second.session.status?.opposite, "order \(order)")
    }
  }

  @Test("the higher terminal type is master")
  func types() {
    for (first, second) in [(50, 190), (190, 50)] as [(UInt8, UInt8)] {
      let pair = Pair(ControlConfiguration(terminalType: first), ControlConfiguration(terminalType: second))
      pair.begin()
      #expect(pair.first.session.status == (first > second ? .master : .slave))
    }
  }

  @Test("equal numbers are drawn anew")
  func equalNumbers() {
    let pair = Pair()
    let now = pair.now
    for side in Pair.Side.allCases { pair.with(side) { $0.start(random: 5, now: now, into: &$1) } }
    #expect(pair.run())
    #expect(pair.first.session.status == pair.second.session.status?.opposite)
    #expect(pair.first.session.isReady)
  }

  @Test("channels are opened both ways, with different codecs", arguments: 0..<50 as Range<UInt64>)
  func channels(seed: UInt64) throws {
    let pair = Pair(seed: seed)
    pair.begin()
    let first = try #require(pair.open(.first, .g711Ulaw64k(20)))
    let second = try #require(pair.open(.second, .g711Alaw64k(30)))
    #expect(pair.run())
    let channels = pair.first.session.openChannels
    #expect(channels.map { $0.direction } == [.outgoing, .incoming])
    let outgoing = try #require(channels.first), incoming = try #require(channels.last)
    #expect(outgoing.number == first && outgoing.audio == .g711Ulaw64k(20))
    #expect(outgoing.mediaChannel == address(20_000) && outgoing.mediaControlChannel == address(20_001))
    #expect(incoming.number == second && incoming.audio == .g711Alaw64k(30))
    #expect(incoming.mediaChannel == address(10_000) && incoming.mediaControlChannel == address(5005))
    let now = pair.now
    pair.with(.first) { $0.close(first, now: now, into: &$1) }
    pair.run()
    #expect(pair.first.session.openChannels.map { $0.direction } == [.incoming])
    #expect(pair.second.session.openChannels.map { $0.direction } == [.outgoing])
    #expect(pair.first.session.channelCounts == (0, 1))
    #expect(pair.second.events.last == .channelClosed(.incoming, first))
  }

  @Test("the receiver of a channel may ask for its end")
  func requestClose() throws {
    let pair = Pair()
    pair.begin()
    let number = try #require(pair.open(.first))
    pair.run()
    let now = pair.now
    let done1 = pair.with(.second) { $0.requestClose(number, now: now, into: &$1) }
    #expect(done1)
    let done2 = pair.with(.second) { $0.requestClose(number, now: now, into: &$1) }
    #expect(!done2)
    pair.run()
    #expect(pair.first.session.openChannels.isEmpty && pair.second.session.openChannels.isEmpty)
    #expect(pair.first.events.last == .channelClosed(.outgoing, number))
    #expect(pair.second.session.nextDeadline == nil)
    // Of a channel that is not there it cannot.
    pair.deliver(.request(.requestChannelClose(.init(999))), to: .first)
    #expect(pair.first.sent.last == .response(.requestChannelCloseReject(.init(999))))
  }

  @Test("an empty set closes our channels, another one begins anew", arguments: 0..<30 as Range<UInt64>)
  func pause(seed: UInt64) throws {
    let pair = Pair(seed: seed)
    pair.begin()
    _ = pair.open(.first)
    _ = pair.open(.second)
    pair.run()
    let now = pair.now
    pair.with(.first) { $0.pausePeer(now: now, into: &$1) }
    #expect(pair.run())
    #expect(pair.second.session.isPaused && !pair.second.session.isReady)
    #expect(pair.second.session.openChannels.map { $0.direction } == [.incoming])
    #expect(pair.open(.second) == nil)
    #expect(pair.second.events.contains(.paused))
    pair.with(.first) { $0.resumePeer(random: 0x123456, now: now, into: &$1) }
    #expect(pair.run())
    #expect(pair.second.session.isReady && pair.first.session.isReady)
    #expect(pair.second.events.filter { $0 == .ready }.count == 2)
    #expect(pair.first.events.filter { $0 == .ready }.count == 1)
    let again = try #require(pair.open(.second))
    pair.run()
    #expect(pair.second.session.openChannels.contains { $0.direction == .outgoing && $0.number == again })
  }

  @Test("the determination after a pause is begun by who ends it, too: some peers wait for it")
  func determinationAfterPause() throws {
    let pair = Pair()
    pair.begin()
    let now = pair.now
    pair.with(.first) { $0.pausePeer(now: now, into: &$1) }
    pair.with(.first) {
      $0.changeCapabilities(LocalCapabilities(audio: [.g711Ulaw64k(20)]), random: 77, now: now, into: &$1)
    }
    guard case .request(.masterSlaveDetermination(let message))? = pair.first.sent.last else {
      Issue.record("\(pair.first.sent)")
      return
    }
    #expect(message.statusDeterminationNumber == 77 && !pair.first.session.isReady)
    #expect(pair.run())
    #expect(pair.first.session.isReady && pair.second.session.isReady)
    // Nothing was paused: nothing is to be determined anew.
    pair.with(.first) {
      $0.changeCapabilities(LocalCapabilities(audio: [.g711Alaw64k(20)]), random: 78, now: now, into: &$1)
    }
    #expect(pair.first.session.isReady)
  }

  @Test("behind a pause there may be another endpoint")
  func thirdParty() throws {
    let pair = Pair()
    pair.begin()
    #expect(pair.second.session.remoteCapabilities.entries.count == 5)
    pair.deliver(.request(.terminalCapabilitySet(.init(sequenceNumber: 77))), to: .second)
    pair.deliver(
      .request(
        .terminalCapabilitySet(
          .init(sequenceNumber: 78, capabilityTable: [.init(9, .receiveAudioCapability(.g729(2)))]))),
      to: .second)
    #expect(pair.second.session.remoteCapabilities.receivableAudio == [.g729(2)])
    #expect(pair.second.session.remoteCapabilities.choose(from: [.g711Ulaw64k(20)]) == nil)
  }

  @Test("the slave takes the master's codec where both ways must have the same", arguments: 0..<20 as Range<UInt64>)
  func conflict(seed: UInt64) throws {
    let codecs = LocalCapabilities(audio: [.g711Ulaw64k(20), .g711Alaw64k(20)])
    let pair = Pair(
      ControlConfiguration(terminalType: 50, capabilities: codecs, acceptsAsymmetry: false),
      ControlConfiguration(terminalType: 190, capabilities: codecs, acceptsAsymmetry: false), seed: seed)
    pair.begin()
    let slaves = try #require(pair.open(.first, .g711Alaw64k(20)))
    _ = pair.open(.second, .g711Ulaw64k(20))
    #expect(pair.run())
    let channels = pair.first.session.openChannels
    #expect(channels.compactMap { $0.audio } == [.g711Ulaw64k(20), .g711Ulaw64k(20)])
    let replaced = pair.first.events.contains {
      if case .channelReplaced(slaves, _) = $0 { true } else { false }
    }
    #expect(replaced)
  }

  @Test("an Ack without mediaControlChannel means the port after the media's; one without mediaChannel opens nothing")
  func poorAcks() throws {
    let pair = Pair()
    pair.begin()
    let number = try #require(pair.open(.first))
    pair.first.queue = []
    pair.deliver(
      .response(.openLogicalChannelAck(.init(number, .init(mediaChannel: .unicast(address(30_000)))))), to: .first)
    #expect(pair.first.session.openChannels.first?.mediaControlChannel == address(30_001))
    let other = try #require(pair.open(.first))
    pair.deliver(.response(.openLogicalChannelAck(.init(other))), to: .first)
    #expect(pair.first.events.last == .channelClosed(.outgoing, other))
    #expect(pair.first.sent.last == .request(.closeLogicalChannel(.init(other))))
  }

  @Test("what we cannot receive is refused, with the reason")
  func refusals() throws {
    let pair = Pair()
    pair.begin()
    let h223 = try KeptValue(.h223LogicalChannelParameters, decoding: [0x08])
    var two = PDU.proposal(5, .g711Ulaw64k(20))
    two.reverseLogicalChannelParameters = .init(dataType: .nullData, multiplexParameters: nil)
    let cases: [(OpenLogicalChannel, OpenLogicalChannelReject.Cause)] = [
      (PDU.proposal(5, .g729(2)), .dataTypeNotSupported),
      (two, .unsuitableReverseParameters),
      (
        .init(5, forward: .init(dataType: .audioData(.g711Ulaw64k(20)), multiplexParameters: .other(h223))),
        .dataTypeALCombinationNotSupported
      ),
      (
        .init(
          5,
          forward: .init(
            dataType: .unknown(.init(index: 20, octets: [0])),
            multiplexParameters: .h2250LogicalChannelParameters(.init(sessionID: 1)))), .unknownDataType
      ),
      (
        .init(
          5,
          forward: .init(
            dataType: .nullData, multiplexParameters: .h2250LogicalChannelParameters(.init(sessionID: 1)))),
        .dataTypeNotSupported
      ),
    ]
    for (request, cause) in cases {
      pair.deliver(.request(.openLogicalChannel(request)), to: .second)
      #expect(pair.second.sent.last == .response(.openLogicalChannelReject(.init(5, cause: cause))))
    }
    #expect(pair.second.session.channelCounts == (0, 0))
  }

  @Test("the same number once more takes the place of the old channel")
  func sameNumber() {
    let pair = Pair()
    pair.begin()
    for _ in 0..<2 { pair.deliver(.request(.openLogicalChannel(PDU.proposal(7, .g711Ulaw64k(20)))), to: .second) }
    #expect(pair.second.session.openChannels.count == 1)
    #expect(pair.second.events.filter { $0 == .channelClosed(.incoming, 7) }.count == 1)
  }

  @Test("a session with number 0 gets number 1")
  func sessionZero() {
    let pair = Pair()
    pair.begin()
    let request = OpenLogicalChannel(8, audio: .g711Ulaw64k(20), .init(sessionID: 0))
    pair.deliver(.request(.openLogicalChannel(request)), to: .second)
    #expect(pair.second.session.openChannels.first?.sessionID == 1)
  }

  @Test("digits go as the peer takes them")
  func digits() {
    let pair = Pair(
      ControlConfiguration(),
      ControlConfiguration(capabilities: LocalCapabilities(userInput: [.basicString])))
    pair.begin()
    let done3 = pair.with(.second) { $0.send(digit: UInt8(ascii: "7"), duration: 100, into: &$1) }
    #expect(done3)
    pair.run()
    #expect(
      pair.first.events.last
        == UserInputIndication.Signal(UInt8(ascii: "7"), duration: 100).map { .userInput(.signal($0)) })
    let done4 = pair.with(.first) { $0.send(digit: UInt8(ascii: "#"), into: &$1) }
    #expect(done4)
    pair.run()
    #expect(pair.second.events.last == .userInput(.alphanumeric([UInt8(ascii: "#")])))
    let done5 = pair.with(.first) { $0.send(digit: UInt8(ascii: "!"), into: &$1) }
    #expect(!done5)
    let done6 = pair.with(.first) { $0.send(digit: UInt8(ascii: "x"), into: &$1) }
    #expect(!done6)
  }

  @Test("requests that lead nowhere are answered all the same")
  func politeness() throws {
    let pair = Pair()
    pair.begin()
    let modes = try KeptValue(.requestedModes, decoding: [0, 0, 0x08, 0x60])
    pair.deliver(.request(.requestMode(.init(sequenceNumber: 9, requestedModes: modes))), to: .first)
    #expect(
      pair.first.sent.last == .response(.requestModeReject(.init(sequenceNumber: 9, cause: .modeUnavailable))))
    pair.deliver(.request(.roundTripDelayRequest(.init(sequenceNumber: 200))), to: .first)
    #expect(pair.first.sent.last == .response(.roundTripDelayResponse(.init(sequenceNumber: 200))))
    let unknown = RequestMessage.unknown(.init(index: 40, octets: [1]))
    pair.deliver(.request(unknown), to: .first)
    #expect(pair.first.sent.last == .indication(.functionNotUnderstood(.request(unknown))))
    let count = pair.first.sent.count
    pair.deliver(.indication(.functionNotUnderstood(.request(unknown))), to: .first)
    #expect(pair.first.sent.count == count)
    pair.deliver(.command(.sendTerminalCapabilitySet(.genericRequest)), to: .first)
    guard case .request(.terminalCapabilitySet)? = pair.first.sent.last else {
      Issue.record("no set was sent")
      return
    }
  }

  @Test("silence ends what waits")
  func silence() {
    let pair = Pair()
    pair.begin()
    _ = pair.open(.first)
    let now = pair.now
    pair.with(.first) { $0.measureRoundTrip(now: now, into: &$1) }
    pair.first.queue = []
    pair.advance(.seconds(30))
    #expect(pair.first.events.contains(.roundTripLost))
    #expect(pair.first.events.contains(.channelRefused(1, nil)))
    #expect(pair.first.session.nextDeadline == nil)
    let alone = Pair()
    alone.start(.first)
    alone.first.queue = []
    alone.now = alone.now + .seconds(30)
    let later = alone.now
    alone.with(.first) { $0.advance(now: later, into: &$1) }
    #expect(alone.first.events == [.masterSlaveFailed, .capabilitiesRefused(nil)])
  }

  @Test("the round trip is measured")
  func roundTrip() {
    let pair = Pair()
    pair.begin()
    let now = pair.now
    pair.with(.first) { $0.measureRoundTrip(now: now, into: &$1) }
    pair.now = now + .milliseconds(25)
    pair.run()
    #expect(pair.first.events.last == .roundTrip(.milliseconds(25)))
  }

  @Test("messages of the machines are not sent for the owner")
  func ownMessages() {
    let pair = Pair()
    pair.begin()
    let done7 = pair.with(.first) { $0.send(.response(.closeLogicalChannelAck(.init(1))), into: &$1) }
    #expect(!done7)
    let done8 = pair.with(.first) { $0.send(.command(.endSessionCommand(.disconnect)), into: &$1) }
    #expect(!done8)
    let update = Message.command(
      .miscellaneousCommand(.init(logicalChannelNumber: 1, type: .videoFastUpdatePicture)))
    let done9 = pair.with(.first) { $0.send(update, into: &$1) }
    #expect(done9)
    pair.run()
    #expect(pair.second.events.last == .other(update))
  }
}
