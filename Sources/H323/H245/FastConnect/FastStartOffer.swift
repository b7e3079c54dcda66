import PER
import Wire

/// What a caller proposes in its fastStart, and what comes of the answer (H.323 §8.1.7).
public struct FastStartOffer: Sendable, Hashable {
  /// Every codec once each way, the most wanted first.
  public let proposals: [OpenLogicalChannel]

  /// - Parameters:
  ///   - audio: the codecs, most wanted first.
  ///   - media: where we take media.
  ///   - mediaControl: where we take RTCP.
  public init(
    audio: [AudioCapability], media: SocketAddress, mediaControl: SocketAddress, silenceSuppression: Bool = false
  ) {
    var proposals: [OpenLogicalChannel] = []
    for audio in audio.prefix(H245Limits.maxFastStartProposals / 2) {
      let there = H2250LogicalChannelParameters(
        sessionID: 1, mediaControlChannel: .unicast(mediaControl), silenceSuppression: silenceSuppression)
      proposals.append(OpenLogicalChannel(UInt16(proposals.count + 1), audio: audio, there))
      let back = H2250LogicalChannelParameters(
        sessionID: 1, mediaChannel: .unicast(media), mediaControlChannel: .unicast(mediaControl),
        silenceSuppression: silenceSuppression)
      proposals.append(
        OpenLogicalChannel(
          UInt16(proposals.count + 1),
          forward: .init(dataType: .nullData, multiplexParameters: .unknown(.forwardNone)),
          reverse: .init(dataType: .audioData(audio), multiplexParameters: .h2250LogicalChannelParameters(back))))
    }
    self.proposals = proposals
  }

  /// The elements of fastStart.
  public func elements() throws(PERError) -> [[UInt8]] {
    var elements: [[UInt8]] = []
    for proposal in proposals { try elements.append(proposal.encoded()) }
    return elements
  }

  /// What the callee's fastStart opens. Elements that answer no proposal, or name nowhere to send to, are passed over.
  public func accept(_ answer: [[UInt8]]) -> (outgoing: ControlChannel?, incoming: ControlChannel?) {
    var outgoing: ControlChannel?
    var incoming: ControlChannel?
    for octets in answer.prefix(H245Limits.maxFastStartProposals) {
      guard let element = try? FastStartProposal(octets), answers(element) else { continue }
      let parameters = element.parameters
      // The callee's incoming channel is our outgoing one.
      let isOurs = element.direction == .incoming
      let media = parameters.mediaChannel?.socketAddress
      let channel = ControlChannel(
        isOurs ? .outgoing : .incoming, element.request.forwardLogicalChannelNumber, sessionID: parameters.sessionID,
        dataType: .audioData(element.audio), mediaChannel: media,
        mediaControlChannel: parameters.mediaControlChannel?.socketAddress,
        dynamicRTPPayloadType: parameters.dynamicRTPPayloadType)
      if !isOurs {
        incoming = incoming ?? channel
      } else if media != nil {
        outgoing = outgoing ?? channel
      }
    }
    return (outgoing, incoming)
  }

  private func answers(_ element: FastStartProposal) -> Bool {
    proposals.contains { proposal in
      guard let offered = FastStartProposal(proposal) else { return false }
      return offered.direction == element.direction && offered.audio.codec == element.audio.codec
        && offered.parameters.sessionID == element.parameters.sessionID
    }
  }
}

extension UnknownAlternative {
  /// `none`, the second addition of forwardLogicalChannelParameters.multiplexParameters.
  static let forwardNone = UnknownAlternative(index: 4, octets: [0])
}
