import Council
import H245
import H323Endpoint
import Testing
import Wire

/// The same over the wire: telephones whose calls are messages.
struct WireTests {
  /// Fast and slow, in a tunnel and beside it: three telephones in three codecs hear exactly each other.
  @Test(arguments: [true, false], [true, false])
  func aConference(fastStart: Bool, tunnels: Bool) throws {
    let exchange = Exchange()
    let codecs: [[AudioCapability]] = [
      [.g711Ulaw64k(20)], [.g711Alaw64k(20), .g711Ulaw64k(20)], [.g722At64k(20), .g711Ulaw64k(20)],
    ]
    for audio in codecs { exchange.call("council-a", fastStart: fastStart, tunnels: tunnels, audio: audio) }
    exchange.hall.run(.milliseconds(1_600))
    #expect(exchange.handsets.allSatisfy { $0.isAlerted && $0.isConnected && $0.release == nil })
    for one in exchange.handsets {
      for other in exchange.handsets {
        let level = one.phone.level(of: other.phone)
        #expect(one === other ? level < 60 : level > 750 && level < 1_050, "\(one === other) \(level)")
      }
    }
    #expect(exchange.hall.council.counters.participants == 3)
    // The first leaves, the operator ends the rest.
    exchange.hangUp(exchange.handsets[0])
    #expect(exchange.hall.council.counters.participants == 2)
    let name = try #require(CouncilRoomName("council-a"))
    #expect(exchange.hall.end(name) == .done(2))
    exchange.settle()
    exchange.hall.run(.seconds(5))
    #expect(exchange.handsets.allSatisfy { $0.release?.cause == 16 && $0.endpoint.callCount == 0 })
    #expect(exchange.hall.council.callCount == 0 && exchange.hall.council.counters.active == 0)
    #expect(exchange.hall.council.nextDeadline == nil)
  }

  /// The 26th is busy; whoever is not admitted is refused.
  @Test func refusals() {
    let exchange = Exchange()
    for _ in 1...25 { exchange.call("council-a") }
    #expect(exchange.hall.council.counters.participants == 25)
    #expect(exchange.call("council-a").release?.cause == 17)
    #expect(exchange.call("council-b", isAdmitted: false).release?.cause == 21)
    #expect(exchange.call("nobody", isAdmitted: false).release?.cause == 1)
    #expect(exchange.hall.council.counters.active == 25)
    #expect(exchange.hall.council.counters[.rejected] == 3)
  }

  /// An empty capability set, and what comes after it.
  @Test func hold() throws {
    let exchange = Exchange()
    let (one, two) = (exchange.call("council-a"), exchange.call("council-a"))
    exchange.hall.run(.milliseconds(1_400))
    let (now, media) = (exchange.hall.now, one.localMedia)
    exchange.with(one) { $0.setMedia($1, nil, now: now, into: &$2) }
    exchange.hall.run(.milliseconds(1_400))
    let heard = one.phone.headers.count
    exchange.hall.run(.milliseconds(400))
    #expect(one.phone.headers.count == heard)
    #expect(two.phone.level(of: one.phone) < 5)
    exchange.with(one) { $0.setMedia($1, media, now: exchange.hall.now, into: &$2) }
    exchange.hall.run(.milliseconds(3_500))
    #expect(one.phone.level(of: two.phone) > 800)
    #expect(two.phone.level(of: one.phone) > 800)
  }

  /// `*6` in H.245.
  @Test func keys() throws {
    let exchange = Exchange()
    let (one, two) = (exchange.call("council-a"), exchange.call("council-a"))
    exchange.hall.run(.milliseconds(200))
    for key in "*6".utf8 {
      exchange.with(one) { $0.send(digit: key, milliseconds: 120, to: $1, now: exchange.hall.now, into: &$2) }
      exchange.hall.run(.milliseconds(200))
    }
    exchange.hall.run(.milliseconds(1_400))
    #expect(two.phone.level(of: one.phone) < 5 && one.phone.level(of: two.phone) > 800)
  }
}
