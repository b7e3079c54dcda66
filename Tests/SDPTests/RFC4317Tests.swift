import SDP
import Testing
import Wire

@Suite("The exchanges of RFC 4317")
struct RFC4317Tests {
  static func description(isAlice: Bool, version: Int, _ lines: [String]) throws(SDPError) -> SessionDescription {
    let origin =
      isAlice
      ? "alice 2890844526 \(2_890_844_526 + version) IN IP4 host.atlanta.example.com"
      : "bob 2808844564 \(2_808_844_564 + version) IN IP4 host.biloxi.example.com"
    return try SessionDescription(text(["v=0", "o=\(origin)", "s= ", lines[0], "t=0 0"] + lines.dropFirst()))
  }

  static func summary(_ media: NegotiatedMedia?) -> String {
    guard let media else { return "-" }
    let formats = media.formats.map { "\($0.local.map.encodingName) \($0.sendPayloadType)/\($0.receivePayloadType)" }
    let host = media.remote.host.address.map { "\($0)" } ?? "\(media.remote.host)".prefix { $0 != "." }.description
    return "\(media.type) \(media.direction) \(formats.joined(separator: " ")) \(host):\(media.remote.port)"
  }

  @Test("both sides come to what the RFC says, under the versions it says", arguments: RFC4317Case.all)
  func exchanges(_ example: RFC4317Case) throws {
    var alice = SessionNegotiation(origin: try Self.description(isAlice: true, version: 0, ["c=IN IP4 a"]).origin)
    var bob = SessionNegotiation(origin: try Self.description(isAlice: false, version: 0, ["c=IN IP4 b"]).origin)
    for exchange in example.exchanges {
      let offer = try Self.description(isAlice: !exchange.isBobs, version: exchange.offerVersion, exchange.offer)
      let answer = try Self.description(isAlice: exchange.isBobs, version: exchange.answerVersion, exchange.answer)
      var offerer = exchange.isBobs ? bob : alice
      var answerer = exchange.isBobs ? alice : bob

      #expect(try offerer.offer(offer) == offer)
      try answerer.receivedOffer(offer)
      let theirs = try answerer.answer(answer)
      #expect(theirs.local == answer && theirs.remote == offer && !theirs.isOfferer)
      let ours = try offerer.receivedAnswer(answer)
      #expect(ours.local == offer && ours.remote == answer && ours.isOfferer)
      #expect(ours.media.map(Self.summary) == exchange.streams)
      #expect(theirs.media.map { $0?.direction.reversed } == ours.media.map { $0?.direction })
      try answersAlike(offer, theirs)

      (alice, bob) = exchange.isBobs ? (answerer, offerer) : (offerer, answerer)
    }
  }

  /// Our own answer, made of streams that can do what the RFC's answer says, agrees on the same.
  private func answersAlike(_ offer: SessionDescription, _ expected: SessionAgreement) throws {
    let loopback = IPAddress(v4: 0x7F00_0001)
    var session = SessionNegotiation(origin: Origin(sessionID: 1, address: loopback))
    try session.receivedOffer(offer)
    let slots = expected.local.media.map { media -> LocalStream? in
      guard media.port != 0 else { return nil }
      var stream = LocalStream(
        media.type, address: media.connection?.address ?? loopback, port: media.port,
        codecs: media.payloadFormats.map(Codec.init))
      stream.direction = media.direction
      return stream
    }
    let made = try session.answer(slots: slots)
    #expect(made.local.media.map(\.port) == expected.local.media.map(\.port))
    #expect(made.media.map { $0?.direction } == expected.media.map { $0?.direction })
    let names = made.media.map { $0?.formats.map(\.local.map.encodingName) }
    #expect(names == expected.media.map { $0?.formats.map(\.local.map.encodingName) })
    for (ours, theirs) in zip(made.local.media, offer.media) {
      #expect(Set(ours.formats).isSubset(of: theirs.formats))
      #expect(ours.direction.intersection(theirs.direction.reversed) == ours.direction || ours.port == 0)
    }
  }
}
