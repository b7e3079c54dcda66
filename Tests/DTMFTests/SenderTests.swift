import Codecs
import DTMF
import Testing

struct SenderTests {
  /// A driver that asks more often than once per packet time makes long keys run ahead of the clock; the next one begins
  /// behind them all the same.
  @Test func askedTooOften() throws {
    let one = try #require(DTMFDigit(code: 1))
    var sender = DTMFSender(.telephoneEvent(clockRate: 8_000, packetUnits: 480))
    var ear = Ear()
    for _ in 0..<2 { sender.take(.pressed(one, .seconds(20))) }
    var timestamp: UInt32 = 0
    while !sender.isIdle {
      if let packet = sender.nextPacket(timestamp: timestamp) { ear.hear(packet) }
      timestamp += 160
    }
    #expect(ear.keys == "11")
    #expect(ear.milliseconds == [20_000, 20_000])
  }

  /// A key that is released while it waits is held as long as it was.
  @Test func releasedWhileWaiting() throws {
    let (one, two) = (try #require(DTMFDigit(code: 1)), try #require(DTMFDigit(code: 2)))
    var sender = DTMFSender(.telephoneEvent(clockRate: 8_000, packetUnits: 160))
    var ear = Ear()
    sender.take(.pressed(one, nil))
    sender.take(.released(one, .milliseconds(300)))
    sender.take(.pressed(two, nil))
    sender.take(.released(two, .milliseconds(10)))
    for timestamp in 0..<40 {
      if let packet = sender.nextPacket(timestamp: UInt32(timestamp) * 160) { ear.hear(packet) }
    }
    #expect(ear.keys == "12")
    // No detector hears 10 ms.
    #expect(ear.milliseconds == [300, 40])
  }
}
