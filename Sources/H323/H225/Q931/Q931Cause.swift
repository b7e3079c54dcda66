import Wire

/// Why a call ended or a message was refused (Q.931 §4.5.12, Q.850).
public struct Q931Cause: Sendable, Hashable {
  /// The value of Q.850, 0...127.
  public var value: UInt8

  /// Who says so: 0 the user, 1 to 5 networks, 10 beyond an interworking point.
  public var location: UInt8

  /// The coding standard, 0 for the ITU's.
  public var codingStandard: UInt8 = 0

  /// Diagnostics, as they came.
  public var diagnostics: [UInt8] = []

  /// A cause of the ITU's coding.
  public init(_ value: UInt8, location: UInt8 = 0) {
    self.value = value & 0x7F
    self.location = location & 15
  }

  /// Reads the contents of an element of at least two octets; nil when they end inside octet 3a or the value.
  init?(contents: Span<UInt8>) {
    guard contents.count >= 2 else { return nil }
    codingStandard = contents[0] >> 5 & 3
    location = contents[0] & 15
    // Octet 3a, the recommendation, is passed over.
    let place = contents[0] & 0x80 == 0 ? 2 : 1
    guard place < contents.count else { return nil }
    value = contents[place] & 0x7F
    diagnostics = [UInt8](copying: contents.extracting((place + 1)..<contents.count))
  }

  var contents: [UInt8] {
    [0x80 | codingStandard << 5 | location, 0x80 | value] + diagnostics
  }
}

/// Bearer capability (§4.5.5, H.225.0 §7.2.2.1): what kind of call it is.
public struct Q931BearerCapability: Sendable, Hashable {
  /// 0 speech, 8 unrestricted digital, 16 3.1 kHz audio, 24 video.
  public var transferCapability: UInt8

  /// 16 for 64 kbit/s, 24 for multiples of it.
  public var transferRate: UInt8

  /// Multiples of 64 kbit/s, where the rate is 24.
  public var multiplier: UInt8?

  /// Layer 1: 2 µ-law, 3 A-law, 5 H.221 and H.242; nil when not said.
  public var layer1: UInt8?

  /// Speech of 64 kbit/s as A-law, which voice calls of H.323 say whatever codec they use later.
  public static var speech: Q931BearerCapability {
    Q931BearerCapability(transferCapability: 0, transferRate: 16, multiplier: nil, layer1: 3)
  }

  /// A capability of its parts.
  public init(transferCapability: UInt8, transferRate: UInt8, multiplier: UInt8?, layer1: UInt8?) {
    self.transferCapability = transferCapability & 0x1F
    self.transferRate = transferRate & 0x1F
    self.multiplier = multiplier.map { $0 & 0x7F }
    self.layer1 = layer1.map { $0 & 0x1F }
  }

  /// Reads the contents of an element of at least two octets; nil when the multiplier is missing.
  init?(contents: Span<UInt8>) {
    guard contents.count >= 2 else { return nil }
    transferCapability = contents[0] & 0x1F
    transferRate = contents[1] & 0x1F
    var place = 2
    multiplier = nil
    layer1 = nil
    if transferRate == 24 {
      guard place < contents.count else { return nil }
      multiplier = contents[place] & 0x7F
      place += 1
    }
    // Octets whose identification says layer 1; those of layers 2 and 3 are not looked at.
    if place < contents.count, contents[place] >> 5 & 3 == 1 { layer1 = contents[place] & 0x1F }
  }

  var contents: [UInt8] {
    var contents = [0x80 | transferCapability, 0x80 | transferRate]
    if transferRate == 24 { contents.append(0x80 | (multiplier ?? 1)) }
    if let layer1 { contents.append(0xA0 | layer1) }
    return contents
  }
}
