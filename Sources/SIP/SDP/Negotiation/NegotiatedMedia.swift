import Wire

/// An address and a port out of a description; a name still has to be resolved.
public struct MediaEndpoint: Sendable, Hashable {
  /// The address or name.
  public let host: SDPHost
  /// The port.
  public let port: UInt16

  /// Both, when the host is an address.
  public var socketAddress: SocketAddress? { host.address.map { SocketAddress(ip: $0, port: port) } }
}

/// A codec that both sides have, with its number in each direction (RFC 3264 §5.1, §6.1).
public struct NegotiatedCodec: Sendable, Hashable {
  /// Name, clock rate, channels and parameters of ours; its number is the one we receive it under.
  public let local: PayloadFormat
  /// The same of the other side; its number is the one we send it under, its parameters are what they can take.
  public let remote: PayloadFormat

  /// The number in packets to the other side.
  public var sendPayloadType: UInt8 { remote.payloadType }

  /// The number in packets to us.
  public var receivePayloadType: UInt8 { local.payloadType }

  /// The events that we may send; those of RFC 4733 §2.4.1 where nothing readable is said.
  public var sendEvents: TelephoneEvents { TelephoneEvents(remote.parameters) ?? .dtmf }
}

/// How the packets of a stream are protected.
public enum NegotiatedKeying: Sendable, Hashable {
  /// Not at all.
  case none
  /// Keys from the descriptions (RFC 4568): ours for what we send, theirs for what we receive.
  case sdes(suite: CryptoSuite, send: CryptoAttribute, receive: CryptoAttribute)
  /// Keys from DTLS (RFC 5764): whether we begin, and what their certificate has to hash to.
  case dtls(isClient: Bool, remote: [Fingerprint], tlsID: TLSID?)
}

/// What both sides have agreed for one stream that is in use.
public struct NegotiatedMedia: Sendable, Hashable {
  /// Which media description it is, counted from 0.
  public let index: Int
  /// The kind of media.
  public let type: MediaType
  /// The protocols, as the answer has them.
  public let transport: TransportProtocol
  /// Where we receive RTP, or all of the stream.
  public let local: MediaEndpoint
  /// Where we receive RTCP; `local` when it shares the port.
  public let localRTCP: MediaEndpoint?
  /// Where we send.
  public let remote: MediaEndpoint
  /// Where we send RTCP; `remote` when it shares the port.
  public let remoteRTCP: MediaEndpoint?
  /// Whether RTCP shares RTP's port (RFC 5761).
  public let sharesPort: Bool
  /// Whether RTCP may be of reduced size (RFC 5506).
  public let hasReducedSizeRTCP: Bool
  /// Which way media flows, as we see it. A hold by `0.0.0.0` counts: nothing is sent there.
  public let direction: MediaDirection
  /// Codecs and what goes with them, the answerer's preference first. Empty where RTP is not spoken.
  public let formats: [NegotiatedCodec]
  /// The keys.
  public let keying: NegotiatedKeying
  /// How much media a packet to the other side should carry; nil for the codec's own.
  public let packetTime: PacketTime?
  /// How much it may carry.
  public let maximumPacketTime: PacketTime?
  /// ICE of the other side, when both sides speak it.
  public let remoteICE: ICEDescription?

  /// The codecs alone; the first one is to be sent unless there is a reason for another (§7).
  public var codecs: [NegotiatedCodec] { formats.filter { !$0.local.isAuxiliary } }

  /// The events to be sent beside a codec: those of its clock rate (RFC 4733 §2.1), else the first ones.
  public func telephoneEvents(beside codec: NegotiatedCodec?) -> NegotiatedCodec? {
    let events = formats.filter { $0.local.isTelephoneEvent }
    return events.first { $0.local.map.clockRate == codec?.local.map.clockRate } ?? events.first
  }

  /// The codec of a payload type in a packet that came in; nil when it was not agreed.
  public func format(receiving payloadType: UInt8) -> NegotiatedCodec? {
    formats.first { $0.receivePayloadType == payloadType }
  }
}

/// What one exchange of offer and answer came to.
public struct SessionAgreement: Sendable, Hashable {
  /// Our description.
  public let local: SessionDescription
  /// The other side's.
  public let remote: SessionDescription
  /// Whether ours was the offer.
  public let isOfferer: Bool
  /// One entry for each media description; nil for a stream that is refused or gone.
  public let media: [NegotiatedMedia?]
}

/// Why an offer or an answer cannot be, or is not what it had to be. A peer's offer that ends in one is answered 488.
public enum NegotiationFault: Error, Sendable, Hashable {
  /// An offer while one waits for its answer.
  case offerOutstanding
  /// An answer without its offer.
  case noOffer
  /// An offer with fewer media descriptions than were agreed (RFC 3264 §8).
  case missingMedia
  /// An answer with more or fewer media descriptions than its offer (§6).
  case mediaCount
  /// A media description of an answer is of another kind than that of the offer.
  case mediaType(Int)
  /// Its protocols are not those of the offer.
  case transport(Int)
  /// It has no format of the offer (§6.1).
  case noCommonFormat(Int)
  /// There is no `c=` for it.
  case noConnection(Int)
  /// SRTP without keys that go together.
  case noKeys(Int)
  /// Every payload type of the stream was used for something else (§8.3.2).
  case noPayloadType(Int)
  /// A stream of ours that cannot be written: port 0, no codec, a codec that is none.
  case invalidStream(Int)
  /// A description of ours that exceeds a limit.
  case description(SDPError)
}

extension NegotiationFault: CustomStringConvertible {
  /// A phrase for a person.
  public var description: String {
    switch self {
    case .offerOutstanding: "an offer waits for its answer"
    case .noOffer: "an answer without an offer"
    case .missingMedia: "an offer with fewer streams than were agreed"
    case .mediaCount: "an answer with another number of streams than its offer"
    case .mediaType(let index): "stream \(index) is of another kind than in the offer"
    case .transport(let index): "stream \(index) has other protocols than in the offer"
    case .noCommonFormat(let index): "stream \(index) has no format of the offer"
    case .noConnection(let index): "stream \(index) has no address"
    case .noKeys(let index): "stream \(index) has no keys in common"
    case .noPayloadType(let index): "stream \(index) has used every payload type"
    case .invalidStream(let index): "stream \(index) cannot be written"
    case .description(let error): "\(error)"
    }
  }
}
