import FuzzSupport
import H245
import PER
import Wire

/// Two sessions, their owners, the way between them, a peer that says anything, and time; one step for every few bytes.
struct Script {
  private var bytes: FuzzScript
  private var sides: [Watch]
  private var now = Instant.zero
  private var steps = 0

  init(_ bytes: FuzzScript) {
    self.bytes = bytes
    let options = self.bytes.byte()
    var first = ControlConfiguration(terminalType: options & 1 == 0 ? 60 : 190, acceptsAsymmetry: options & 2 == 0)
    let second = ControlConfiguration(terminalType: 60, acceptsAsymmetry: options & 2 == 0)
    if options & 4 != 0 { first.capabilities = LocalCapabilities(audio: [.g722At64k(20)]) }
    sides = [Watch(first), Watch(second)]
  }

  /// One step; false at the input's end.
  mutating func step() -> Bool {
    guard !bytes.isAtEnd, steps < 2000 else { return false }
    steps += 1
    let step = bytes.byte()
    let side = Int(step & 1)
    let now = now
    switch step >> 1 & 15 {
    case 0: sides[side].start(random: random())
    case 1, 2, 3, 4: carry(from: side)
    case 5:
      let audio = bytes.pick(Self.audio)
      sides[side].with { session, actions in
        _ = session.openChannel(audio: audio, mediaControl: Self.address, now: now, into: &actions)
      }
    case 6: answer(side)
    case 7:
      guard let number = pick(sides[side].numbers) else { break }
      sides[side].with { $0.close(number, now: now, into: &$1) }
    case 8:
      let number = UInt16(bytes.byte())
      sides[side].with { $0.requestClose(number, now: now, into: &$1) }
    case 9: sides[side].with { $0.pausePeer(now: now, into: &$1) }
    case 10:
      let word = random()
      sides[side].with { $0.resumePeer(random: word, now: now, into: &$1) }
    case 11: advance()
    case 12: forge(side)
    case 13: raw(side)
    case 14:
      let digit = bytes.byte()
      sides[side].with { session, actions in
        session.send(digit: digit, into: &actions)
        session.measureRoundTrip(now: now, into: &actions)
      }
    default: end(side)
    }
    return true
  }

  mutating func finish() {
    for side in sides.indices { sides[side].finish() }
  }

  private static let audio: [AudioCapability] = [.g711Ulaw64k(20), .g711Alaw64k(30), .g722At64k(20), .g729(2)]
  private static let address = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 4001)

  private mutating func random() -> UInt32 { UInt32(bytes.byte()) << 16 | UInt32(bytes.byte()) }

  private mutating func pick(_ numbers: [LogicalChannelNumber]) -> LogicalChannelNumber? {
    numbers.isEmpty ? nil : bytes.pick(numbers)
  }

  private mutating func carry(from side: Int) {
    guard !sides[side].queue.isEmpty else { return }
    let message = sides[side].queue.removeFirst()
    let random = random()
    guard let octets = try? message.encoded() else { return }
    let read = try? MultimediaSystemControlMessage(decoding: octets.span)
    require(read == message, "our own message reads differently: \(message)")
    sides[1 - side].receive(message, random: random)
  }

  private mutating func answer(_ side: Int) {
    guard let number = pick(sides[side].proposals) else { return }
    if bytes.once(in: 4) {
      sides[side].proposals.removeAll { $0 == number }
      sides[side].with { $0.refuse(number, cause: .dataTypeNotAvailable, into: &$1) }
    } else {
      let control = bytes.once(in: 3) ? nil : Self.address
      sides[side].with { $0.accept(number, media: Self.address, mediaControl: control, into: &$1) }
    }
  }

  private mutating func advance() {
    now = now + .milliseconds(Int64(bytes.byte()) * Int64(bytes.byte()))
    for side in sides.indices { sides[side].advance(to: now) }
  }

  private mutating func end(_ side: Int) {
    let now = now
    if bytes.once(in: 8) {
      sides[side].with { $0.connectionClosed(into: &$1) }
    } else if bytes.once(in: 8) {
      sides[side].with { $0.end(now: now, into: &$1) }
    }
  }

  /// Bytes as they are.
  private mutating func raw(_ side: Int) {
    let count = bytes.below(64)
    let octets = (0..<count).map { _ in bytes.byte() }
    guard let message = try? MultimediaSystemControlMessage(decoding: octets.span) else {
      sides[side].with { $0.receivedUnreadable(octets, into: &$1) }
      return
    }
    sides[side].receive(message, random: random())
  }

  /// A message that is well formed and comes at the wrong time.
  private mutating func forge(_ side: Int) {
    let number = UInt16(max(1, bytes.below(40)))
    let sequence = bytes.byte()
    let parameters = H2250LogicalChannelParameters(sessionID: 1, mediaControlChannel: .unicast(Self.address))
    let ack = H2250LogicalChannelAckParameters(
      sessionID: 1, mediaChannel: sequence & 1 == 0 ? .unicast(Self.address) : nil)
    let choices: [MultimediaSystemControlMessage] = [
      .request(.openLogicalChannel(OpenLogicalChannel(number, audio: Self.audio[Int(sequence & 3)], parameters))),
      .response(.openLogicalChannelAck(OpenLogicalChannelAck(number, ack))),
      .response(
        .openLogicalChannelReject(
          OpenLogicalChannelReject(number, cause: sequence & 1 == 0 ? .masterSlaveConflict : .unspecified))),
      .request(.closeLogicalChannel(CloseLogicalChannel(number))),
      .response(.closeLogicalChannelAck(CloseLogicalChannelAck(number))),
      .request(.requestChannelClose(RequestChannelClose(number))),
      .response(.requestChannelCloseAck(RequestChannelCloseAck(number))),
      .response(.requestChannelCloseReject(RequestChannelCloseReject(number))),
      .request(
        .masterSlaveDetermination(
          MasterSlaveDetermination(terminalType: sequence & 1 == 0 ? 60 : 50, statusDeterminationNumber: UInt32(number))
        )),
      .response(
        .masterSlaveDeterminationAck(MasterSlaveDeterminationAck(decision: sequence & 1 == 0 ? .slave : .master))),
      .response(.masterSlaveDeterminationReject(MasterSlaveDeterminationReject())),
      .indication(.masterSlaveDeterminationRelease(MasterSlaveDeterminationRelease())),
      .request(.terminalCapabilitySet(TerminalCapabilitySet(sequenceNumber: sequence))),
      .request(
        .terminalCapabilitySet(LocalCapabilities(audio: Self.audio).terminalCapabilitySet(sequenceNumber: sequence))),
      .response(.terminalCapabilitySetAck(TerminalCapabilitySetAck(sequenceNumber: sequence))),
      .response(
        .terminalCapabilitySetReject(TerminalCapabilitySetReject(sequenceNumber: sequence, cause: .unspecified))),
      .command(.sendTerminalCapabilitySet(.genericRequest)),
      .request(.roundTripDelayRequest(RoundTripDelayRequest(sequenceNumber: sequence))),
      .response(.roundTripDelayResponse(RoundTripDelayResponse(sequenceNumber: sequence))),
    ]
    sides[side].receive(bytes.pick(choices), random: random())
  }
}
