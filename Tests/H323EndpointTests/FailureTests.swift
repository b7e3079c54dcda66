import H225
import H245
import H323Endpoint
import Testing
import Wire

/// Connections that are lost, users that are silent, peers that send anything.
@Suite("Calls that fail")
struct FailureTests {
  @Test("any connection lost at any moment ends the call on both sides", arguments: CallTests.pairs)
  func lost(caller: Options, callee: Options) {
    for number in 0..<2 {
      for moment in 0..<40 {
        let network = Network(caller, callee, seed: UInt64(moment))
        network.answers(early: moment & 1 == 0)
        network.call()
        for _ in 0..<moment { network.step() }
        let wasCut = network.cut(number)
        network.advance(.seconds(30))
        if wasCut {
          #expect(network.caller.releases.count == 1)
          // The one lost connection may have been for H.245 of a call that then ends by ReleaseComplete.
          #expect(network.caller.isEmpty && network.callee.isEmpty)
        } else {
          network.release(0)
          network.advance(.seconds(30))
        }
        #expect(network.caller.isEmpty && network.callee.isEmpty)
      }
    }
  }

  @Test("nobody there")
  func unreachable() {
    let network = Network()
    network.isUnreachable = true
    network.call()
    network.run()
    #expect(network.caller.releases == [H323Release(side: .connection, cause: 27)])
    #expect(network.caller.isEmpty)
  }

  @Test("T303, T310, T301, and the user's patience")
  func timers() {
    // No answer to the Setup at all.
    var network = Network()
    network.call()
    network.advance(.milliseconds(3_990))
    #expect(network.caller.releases.isEmpty)
    network.advance(.milliseconds(20))
    #expect(network.caller.releases == [H323Release(side: .timer, cause: 102)])
    #expect(network.callee.releases.first?.side == .peer)
    #expect(network.caller.isEmpty && network.callee.isEmpty)
    // Nothing after CallProceeding.
    network = Network()
    network.callee.user = { host, event, sink, now in
      if case .incoming(let call, _) = event { host.endpoint.proceed(call, now: now, into: &sink) }
    }
    network.call()
    network.advance(.seconds(9))
    #expect(network.caller.releases.isEmpty)
    network.advance(.seconds(2))
    #expect(network.caller.releases == [H323Release(side: .timer, cause: 102)])
    // It rings and rings.
    network = Network()
    network.callee.user = { host, event, sink, now in
      if case .incoming(let call, _) = event { host.endpoint.alert(call, now: now, into: &sink) }
    }
    network.call()
    network.advance(.seconds(179))
    #expect(network.caller.releases.isEmpty && network.callee.releases.isEmpty)
    network.advance(.seconds(2))
    #expect(network.caller.releases.count == 1 && network.callee.releases.count == 1)
    #expect(network.caller.releases.first?.cause == 19)
    #expect(network.caller.isEmpty && network.callee.isEmpty)
  }

  @Test("no media in time: the call does not stay", arguments: Options.all)
  func patience(options: Options) {
    let network = Network(options, Options(usesFastStart: false, tunnelsH245: options.tunnelsH245))
    network.answers()
    network.call(media: nil)
    network.advance(.seconds(9))
    #expect(network.caller.releases.isEmpty && network.callee.releases.isEmpty)
    network.advance(.seconds(2))
    #expect(network.caller.releases.count == 1 && network.callee.releases.count == 1)
    network.advance(.seconds(5))
    #expect(network.caller.isEmpty && network.callee.isEmpty)
  }

  @Test("no listener for H.245: the call ends, with fast connect it lives")
  func noListener() {
    let slow = Options(usesFastStart: false, tunnelsH245: false)
    let network = Network(slow, slow)
    network.callee.canListen = false
    network.connect()
    network.advance(.seconds(5))
    #expect(network.callee.releases.first?.cause == 47 && network.caller.releases.first?.side == .peer)
    #expect(network.caller.isEmpty && network.callee.isEmpty)
    let fast = Options(usesFastStart: true, tunnelsH245: false)
    let other = Network(fast, fast)
    other.connect()
    other.caller.canListen = false
    other.press(0, "1")
    other.advance(.seconds(60))
    #expect(other.caller.releases.isEmpty && other.caller.media?.isBothWays == true)
  }

  @Test("every message cut short, one bit changed, or lost, at any moment", arguments: CallTests.pairs)
  func damage(caller: Options, callee: Options) {
    for moment in 0..<24 {
      for kind in 0..<3 {
        let network = Network(caller, callee, seed: UInt64(moment * 3 + kind))
        var count = 0
        var random = SplitMix64(seed: UInt64(moment))
        network.tamper = { octets in
          count += 1
          guard count == moment else { return octets }
          switch kind {
          case 0: return Array(octets.prefix(Int(random.next() % UInt64(max(1, octets.count)))))
          case 1:
            var octets = octets
            let bit = Int(random.next() % UInt64(octets.count * 8))
            octets[bit / 8] ^= 1 << UInt8(bit % 8)
            return octets
          default: return nil
          }
        }
        network.answers()
        network.call()
        network.advance(.seconds(400))
        network.release(0)
        network.advance(.seconds(30))
        network.release(1)
        network.advance(.seconds(30))
        #expect(network.caller.isEmpty && network.callee.isEmpty)
        #expect(network.caller.releases.count == 1)
      }
    }
  }
}
