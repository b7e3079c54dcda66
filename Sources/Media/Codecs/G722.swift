/// The encoder of ITU-T G.722 at 64 kbit/s: two samples at 16 kHz in, one octet out. A struct with its whole state; one
/// for each stream.
///
/// RTP counts its timestamps at 8,000 a second, although the samples come at 16,000 (RFC 3551 §4.5.2).
public struct G722Encoder: Sendable {
  private var lower = G722Band(det: 32)
  private var higher = G722Band(det: 8)
  private var history = [Int](repeating: 0, count: 24)

  /// An encoder in its reset state.
  public init() {}

  /// Encodes pairs of samples; an odd last one is left out. Returns the octets written, at most what there is room for.
  public mutating func encode(_ samples: Span<Int16>, into octets: inout MutableSpan<UInt8>) -> Int {
    let count = min(samples.count / 2, octets.count)
    for index in 0..<count { octets[index] = encode(Int(samples[2 * index]), Int(samples[2 * index + 1])) }
    return count
  }

  /// Encodes samples at 8 kHz, one for each octet, without resampling: they are the lower half of the band, and the
  /// higher is silent. Returns the octets written. An encoder is used for the one or the other, not both.
  public mutating func encodeNarrowband(_ samples: Span<Int16>, into octets: inout MutableSpan<UInt8>) -> Int {
    let count = min(samples.count, octets.count)
    // The filter bank halves the level of what it splits.
    for index in 0..<count { octets[index] = encode(low: Int(samples[index]) >> 1, high: 0) }
    return count
  }

  private mutating func encode(_ first: Int, _ second: Int) -> UInt8 {
    let (xLow, xHigh) = split(first, second)
    return encode(low: xLow, high: xHigh)
  }

  private mutating func encode(low xLow: Int, high xHigh: Int) -> UInt8 {
    let codeLow = quantiseLow(saturate(xLow - lower.s))
    let codeHigh = quantiseHigh(saturate(xHigh - higher.s))
    lower.receiveLow(codeLow >> 2)
    higher.receiveHigh(codeHigh)
    return UInt8(truncatingIfNeeded: codeHigh << 6 | codeLow)
  }

  /// The transmit filter (`QMF`, block 0): the lower and the higher half of the band, at half the rate.
  private mutating func split(_ first: Int, _ second: Int) -> (low: Int, high: Int) {
    for index in 0..<22 { history[index] = history[index + 2] }
    history[22] = first
    history[23] = second
    var (odd, even) = (0, 0)
    for index in 0..<12 {
      odd += history[2 * index] * G722Tables.qmf[index]
      even += history[2 * index + 1] * G722Tables.qmf[11 - index]
    }
    return ((even + odd) >> 14, (even - odd) >> 14)
  }

  /// `QUANTL`: six bits.
  private func quantiseLow(_ error: Int) -> Int {
    let magnitude = error >= 0 ? error : ~error
    var index = 1
    while index < 30, magnitude >= (G722Tables.q6[index] * lower.det) >> 12 { index += 1 }
    return error < 0 ? G722Tables.iln[index] : G722Tables.ilp[index]
  }

  /// `QUANTH`: two bits.
  private func quantiseHigh(_ error: Int) -> Int {
    let magnitude = error >= 0 ? error : ~error
    let isLarge = magnitude >= (564 * higher.det) >> 12
    return error < 0 ? (isLarge ? 0 : 1) : (isLarge ? 2 : 3)
  }
}

/// The decoder of ITU-T G.722: one octet in, two samples at 16 kHz out. All eight bits are speech (mode 1).
public struct G722Decoder: Sendable {
  private var lower = G722Band(det: 32)
  private var higher = G722Band(det: 8)
  private var history = [Int](repeating: 0, count: 24)

  /// A decoder in its reset state.
  public init() {}

  /// Decodes octets, as many as there is room for; returns the samples written, two for each.
  public mutating func decode(_ octets: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
    let count = min(octets.count, samples.count / 2)
    for index in 0..<count {
      let (first, second) = decode(Int(octets[index]))
      samples[2 * index] = Int16(truncatingIfNeeded: first)
      samples[2 * index + 1] = Int16(truncatingIfNeeded: second)
    }
    return 2 * count
  }

  /// Decodes octets to samples at 8 kHz, one for each, without resampling: the lower half of the band as it was
  /// transmitted. Returns the samples written. A decoder is used for the one or the other, not both.
  public mutating func decodeNarrowband(_ octets: Span<UInt8>, into samples: inout MutableSpan<Int16>) -> Int {
    let count = min(octets.count, samples.count)
    for index in 0..<count {
      samples[index] = Int16(truncatingIfNeeded: saturate(2 * decodeBands(Int(octets[index])).low))
    }
    return count
  }

  private mutating func decode(_ octet: Int) -> (Int, Int) {
    let (low, high) = decodeBands(octet)
    return join(low, high)
  }

  private mutating func decodeBands(_ octet: Int) -> (low: Int, high: Int) {
    let (codeLow, codeHigh) = (octet & 0x3F, octet >> 6 & 3)
    let low = limit(lower.s + (lower.det * G722Tables.qm6[codeLow]) >> 15)
    let high = limit(higher.s + (higher.det * G722Tables.qm2[codeHigh]) >> 15)
    lower.receiveLow(codeLow >> 2)
    higher.receiveHigh(codeHigh)
    return (low, high)
  }

  /// `LIMIT`: the reconstructed bands have 15 bits.
  private func limit(_ value: Int) -> Int { min(max(value, -16_384), 16_383) }

  /// The receive filter (block 6).
  private mutating func join(_ low: Int, _ high: Int) -> (Int, Int) {
    for index in 0..<22 { history[index] = history[index + 2] }
    history[22] = low + high
    history[23] = low - high
    var (first, second) = (0, 0)
    for index in 0..<12 {
      second += history[2 * index] * G722Tables.qmf[index]
      first += history[2 * index + 1] * G722Tables.qmf[11 - index]
    }
    return (saturate(first >> 11), saturate(second >> 11))
  }
}

extension G722Band {
  /// What both sides do with the upper four bits of a code of the lower band.
  mutating func receiveLow(_ code: Int) {
    let difference = (det * G722Tables.qm4[code & 15]) >> 15
    adaptScale(G722Tables.wl[G722Tables.rl42[code & 15]], upTo: 18_432, exponent: 8)
    predict(difference)
  }

  /// What both sides do with a code of the higher band.
  mutating func receiveHigh(_ code: Int) {
    let difference = (det * G722Tables.qm2[code & 3]) >> 15
    adaptScale(G722Tables.wh[G722Tables.rh2[code & 3]], upTo: 22_528, exponent: 10)
    predict(difference)
  }
}
