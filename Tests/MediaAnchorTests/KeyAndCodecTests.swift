import MediaAnchor
import Relay
import SDP
import Testing
import Transcoder
import Wire

/// What descriptions become where the two parties want their keys differently, or have no codec in common.
@Suite struct KeyAndCodecTests {
  private var info: AnchorLeg {
    var leg = AnchorLeg(mayCarryKeys: false, isSecure: false, address: IPAddress(v4: 0xC000_0201))
    leg.takesInfo = true
    return leg
  }

  private func sound(_ formats: String, _ lines: String...) -> String {
    let head = [
      "v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=x", "c=IN IP4 192.0.2.1", "t=0 0", "m=audio 6000 RTP/AVP \(formats)",
    ]
    return (head + lines).map { $0 + "\r\n" }.joined()
  }

  private func line(_ text: String) -> String {
    String(text.split(separator: "\r\n").first { $0.hasPrefix("m=") } ?? "").replacing(#/m=audio \d+ /#, with: "")
  }

  private let event = "a=rtpmap:101 telephone-event/8000"

  @Test func anAnswerWithoutEventsGetsThemWhereItsSenderTakesInfo() throws {
    var call = Call()
    _ = try call.pass(sound("0 101", event), .request(invite), from: info)
    let answer = try call.pass(sound("0"), .response(invite, status: 200), from: info)
    #expect(line(answer) == "RTP/AVP 0 101")
    #expect(answer.contains(event + "\r\n") && answer.contains("a=fmtp:101 0-15\r\n"))
    let peers = try #require(call.anchor.takeUpdates().last?.peers)
    #expect(peers.caller.keyEvents == RelayKeyEvents(receive: 101, send: 101))
    #expect(peers.callee.keyEvents == nil)
    #expect(RelayPeer(peers.caller, learning: .off).keyEvents == peers.caller.keyEvents)
  }

  @Test func anOfferWithoutEventsGetsThemAndTheAnswerLosesThem() throws {
    var call = Call()
    let offer = try call.pass(sound("0"), .request(invite), from: info)
    #expect(line(offer) == "RTP/AVP 0 101")
    let answer = try call.pass(
      sound("0 96", "a=rtpmap:96 telephone-event/8000", "a=fmtp:96 0-16"), .response(invite, status: 200), from: info)
    #expect(line(answer) == "RTP/AVP 0")
    #expect(!answer.contains("telephone-event") && !answer.contains("fmtp"))
    let peers = try #require(call.anchor.takeUpdates().last?.peers)
    #expect(peers.callee.keyEvents == RelayKeyEvents(receive: 101, send: 96))
  }

  @Test(arguments: [true, false]) func alikePartiesAndThoseWithoutInfoAreLeftAlone(takesInfo: Bool) throws {
    var leg = info
    leg.takesInfo = takesInfo
    for (one, other) in [("0 101", "0 101"), ("0", "0"), ("0 101", "0")] where takesInfo == (one == other) {
      var call = Call()
      let lines = { (formats: String) in formats.contains("101") ? [self.event] : [] }
      let offer = try call.pass(
        sound(one, lines(one).first ?? "a=x"), .request(invite), from: one == "0" ? call.plain : leg)
      #expect(line(offer) == "RTP/AVP " + one)
      let answer = try call.pass(
        sound(other, lines(other).first ?? "a=x"), .response(invite, status: 200), from: leg)
      #expect(line(answer) == "RTP/AVP " + other)
      let peers = try #require(call.anchor.takeUpdates().last?.peers)
      #expect(peers.caller.keyEvents == nil && peers.callee.keyEvents == nil)
    }
  }

  @Test func ourCodecsAreOfferedAndTakenOutOfTheAnswer() throws {
    var call = Call(transcodes: true)
    let offer = try call.pass(sound("0 101", event), .request(invite))
    #expect(line(offer) == "RTP/AVP 0 101 8 9 96")
    #expect(offer.contains("a=rtpmap:96 opus/48000/2\r\n"))
    let answer = try call.pass(sound("0 8 101", event), .response(invite, status: 200))
    #expect(line(answer) == "RTP/AVP 0 101")
    let peers = try #require(call.anchor.takeUpdates().last?.peers)
    #expect(peers.caller.speech?.isNeeded == false)
    #expect(peers.callee.speech?.sends[8] == .g711(.a))
  }

  @Test func anAnswerInOursAloneBecomesOneInTheOffers() throws {
    var call = Call(transcodes: true)
    let offer = try call.pass(
      sound("111 101", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 useinbandfec=1", event), .request(invite))
    #expect(line(offer) == "RTP/AVP 111 101 0 8 9")
    let answer = try call.pass(sound("0 101", event), .response(invite, status: 200))
    #expect(line(answer) == "RTP/AVP 111 101")
    #expect(answer.contains("a=rtpmap:111 opus/48000/2\r\n") && answer.contains("a=fmtp:111 useinbandfec=1\r\n"))
    let peers = try #require(call.anchor.takeUpdates().last?.peers)
    #expect(peers.caller.speech?.isNeeded == true && peers.callee.speech?.isNeeded == true)
    #expect(peers.caller.speech?.takes.payloadType == 111)
    #expect(peers.callee.speech?.takes.codec == .g711(.mu))
    #expect(peers.callee.speech?.takes.telephoneEvent == 101)
  }

  @Test func whatIsNotKnownHereIsLeftAlone() throws {
    var call = Call(transcodes: true)
    let offer = try call.pass(sound("97", "a=rtpmap:97 iLBC/8000"), .request(invite))
    #expect(line(offer) == "RTP/AVP 97")
    var other = Call()
    #expect(line(try other.pass(sound("0"), .request(invite))) == "RTP/AVP 0")
  }
}
