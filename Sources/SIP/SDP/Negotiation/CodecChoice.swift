/// How two sides that do not talk to each other directly can hear each other: whether what one sends can be relayed to the
/// other as it is.
public enum CodecChoice: Sendable, Hashable {
  /// Both have these codecs, in the order of the first side: no packet need be changed but for its payload type.
  case common([Pair])
  /// They have none in common: what the first side prefers is turned into what the second prefers, and back.
  case transcode(Pair)
  /// One side has no codec at all that could be turned into another.
  case none

  /// One codec, as each side has it.
  public struct Pair: Sendable, Hashable {
    /// The first side's.
    public var first: Codec
    /// The second side's.
    public var second: Codec

    /// A pair.
    public init(_ first: Codec, _ second: Codec) {
      self.first = first
      self.second = second
    }
  }

  /// Chooses for two sides, each with its codecs in the order of its preference. Comfort noise and telephone events are no
  /// codecs in this: they go with one.
  ///
  /// - Parameters:
  ///   - canTranscode: whether there is a decoder and an encoder for a codec.
  public init(_ first: [Codec], _ second: [Codec], canTranscode: (Codec) -> Bool) {
    let first = first.filter { !MediaDescription.isAuxiliary($0.encodingName) }
    let second = second.filter { !MediaDescription.isAuxiliary($0.encodingName) }
    var common: [Pair] = []
    for codec in first {
      let other = second.first { other in
        other.map(0).map { Codec.areCompatible(codec.map(0), codec.parameters, $0, other.parameters) } ?? false
      }
      if let other { common.append(Pair(codec, other)) }
    }
    guard common.isEmpty else {
      self = .common(common)
      return
    }
    guard let one = first.first(where: canTranscode), let other = second.first(where: canTranscode) else {
      self = .none
      return
    }
    self = .transcode(Pair(one, other))
  }
}
