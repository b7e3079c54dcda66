import PER
import Wire

/// One element of a caller's fastStart, as its callee reads and answers it (H.323 §8.1.7).
public struct FastStartProposal: Sendable, Hashable {
  /// Which way the media goes, as the callee sees it.
  public var direction: ControlChannel.Direction
  /// What was proposed.
  public var request: OpenLogicalChannel
  /// The codec.
  public var audio: AudioCapability
  /// How it is carried.
  public var parameters: H2250LogicalChannelParameters

  /// Reads an element; nil when it is not audio over RTP.
  public init?(_ octets: [UInt8]) throws(PERError) {
    try self.init(OpenLogicalChannel(decoding: octets.span))
  }

  /// Looks at an element that has been read; nil when it is not audio over RTP one way.
  init?(_ request: OpenLogicalChannel) {
    self.request = request
    let forward = request.forwardLogicalChannelParameters
    switch (forward.dataType, request.reverseLogicalChannelParameters) {
    case (.audioData(let audio), nil):
      guard let parameters = forward.multiplexParameters.h2250 else { return nil }
      direction = .incoming
      self.audio = audio
      self.parameters = parameters
    case (.nullData, let reverse?):
      guard case .audioData(let audio) = reverse.dataType, let parameters = reverse.multiplexParameters?.h2250 else {
        return nil
      }
      direction = .outgoing
      self.audio = audio
      self.parameters = parameters
    default: return nil
    }
  }

  /// The answer: what was offered, down to the number of frames, with our addresses. A caller drops a Connect whose answer
  /// says anything else.
  public func answer(media: SocketAddress, mediaControl: SocketAddress) throws(PERError) -> [UInt8] {
    var parameters = parameters
    parameters.mediaControlChannel = .unicast(mediaControl)
    var answer = request
    switch direction {
    case .incoming:
      parameters.mediaChannel = .unicast(media)
      answer.forwardLogicalChannelParameters.multiplexParameters = .h2250LogicalChannelParameters(parameters)
    case .outgoing:
      answer.reverseLogicalChannelParameters?.multiplexParameters = .h2250LogicalChannelParameters(parameters)
    }
    return try answer.encoded()
  }

  /// The channel that the answer opens, for ``ControlSession/adopt(_:from:)``; `media` is where we take what comes.
  public func channel(media: SocketAddress) -> ControlChannel {
    ControlChannel(
      direction, request.forwardLogicalChannelNumber, sessionID: parameters.sessionID, dataType: .audioData(audio),
      mediaChannel: direction == .incoming ? media : parameters.mediaChannel?.socketAddress,
      mediaControlChannel: parameters.mediaControlChannel?.socketAddress,
      dynamicRTPPayloadType: parameters.dynamicRTPPayloadType)
  }

  /// What a callee takes of a fastStart: one proposal each way, of a codec it has, the caller's order deciding; for our
  /// own way the codec of the other is preferred. Elements that cannot be read are passed over.
  public static func choose(
    from elements: [[UInt8]], capabilities: LocalCapabilities
  ) -> (incoming: FastStartProposal?, outgoing: FastStartProposal?) {
    var incoming: FastStartProposal?
    var outgoing: [FastStartProposal] = []
    for octets in elements.prefix(H245Limits.maxFastStartProposals) {
      guard let proposal = try? FastStartProposal(octets), let codec = proposal.audio.codec,
        capabilities.audio.contains(where: { $0.codec == codec })
      else { continue }
      switch proposal.direction {
      case .incoming: incoming = incoming ?? proposal
      case .outgoing: if proposal.parameters.mediaChannel?.socketAddress != nil { outgoing.append(proposal) }
      }
    }
    let same = outgoing.first { $0.audio.codec == incoming?.audio.codec }
    return (incoming, same ?? outgoing.first)
  }
}
