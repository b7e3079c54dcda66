import Wire

/// A header extension to be written (RFC 3550 §5.3.1), built once and written with many packets.
public struct RTPHeaderExtension: Sendable, Hashable {
  /// What marks the one-byte form (RFC 8285 §4.2).
  public static let oneByteProfile: UInt16 = 0xBEDE
  /// What marks the two-byte form, without its four free bits (RFC 8285 §4.3).
  public static let twoByteProfile: UInt16 = 0x1000
  /// The most bytes of data: the length counts words and has 16 bits.
  public static let maxByteCount = 4 * 65_535

  /// The 16 bits that say what it is.
  public let profile: UInt16
  /// The data, a whole number of 32-bit words.
  public private(set) var data: [UInt8]

  /// An extension of any kind; nil when the data are no whole words or too many.
  public init?(profile: UInt16, data: [UInt8]) {
    guard data.count % 4 == 0, data.count <= Self.maxByteCount else { return nil }
    self.profile = profile
    self.data = data
  }

  /// One element to be written.
  public typealias Element = (id: UInt8, data: [UInt8])

  /// Elements in the one-byte form where that can hold them, else in the two-byte form; nil when no form can: an
  /// identifier 0, data of more than 255 bytes, or too much in all.
  public init?(_ elements: [Element]) {
    let isShort = elements.allSatisfy { (1...14).contains($0.id) && (1...16).contains($0.data.count) }
    var data: [UInt8] = []
    for element in elements {
      guard element.id != 0, element.data.count <= 255 else { return nil }
      if isShort {
        data.append(element.id << 4 | UInt8(truncatingIfNeeded: element.data.count - 1))
      } else {
        data.append(element.id)
        data.append(UInt8(truncatingIfNeeded: element.data.count))
      }
      data += element.data
    }
    while data.count % 4 != 0 { data.append(0) }
    self.init(profile: isShort ? Self.oneByteProfile : Self.twoByteProfile, data: data)
  }

  /// Puts another byte at a place in the data: what changes from packet to packet, such as an audio level, needs no new
  /// extension. Places outside are left alone.
  public mutating func replaceByte(at place: Int, with byte: UInt8) {
    guard data.indices.contains(place) else { return }
    data[place] = byte
  }
}
