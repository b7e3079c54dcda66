/// A set of byte values as the grammar of RFC 3261 §25.1 names them: two words for ASCII and one answer for all the rest.
///
/// A membership test is a shift and a mask on constants: no table in memory, no lazily initialised global on the hot
/// path. `ByteSetTests` spells every set out as text and compares, so the hexadecimal below need not be believed.
package struct ByteSet: Sendable, Equatable {
  /// Bit *n* stands for byte *n*, 0 to 63.
  package let low: UInt64
  /// Bit *n* stands for byte 64 + *n*, 64 to 127.
  package let high: UInt64
  /// Whether bytes from 128 on (UTF8-NONASCII, and whatever old phones send in their place) belong to the set.
  package let nonASCII: Bool

  @inline(__always)
  package init(low: UInt64, high: UInt64, nonASCII: Bool = false) {
    self.low = low
    self.high = high
    self.nonASCII = nonASCII
  }

  /// Whether `byte` belongs to the set.
  @inline(__always)
  package func contains(_ byte: UInt8) -> Bool {
    if byte >= 0x80 { return nonASCII }
    let word = byte & 0x40 == 0 ? low : high
    return (word &>> UInt64(byte & 0x3F)) & 1 != 0
  }
}

extension ByteSet {
  /// `DIGIT`
  @inline(__always) package static var digit: ByteSet { ByteSet(low: 0x03ff_0000_0000_0000, high: 0) }

  /// `ALPHA`
  @inline(__always) package static var alpha: ByteSet { ByteSet(low: 0, high: 0x07ff_fffe_07ff_fffe) }

  /// `alphanum`
  @inline(__always) package static var alphanumeric: ByteSet {
    ByteSet(low: 0x03ff_0000_0000_0000, high: 0x07ff_fffe_07ff_fffe)
  }

  /// `HEXDIG`, either case
  @inline(__always) package static var hexDigit: ByteSet {
    ByteSet(low: 0x03ff_0000_0000_0000, high: 0x0000_007e_0000_007e)
  }

  /// `token`: letters, digits and `- . ! % * _ + \` ' ~`
  @inline(__always) package static var token: ByteSet {
    ByteSet(low: 0x03ff_6ca2_0000_0000, high: 0x47ff_ffff_87ff_fffe)
  }

  /// `word`, the two halves of a Call-ID: `token` and `( ) < > : \ " / [ ] ? { }`
  @inline(__always) package static var word: ByteSet {
    ByteSet(low: 0xd7ff_efa6_0000_0000, high: 0x6fff_ffff_bfff_fffe)
  }

  /// Host names: letters, digits, `-`, `.`, and `_`, which the grammar lacks and private networks are full of.
  @inline(__always) package static var hostName: ByteSet {
    ByteSet(low: 0x03ff_6000_0000_0000, high: 0x07ff_fffe_87ff_fffe)
  }

  /// What may stand between the brackets of an `IPv6reference`.
  @inline(__always) package static var ipv6: ByteSet {
    ByteSet(low: 0x07ff_4000_0000_0000, high: 0x0000_007e_0000_007e)
  }

  /// What may follow the first letter of a `scheme`.
  @inline(__always) package static var schemeTail: ByteSet {
    ByteSet(low: 0x03ff_6800_0000_0000, high: 0x07ff_fffe_07ff_fffe)
  }

  /// `user` without escapes: `unreserved` and `& = + $ , ; ? /`
  @inline(__always) package static var user: ByteSet {
    ByteSet(low: 0xabff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
  }

  /// `password` without escapes: `unreserved` and `& = + $ ,`
  @inline(__always) package static var password: ByteSet {
    ByteSet(low: 0x23ff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
  }

  /// `paramchar` without escapes: `unreserved` and `[ ] / : & + $`
  @inline(__always) package static var uriParameter: ByteSet {
    ByteSet(low: 0x07ff_efd2_0000_0000, high: 0x47ff_fffe_afff_fffe)
  }

  /// `hname` and `hvalue` without escapes: `unreserved` and `[ ] / ? : + $`
  @inline(__always) package static var uriHeader: ByteSet {
    ByteSet(low: 0x87ff_ef92_0000_0000, high: 0x47ff_fffe_afff_fffe)
  }

  /// `uric` without escapes: `reserved` and `unreserved`
  @inline(__always) package static var uric: ByteSet {
    ByteSet(low: 0xafff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_ffff)
  }

  /// Everything before the `@` of a SIP URI: `user`, `:`, `password`, and the `%` of escapes.
  @inline(__always) package static var userInfo: ByteSet {
    ByteSet(low: 0xafff_fff2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
  }

  /// The same outside angle brackets: without `;`, `?` and `,` (§20).
  @inline(__always) package static var bareUserInfo: ByteSet {
    ByteSet(low: 0x27ff_eff2_0000_0000, high: 0x47ff_fffe_87ff_fffe)
  }

  /// What follows the scheme of a URI this library does not take apart: `uric` and the brackets of IPv6.
  @inline(__always) package static var opaqueURI: ByteSet {
    ByteSet(low: 0xafff_ffd2_0000_0000, high: 0x47ff_fffe_afff_ffff)
  }

  /// The same outside angle brackets: without `;`, `?` and `,`.
  @inline(__always) package static var bareURI: ByteSet {
    ByteSet(low: 0x27ff_efd2_0000_0000, high: 0x47ff_fffe_afff_ffff)
  }

  /// The subscriber part of a `tel` URI (RFC 3966 §3): digits, visual separators and what dials.
  @inline(__always) package static var telephone: ByteSet {
    ByteSet(low: 0x03ff_6f08_0000_0000, high: 0x0000_007e_0000_007e)
  }

  /// `qdtext`, with SP and HT: everything that stands for itself inside a quoted string.
  @inline(__always) package static var quotedText: ByteSet {
    ByteSet(low: 0xffff_fffb_0000_0200, high: 0x7fff_ffff_efff_ffff, nonASCII: true)
  }

  /// `ctext`, with SP and HT: everything that stands for itself inside a comment.
  @inline(__always) package static var commentText: ByteSet {
    ByteSet(low: 0xffff_fcff_0000_0200, high: 0x7fff_ffff_efff_ffff, nonASCII: true)
  }

  /// `token` with SP and HT: a `display-name` without quotes.
  @inline(__always) package static var displayName: ByteSet {
    ByteSet(low: 0x03ff_6ca3_0000_0200, high: 0x47ff_ffff_87ff_fffe)
  }

  /// `token / host`, the `gen-value` that needs no quotes.
  @inline(__always) package static var parameterValue: ByteSet {
    ByteSet(low: 0x07ff_6ca2_0000_0000, high: 0x47ff_ffff_afff_fffe)
  }

  /// SP and HT
  @inline(__always) package static var blank: ByteSet { ByteSet(low: 0x0000_0001_0000_0200, high: 0) }
}
