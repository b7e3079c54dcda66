/// The adaptive predictor and quantiser of one sub-band of ITU-T G.722: what encoder and decoder have in common, and what
/// must run alike in both. Names are the recommendation's, small where it writes capitals; all numbers are 16-bit values
/// in wider registers, cut back where it says so.
struct G722Band: Sendable {
  /// The predicted value (`SL`, `SH`).
  private(set) var s = 0
  /// The quantiser's scale factor (`DETL`, `DETH`).
  private(set) var det: Int
  /// Its logarithm (`NBL`, `NBH`).
  private var nb = 0

  private var sp = 0
  private var sz = 0
  /// Reconstructed signal now, one and two samples ago.
  private var r = (0, 0, 0)
  /// Partially reconstructed signal, likewise.
  private var p = (0, 0, 0)
  /// Coefficients of the two poles.
  private var a = (0, 0)
  /// Quantised differences: the newest and the six before it.
  private var d = [0, 0, 0, 0, 0, 0, 0]
  /// Coefficients of the six zeros.
  private var b = [0, 0, 0, 0, 0, 0]

  init(det: Int) { self.det = det }

  /// Adapts the scale factor (`LOGSCL`/`SCALEL`, `LOGSCH`/`SCALEH`): the multiplier of the newest code, the largest
  /// logarithm, and how far the exponent is shifted.
  mutating func adaptScale(_ multiplier: Int, upTo limit: Int, exponent: Int) {
    nb = min(max((nb * 127) >> 7 + multiplier, 0), limit)
    let mantissa = G722Tables.ilb[nb >> 6 & 31]
    let shift = exponent - (nb >> 11)
    det = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2
  }

  /// Adapts the predictor to a quantised difference and predicts the next sample (block 4).
  mutating func predict(_ difference: Int) {
    d[0] = difference
    r.0 = saturate(s + difference)
    p.0 = saturate(sz + difference)
    adaptPoles()
    adaptZeros()
    r = (r.0, r.0, r.1)
    p = (p.0, p.0, p.1)
    sp = saturate((a.0 * saturate(r.1 + r.1)) >> 15 + (a.1 * saturate(r.2 + r.2)) >> 15)
    sz = 0
    for index in 0..<6 {
      sz += (b[index] * saturate(d[index + 1] + d[index + 1])) >> 15
    }
    sz = saturate(sz)
    s = saturate(sp + sz)
  }

  /// `UPPOL2`, `UPPOL1`.
  private mutating func adaptPoles() {
    let signs = (p.0 >> 15, p.1 >> 15, p.2 >> 15)
    let w1 = saturate(a.0 << 2)
    let w2 = min(signs.0 == signs.1 ? -w1 : w1, 32_767)
    var a2 = (w2 >> 7) + (signs.0 == signs.2 ? 128 : -128)
    a2 = min(max(a2 + (a.1 * 32_512) >> 15, -12_288), 12_288)

    let sign = signs.0 == signs.1 ? 192 : -192
    let bound = saturate(15_360 - a2)
    let a1 = saturate(sign + (a.0 * 32_640) >> 15)
    a = (min(max(a1, -bound), bound), a2)
  }

  /// `UPZERO`, `DELAYA`.
  private mutating func adaptZeros() {
    let step = d[0] == 0 ? 0 : 128
    let sign = d[0] >> 15
    for index in 0..<6 {
      let w = d[index + 1] >> 15 == sign ? step : -step
      b[index] = saturate(w + (b[index] * 32_640) >> 15)
    }
    for index in stride(from: 6, to: 0, by: -1) { d[index] = d[index - 1] }
  }
}

/// To 16 bits.
func saturate(_ value: Int) -> Int { min(max(value, -32_768), 32_767) }

/// The tables of the recommendation (tables 7, 9 to 15).
enum G722Tables {
  static let ilb = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656, 2_714, 2_774, 2_834,
    2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520, 3_597, 3_676, 3_756, 3_838, 3_922, 4_008,
  ]
  /// Decision levels of the lower band.
  static let q6 = [
    0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1_023, 1_121, 1_219,
    1_339, 1_458, 1_612, 1_765, 1_980, 2_195, 2_557, 2_919,
  ]
  static let iln = [
    0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4,
  ]
  static let ilp = [
    0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34,
    33, 32,
  ]
  static let wl = [-60, -30, 58, 172, 334, 538, 1_198, 3_042]
  static let rl42 = [0, 7, 6, 5, 4, 3, 2, 1, 7, 6, 5, 4, 3, 2, 1, 0]
  static let qm4 = [
    0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288, 4_240, 2_584, 1_200, 0,
  ]
  static let qm6 = [
    -136, -136, -136, -136, -24_808, -21_904, -19_008, -16_704, -14_984, -13_512, -12_280, -11_192, -10_232, -9_360,
    -8_576, -7_856, -7_192, -6_576, -6_000, -5_456, -4_944, -4_464, -4_008, -3_576, -3_168, -2_776, -2_400, -2_032,
    -1_688, -1_360, -1_040, -728, 24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9_360, 8_576,
    7_856, 7_192, 6_576, 6_000, 5_456, 4_944, 4_464, 4_008, 3_576, 3_168, 2_776, 2_400, 2_032, 1_688, 1_360, 1_040, 728,
    432, 136, -432, -136,
  ]
  static let qm2 = [-7_408, -1_616, 7_408, 1_616]
  static let wh = [0, -214, 798]
  static let rh2 = [2, 1, 2, 1]
  /// The filter that splits the band in two and puts it together again: 24 taps, symmetrical.
  static let qmf = [3, -11, 12, 32, -210, 951, 3_876, -805, 362, -156, 53, -11]
}
