/// The exchanges of RFC 4317, as lines behind `s=` (a single space, §1) and `t=0 0`.
struct Exchange: Sendable {
  var isBobs = false
  /// The offerer's version in `o=`, counted from its first one.
  var offerVersion = 0
  var offer: [String]
  var answerVersion = 0
  var answer: [String]
  /// What the offerer has then: kind, direction, formats as sent/received, where to; `-` for a refused stream.
  var streams: [String]
}

struct RFC4317Case: CustomStringConvertible, Sendable {
  var section: String
  var exchanges: [Exchange]
  var description: String { section }

  private static let atlanta = "c=IN IP4 host.atlanta.example.com"
  private static let biloxi = "c=IN IP4 host.biloxi.example.com"
  private static let pcmu = "a=rtpmap:0 PCMU/8000"
  private static let pcma = "a=rtpmap:8 PCMA/8000"
  private static let ilbc = "a=rtpmap:97 iLBC/8000"
  private static let ilbc99 = "a=rtpmap:99 iLBC/8000"
  private static let h261 = "a=rtpmap:31 H261/90000"
  private static let mpv = "a=rtpmap:32 MPV/90000"
  private static let events = "a=rtpmap:98 telephone-event/8000"
  private static let events101 = "a=rtpmap:101 telephone-event/8000"

  private static let audioAndVideo = [
    atlanta, "m=audio 49170 RTP/AVP 0 8 97", pcmu, pcma, ilbc, "m=video 51372 RTP/AVP 31 32", h261, mpv,
  ]
  private static let oneOfEach = [atlanta, "m=audio 49170 RTP/AVP 97", ilbc, "m=video 51372 RTP/AVP 31", h261]
  private static let bobsOneOfEach = [biloxi, "m=audio 49174 RTP/AVP 97", ilbc, "m=video 49170 RTP/AVP 31", h261]
  private static let oneOfEachStreams = [
    "audio sendrecv iLBC 97/97 host:49174", "video sendrecv H261 31/31 host:49170",
  ]
  private static let twoAudio = [
    atlanta, "m=audio 49170 RTP/AVP 0 97", pcmu, ilbc, "m=audio 49172 RTP/AVP 98", events, "a=sendonly",
  ]
  private static let bobsTwoAudio = Exchange(
    offer: twoAudio,
    answer: [biloxi, "m=audio 49172 RTP/AVP 97", ilbc, "m=audio 49174 RTP/AVP 98", events, "a=recvonly"],
    streams: ["audio sendrecv iLBC 97/97 host:49172", "audio sendonly telephone-event 98/98 host:49174"])

