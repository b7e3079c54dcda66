import MediaAnchor
import Relay
import SDP
import SIPMessage
import SIPTransaction
import Wire

/// The relayed media of a call: what was agreed, and under which names the relay knows it.
final class CallMedia {
  var anchor: MediaAnchor
  /// The relayed call; nil before its first ports are open.
  var relay: RelayCallID?
  /// Which stream of the relayed call a line of the description is.
  private var places: [Int?] = []
  /// The kind of each line.
  private(set) var kinds: [SDP.MediaType] = []
  /// The family of our address that faces each side, once it is chosen.
  var isIPv4 = BothSides<Bool?>(caller: nil, callee: nil)
  /// Whether the bridge has its record.
  var hasBegun = false

  init(srtp: SRTPUse, transcodes: Bool) { anchor = MediaAnchor(srtp: srtp, transcodes: transcodes) }

  /// The stream of the relayed call that a line is.
  func place(of line: Int) -> Int? { line < places.count ? places[line] : nil }

  /// Notes what kind of media the lines are.
  func note(_ description: SessionDescription) {
    for (line, media) in description.media.enumerated() where line < AnchorLimits.maxStreams {
      if line < kinds.count { kinds[line] = media.type } else { kinds.append(media.type) }
    }
  }

  /// Enters new ports.
  func take(_ opened: MediaOpened, for lines: [Int], of message: AnchorMessage, telling policy: MediaPolicy) {
    relay = opened.call
    for (line, stream) in zip(lines, opened.streams) {
      guard let callerKeys = AnchorKeyMaterial(stream.callerKeys),
        let calleeKeys = AnchorKeyMaterial(stream.calleeKeys)
      else { continue }
      while places.count <= line { places.append(nil) }
      places[line] = stream.number
      let ports = stream.ports
      isIPv4 = BothSides(caller: ports.towardCaller.media.ip.isIPv4, callee: ports.towardCallee.media.ip.isIPv4)
      anchor.opened(
        line,
        AnchorPorts(
          endpoints: BothSides(caller: policy.told(ports.towardCaller), callee: policy.told(ports.towardCallee)),
          keys: BothSides(caller: callerKeys, callee: calleeKeys)), for: message)
    }
  }

  /// What the payload types of each stream stand for.
  var formats: [MediaFormats] {
    anchor.openStreams.compactMap { line in
      guard let place = place(of: line), let peers = anchor.peers(of: line) else { return nil }
      return MediaFormats(
        place: place, isAudio: line < kinds.count && kinds[line] == .audio,
        caller: peers.caller.formats.map(MediaFormat.init), callee: peers.callee.formats.map(MediaFormat.init))
    }
  }

  /// The lines as people read them.
  var lines: [MediaLine] {
    anchor.openStreams.compactMap { line in
      anchor.peers(of: line).map { peers in
        MediaLine(
          kind: line < kinds.count ? kinds[line].text : "", caller: MediaLine.Party(peers.caller),
          callee: MediaLine.Party(peers.callee))
      }
    }
  }
}

extension MediaPolicy {
  fileprivate func told(_ endpoint: Relay.RelayEndpoint) -> SDP.RelayEndpoint {
    SDP.RelayEndpoint(told(endpoint.media.ip), port: endpoint.media.port, rtcpPort: endpoint.control.port)
  }
}

extension MediaFormat {
  fileprivate init(_ format: PayloadFormat) {
    self.init(
      payloadType: format.payloadType, name: format.map.encodingName, clockRate: format.map.clockRate,
      channels: format.map.channels)
  }
}

extension MediaLine.Party {
  fileprivate init(_ peer: AnchorPeer) {
    self.init(
      address: peer.rtp?.description, codec: peer.codec.map { "\($0.encodingName)/\($0.clockRate)" },
      direction: peer.direction.attribute.text, suite: peer.receiveKey?.suite.name)
  }
}

/// A message of a call whose media is relayed, on its way.
struct MediaTransit {
  let message: AnchorMessage
  /// How it came.
  let leg: AnchorLeg
  /// Its description, and where in its body it stands; nil without one.
  let description: SessionDescription?
  let place: ByteRange
  var role = AnchorRole.repetition
  /// Lines that need ports before it can go on.
  var missing: [Int] = []
}

/// A response that waits for ports.
struct HeldResponse {
  let message: SIPMessage
  let context: ContextID
  let client: ClientTransactionID
  let hop: Hop
  let transit: MediaTransit
}
