import Codecs
import DTMF
import H225
import H245
import H323Endpoint
import Jitter
import Mixer
import RTP
import Wire

/// One call to the council, from its Setup on. A class, so that a packet changes it where it lies.
final class CouncilLeg {
  /// How far it is.
  enum Phase: Sendable, Hashable {
    /// It was asked whether it is admitted. To `opening`.
    case asking
    /// It has a room, and its ports are being opened. To `answered`.
    case opening
    /// It was answered.
    case answered
  }

  let call: H323CallHandle
  let place: CouncilPlace
  let began: Instant
  var phase = Phase.asking
  var facts: CouncilCall
  let destination: CouncilRoomName
  var room: CouncilRoom?
  var admittedAt: Instant?
  var answeredAt: Instant?
  /// Whether its sockets are open.
  var hasSockets = false

  // Its media.
  var media = H323Media()
  /// In the room's conference, once something may be heard of it or by it.
  var member: ConferenceLeg?
  private(set) var sending: ConferenceLegConfiguration
  /// What is sent under which payload type at present; nil when nothing is.
  var encoding: AudioEncoding?
  var source: ParticipantSource
  var session: RTP.RTPSession
  var keys = DTMFReceiver()
  /// When a `*` was pressed last.
  var commandAt: Instant?
  /// When something of it was heard last, or its silence began to count.
  var lastHeard: Instant
  /// Whether we may send, or might once: what is nil then is a hold.
  var hasBeenOpen = false
  var isMutedByItself = false
  var isMutedByOperator = false
  var statistics = CouncilStatistics()

  init(
    _ facts: CouncilCall, call: H323CallHandle, destination: CouncilRoomName, place: CouncilPlace,
    _ configuration: CouncilConfiguration, cname: [UInt8], random: inout SplitMix64, now: Instant
  ) {
    self.facts = facts
    self.call = call
    self.destination = destination
    self.place = place
    began = now
    lastHeard = now
    source = ParticipantSource(signalledFrom: facts.remote.ip, now: now)
    let ssrc = UInt32(truncatingIfNeeded: random.next())
    session = RTP.RTPSession(
      RTPSessionConfiguration(
        ssrc: ssrc, cname: cname, clockRate: 8_000,
        // G.711 with its headers.
        bandwidth: RTCPBandwidth(sessionBitsPerSecond: 80_000), overheadBytes: facts.remote.ip.isIPv4 ? 28 : 48,
        addressPolicy: .latest),
      now: now, random: random.next())
    sending = ConferenceLegConfiguration(
      encoding: .g711(.mu), payloadMeanings: .rfc3551(telephoneEvent: configuration.telephoneEventPayloadType),
      ssrc: ssrc, firstSequenceNumber: UInt16(truncatingIfNeeded: random.next()),
      firstTimestamp: UInt32(truncatingIfNeeded: random.next()),
      namesContributors: configuration.namesContributors)
  }

  /// Whether it is asked to be silent, and hears nothing: its peer has closed what was open.
  var isOnHold: Bool { hasBeenOpen && media.outgoing == nil }

  /// Whether nobody is to hear it. A held phone's music is for nobody.
  var isMuted: Bool { isMutedByItself || isMutedByOperator }

  /// Whether something is expected of it.
  var isExpected: Bool { phase == .answered && media.incoming != nil && !isOnHold }

  /// The media is agreed upon; whether its place in the conference has to be made anew.
  func agree(_ agreed: H323Media, telephoneEvent: UInt8, now: Instant) -> Bool {
    media = agreed
    source.negotiate(agreed, now: now)
    lastHeard = now
    if agreed.outgoing != nil { hasBeenOpen = true }
    encoding = agreed.outgoing.flatMap { AudioEncoding($0.audio) }
    var wanted = sending
    if let encoding, let outgoing = agreed.outgoing {
      wanted.encoding = encoding
      wanted.payloadType = outgoing.payloadType
    }
    var meanings = PayloadMeanings.rfc3551(telephoneEvent: telephoneEvent)
    if let incoming = agreed.incoming, let encoding = AudioEncoding(incoming.audio) {
      meanings[incoming.payloadType] = .audio(encoding)
    }
    wanted.payloadMeanings = meanings
    guard wanted != sending else { return false }
    sending = wanted
    return true
  }

  /// Somebody else uses our source; it is another from now on.
  func change(ssrc: UInt32) { sending.ssrc = ssrc }
}

extension AudioEncoding {
  /// The encoding of a codec of H.245; nil for one that is not mixed here.
  init?(_ capability: AudioCapability) {
    switch capability.codec {
    case .g711Ulaw64k: self = .g711(.mu)
    case .g711Alaw64k: self = .g711(.a)
    case .g722At64k: self = .g722
    default: return nil
    }
  }

  /// Its name as in `a=rtpmap` (RFC 3551 §6).
  var name: String {
    switch self {
    case .g711(.mu): "PCMU"
    case .g711(.a): "PCMA"
    case .g722: "G722"
    }
  }
}