  static let all: [RFC4317Case] = [
    RFC4317Case(
      section: "2.1 Audio and Video 1",
      exchanges: [
        Exchange(
          offer: audioAndVideo,
          answer: [biloxi, "m=audio 49174 RTP/AVP 0", pcmu, "m=video 49170 RTP/AVP 32", mpv],
          streams: ["audio sendrecv PCMU 0/0 host:49174", "video sendrecv MPV 32/32 host:49170"])
      ]),
    RFC4317Case(
      section: "2.2 Audio and Video 2",
      exchanges: [
        Exchange(
          offer: audioAndVideo,
          answer: [biloxi, "m=audio 49172 RTP/AVP 0 8", pcmu, pcma, "m=video 0 RTP/AVP 31", h261],
          streams: ["audio sendrecv PCMU 0/0 PCMA 8/8 host:49172", "-"]),
        Exchange(
          offerVersion: 1, offer: [atlanta, "m=audio 51372 RTP/AVP 0", pcmu, "m=video 0 RTP/AVP 31", h261],
          answerVersion: 1, answer: [biloxi, "m=audio 49172 RTP/AVP 0", pcmu, "m=video 0 RTP/AVP 31", h261],
          streams: ["audio sendrecv PCMU 0/0 host:49172", "-"]),
      ]),
    RFC4317Case(
      section: "2.3 Audio and Video 3",
      exchanges: [
        Exchange(
          offer: audioAndVideo,
          answer: [biloxi, "m=audio 49172 RTP/AVP 99", ilbc99, "m=video 51374 RTP/AVP 31", h261],
          streams: ["audio sendrecv iLBC 99/97 host:49172", "video sendrecv H261 31/31 host:51374"])
      ]),
    RFC4317Case(section: "2.4 Two Audio Streams", exchanges: [bobsTwoAudio]),
    RFC4317Case(
      section: "2.5 Audio and Video 4",
      exchanges: [
        Exchange(offer: oneOfEach, answer: bobsOneOfEach, streams: oneOfEachStreams),
        Exchange(
          isBobs: true, offerVersion: 1,
          offer: [
            "c=IN IP4 newhost.biloxi.example.com", "m=audio 49178 RTP/AVP 97", ilbc, "m=video 49188 RTP/AVP 31", h261,
          ],
          answer: oneOfEach,
          streams: ["audio sendrecv iLBC 97/97 host:49170", "video sendrecv H261 31/31 host:51372"]),
      ]),
    RFC4317Case(
      section: "2.6 Audio Only 1",
      exchanges: [
        Exchange(
          offer: [atlanta, "m=audio 49170 RTP/AVP 0", pcmu, "m=audio 51372 RTP/AVP 97 101", ilbc, events101],
          answer: [biloxi, "m=audio 0 RTP/AVP 0", pcmu, "m=audio 49170 RTP/AVP 97 101", ilbc, events101],
          streams: ["-", "audio sendrecv iLBC 97/97 telephone-event 101/101 host:49170"])
      ]),
    RFC4317Case(
      section: "2.7 Audio and Video 5",
      exchanges: [
        Exchange(
          offer: [atlanta, "m=audio 49170 RTP/AVP 99", ilbc99, "m=video 51372 RTP/AVP 31", h261],
          answer: [biloxi, "m=audio 49172 RTP/AVP 99", ilbc99, "m=video 51374 RTP/AVP 31", h261],
          streams: ["audio sendrecv iLBC 99/99 host:49172", "video sendrecv H261 31/31 host:51374"]),
        Exchange(
          offerVersion: 1,
          offer: [atlanta, "m=audio 49170 RTP/AVP 99", ilbc99, "m=video 51372 RTP/AVP 31 32", h261, mpv],
          answerVersion: 1,
          answer: [biloxi, "m=audio 49172 RTP/AVP 99", ilbc99, "m=video 51374 RTP/AVP 31 32", h261, mpv],
          streams: ["audio sendrecv iLBC 99/99 host:49172", "video sendrecv H261 31/31 MPV 32/32 host:51374"]),
      ]),
    RFC4317Case(
      section: "2.8 Audio and Video 6",
      exchanges: [
        Exchange(
          offer: audioAndVideo,
          answer: [
            biloxi, "m=audio 49174 RTP/AVP 0", pcmu, "m=video 49172 RTP/AVP 32",
            "c=IN IP4 otherhost.biloxi.example.com", mpv,
          ],
          streams: ["audio sendrecv PCMU 0/0 host:49174", "video sendrecv MPV 32/32 otherhost:49172"])
      ]),
    RFC4317Case(
      section: "3.1 Hold and Unhold 1",
      exchanges: [
        Exchange(
          offer: [atlanta, "m=audio 49170 RTP/AVP 0 97", pcmu, ilbc],
          answer: ["c=IN IP4 placeholder.biloxi.example.com", "m=audio 49172 RTP/AVP 97", ilbc, "a=sendonly"],
          streams: ["audio recvonly iLBC 97/97 placeholder:49172"]),
        Exchange(
          isBobs: true, offerVersion: 1, offer: [biloxi, "m=audio 49170 RTP/AVP 97", ilbc], answerVersion: 1,
          answer: [atlanta, "m=audio 49178 RTP/AVP 97", ilbc], streams: ["audio sendrecv iLBC 97/97 host:49178"]),
      ]),
    RFC4317Case(
      section: "3.2 Hold with Two Streams",
      exchanges: [
        bobsTwoAudio,
        // The answer is the first offer again, and goes beyond this one; its version in the RFC is one more than RFC 3264
        // §8 has it.
        Exchange(
          isBobs: true, offerVersion: 1,
          offer: [
            biloxi, "m=audio 49172 RTP/AVP 97", ilbc, "a=sendonly", "m=audio 49174 RTP/AVP 98", events, "a=recvonly",
          ],
          answer: twoAudio,
          streams: ["audio sendonly iLBC 97/97 host:49170", "audio recvonly telephone-event 98/98 host:49172"]),
      ]),
    RFC4317Case(
      section: "4.1 Second Audio Stream Added",
      exchanges: [
        Exchange(
          offer: [atlanta, "m=audio 49170 RTP/AVP 0 97", pcmu, ilbc],
          answer: [biloxi, "m=audio 49170 RTP/AVP 97", ilbc], streams: ["audio sendrecv iLBC 97/97 host:49170"]),
        Exchange(
          isBobs: true, offerVersion: 1,
          offer: [
            biloxi, "m=audio 49170 RTP/AVP 97", ilbc, "m=audio 48282 RTP/AVP 98",
            "c=IN IP4 mediaserver.biloxi.example.com", events, "a=recvonly",
          ],
          answerVersion: 1,
          answer: [
            atlanta, "m=audio 49170 RTP/AVP 97", ilbc, "m=audio 49172 RTP/AVP 98", atlanta, events, "a=sendonly",
          ],
          streams: ["audio sendrecv iLBC 97/97 host:49170", "audio recvonly telephone-event 98/98 host:49172"]),
      ]),
    RFC4317Case(
      section: "4.2 Audio, then Video Added",
      exchanges: [
        Exchange(
          offer: [atlanta, "m=audio 49170 RTP/AVP 0", pcmu], answer: [biloxi, "m=audio 49172 RTP/AVP 0", pcmu],
          streams: ["audio sendrecv PCMU 0/0 host:49172"]),
        Exchange(
          offerVersion: 1, offer: [atlanta, "m=audio 49170 RTP/AVP 0", pcmu, "m=video 49172 RTP/AVP 31", h261],
          answerVersion: 1, answer: [biloxi, "m=audio 49172 RTP/AVP 0", pcmu, "m=video 49168 RTP/AVP 31", h261],
          streams: ["audio sendrecv PCMU 0/0 host:49172", "video sendrecv H261 31/31 host:49168"]),
      ]),
    RFC4317Case(
      section: "4.3 Audio and Video, Then Video Deleted",
      exchanges: [
        Exchange(offer: oneOfEach, answer: bobsOneOfEach, streams: oneOfEachStreams),
        Exchange(
          isBobs: true, offerVersion: 1,
          offer: [biloxi, "m=audio 49174 RTP/AVP 97", ilbc, "m=video 0 RTP/AVP 31", h261], answerVersion: 1,
          answer: [atlanta, "m=audio 49170 RTP/AVP 97", ilbc, "m=video 0 RTP/AVP 31", h261],
          streams: ["audio sendrecv iLBC 97/97 host:49170", "-"]),
      ]),
    RFC4317Case(
      section: "5.1 No Media, Then Audio Added",
      exchanges: [
        Exchange(offer: [atlanta], answer: [biloxi], streams: []),
        Exchange(
          offerVersion: 1, offer: [atlanta, "m=audio 49170 RTP/AVP 97", ilbc], answerVersion: 1,
          answer: [biloxi, "m=audio 49172 RTP/AVP 97", ilbc], streams: ["audio sendrecv iLBC 97/97 host:49172"]),
      ]),
    RFC4317Case(
      section: "5.2 Hold and Unhold 2",
      exchanges: [
        Exchange(
          offer: ["c=IN IP4 0.0.0.0", "m=audio 23442 RTP/AVP 97", ilbc],
          answer: [biloxi, "m=audio 49170 RTP/AVP 97", ilbc], streams: ["audio sendonly iLBC 97/97 host:49170"]),
        Exchange(
          offerVersion: 1, offer: [atlanta, "m=audio 49170 RTP/AVP 97", ilbc],
          answer: [biloxi, "m=audio 49170 RTP/AVP 97", ilbc], streams: ["audio sendrecv iLBC 97/97 host:49170"]),
      ]),
    RFC4317Case(
      section: "5.3 Hold and Unhold 3",
      exchanges: [
        Exchange(
          offer: [atlanta, "m=audio 49170 RTP/AVP 97", ilbc],
          answer: ["c=IN IP4 0.0.0.0", "m=audio 9322 RTP/AVP 97", ilbc],
          streams: ["audio recvonly iLBC 97/97 0.0.0.0:9322"]),
        Exchange(
          isBobs: true, offerVersion: 1, offer: [biloxi, "m=audio 49172 RTP/AVP 97", ilbc],
          answer: [atlanta, "m=audio 49170 RTP/AVP 97", ilbc], streams: ["audio sendrecv iLBC 97/97 host:49170"]),
      ]),
  ]
}
