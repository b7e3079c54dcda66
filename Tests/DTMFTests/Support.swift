import Codecs
import DTMF
import Wire

/// What a leg was sent, as one line of text: the keys in order.
struct Ear {
  private(set) var keys = ""
  private(set) var milliseconds: [Int] = []
  private var receiver = TelephoneEventReceiver()

  mutating func hear(_ packet: TelephoneEventSender.Packet) {
    switch receiver.received(packet.event, timestamp: packet.timestamp, isMarked: packet.isFirst) {
    case .pressed(let digit): keys += digit.description
    case .tapped(let digit, let units):
      keys += digit.description
      milliseconds.append(Int(units) / 8)
    case .released(_, let units): milliseconds.append(Int(units) / 8)
    case .held, .none, .other: break
    }
  }

  mutating func hear(_ message: DTMFMessage) {
    switch message {
    case .info(let info):
      keys += info.digit.description
      if let length = info.milliseconds { milliseconds.append(Int(length)) }
    case .userInput(.alphanumeric(let text)): keys += String(decoding: text, as: UTF8.self)
    case .userInput(.signal(let digit, let length)):
      keys += digit.description
      if let length { milliseconds.append(Int(length)) }
    case .userInput(.signalUpdate(let length)): milliseconds.append(Int(length))
    }
  }
}

/// A bridge between two legs and a clock of 20 ms.
struct Wires {
  var bridge: DTMFBridge
  var now = Instant.zero
  var ears: [DTMFBridge.Side: Ear] = [.a: Ear(), .b: Ear()]
  private var timestamp: UInt32 = 0xFFFF_F000

  init(a: DTMFWay, b: DTMFWay) { bridge = DTMFBridge(a: a, b: b) }

  static let events = DTMFWay.telephoneEvent(clockRate: 8_000, packetUnits: 160)

  /// So many packet times: what the bridge sends is heard.
  mutating func run(packets: Int = 1, answersInfo: Bool = true) {
    for _ in 0..<packets {
      now += .milliseconds(20)
      timestamp &+= 160
      bridge.advance(now: now)
      for side in DTMFBridge.Side.allCases {
        if let packet = bridge.nextPacket(to: side, timestamp: timestamp) { ears[side]?.hear(packet) }
        while let message = bridge.nextMessage(to: side) {
          ears[side]?.hear(message)
          if case .info = message, answersInfo { bridge.infoAnswered(from: side) }
        }
      }
    }
  }

  mutating func event(
    _ code: UInt8, _ duration: UInt16, isEnd: Bool = false, at timestamp: UInt32, isMarked: Bool = false,
    ssrc: UInt32 = 1, from side: DTMFBridge.Side = .a
  ) {
    bridge.received(
      TelephoneEvent(code: code, isEnd: isEnd, duration: duration), timestamp: timestamp, isMarked: isMarked,
      ssrc: ssrc, from: side, now: now)
    run()
  }

  func heard(_ side: DTMFBridge.Side) -> String { ears[side]?.keys ?? "" }
  func lengths(_ side: DTMFBridge.Side) -> [Int] { ears[side]?.milliseconds ?? [] }
}
