import H245
import PER
import Testing
import Wire

@Suite("Fast connect")
struct FastConnectTests {
  private let caller = FastStartOffer(
    audio: [.g729(2), .g711Alaw64k(20), .g711Ulaw64k(30)], media: address(4000), mediaControl: address(4001))

  @Test("the callee's choice opens both ways")
  func both() throws {
    let elements = try caller.elements()
    #expect(elements.count == 6)
    let choice = FastStartProposal.choose(from: elements, capabilities: LocalCapabilities())
    let incoming = try #require(choice.incoming), outgoing = try #require(choice.outgoing)
    #expect(incoming.audio == .g711Alaw64k(20) && outgoing.audio == .g711Alaw64k(20))
    let media = address(6000), control = address(6001)
    let answer = [
      try incoming.answer(media: media, mediaControl: control),
      try outgoing.answer(media: media, mediaControl: control),
    ]
    #expect(incoming.channel(media: media).mediaChannel == media)
    #expect(outgoing.channel(media: media).mediaChannel == address(4000))
    #expect(outgoing.channel(media: media).mediaControlChannel == address(4001))
    let channels = caller.accept(answer)
    #expect(channels.outgoing?.mediaChannel == media && channels.outgoing?.mediaControlChannel == control)
    #expect(channels.outgoing?.audio == .g711Alaw64k(20) && channels.incoming?.audio == .g711Alaw64k(20))
    #expect(channels.outgoing?.number == incoming.request.forwardLogicalChannelNumber)
  }

  @Test("an answer is the offer with addresses, the number of frames included")
  func echo() throws {
    let capabilities = LocalCapabilities(audio: [.g711Ulaw64k(20)])
    let choice = FastStartProposal.choose(from: try caller.elements(), capabilities: capabilities)
    for proposal in [choice.incoming, choice.outgoing] {
      let proposal = try #require(proposal)
      #expect(proposal.audio == .g711Ulaw64k(30))
      let octets = try proposal.answer(media: address(6000), mediaControl: address(6001))
      var answer = try OpenLogicalChannel(decoding: octets.span)
      #expect(answer != proposal.request)
      var parameters = proposal.parameters
      #expect(parameters.sessionID == 1)
      // With the offer's addresses put back nothing is left of the answer.
      parameters.mediaControlChannel = .unicast(address(4001))
      if proposal.direction == .incoming {
        answer.forwardLogicalChannelParameters.multiplexParameters = .h2250LogicalChannelParameters(parameters)
      } else {
        answer.reverseLogicalChannelParameters?.multiplexParameters = .h2250LogicalChannelParameters(parameters)
      }
      #expect(answer == proposal.request)
    }
  }

  @Test("what cannot be read or answers nothing is passed over")
  func junk() throws {
    let choice = FastStartProposal.choose(
      from: [[], [0xFF, 0xFF]] + (try caller.elements()), capabilities: LocalCapabilities())
    #expect(choice.incoming != nil)
    let stranger = FastStartOffer(audio: [.g722At64k(20)], media: address(1), mediaControl: address(2))
    let channels = caller.accept([[1, 2, 3]] + (try stranger.elements()))
    #expect(channels.outgoing == nil && channels.incoming == nil)
    // An offer that comes back as it was names nowhere to send to.
    #expect(caller.accept(try caller.elements()).outgoing == nil)
    #expect(caller.accept(try caller.elements()).incoming != nil)
  }

  @Test("the two ways may have different codecs")
  func asymmetry() throws {
    let elements = try caller.elements()
    // Only A-law there, only µ-law back.
    let choice = FastStartProposal.choose(from: [elements[2], elements[5]], capabilities: LocalCapabilities())
    #expect(choice.incoming?.audio == .g711Alaw64k(20))
    #expect(choice.outgoing?.audio == .g711Ulaw64k(30))
  }

  @Test("channels of fast connect are closed as others are")
  func adoption() throws {
    let pair = Pair()
    let choice = FastStartProposal.choose(from: try caller.elements(), capabilities: LocalCapabilities())
    let incoming = try #require(choice.incoming)
    let callee = incoming.channel(media: address(6000))
    var ours = callee
    ours.direction = .outgoing
    let (adopted, again) = (
      pair.second.session.adopt(callee, from: incoming.request),
      pair.second.session.adopt(callee, from: incoming.request)
    )
    #expect(adopted && !again)
    _ = pair.first.session.adopt(ours, from: incoming.request)
    pair.begin()
    #expect(pair.first.session.openChannels == [ours] && pair.second.session.openChannels == [callee])
    let now = pair.now
    pair.with(.first) { $0.close(ours.number, now: now, into: &$1) }
    pair.run()
    #expect(pair.second.events.last == .channelClosed(.incoming, ours.number))
    #expect(pair.first.session.channelCounts == (0, 0))
    // Numbers that are taken are not given again.
    _ = pair.first.session.adopt(ours, from: incoming.request)
    #expect((0..<4).map { _ in pair.open(.first) } == [1, 2, 4, 5])
  }
}
