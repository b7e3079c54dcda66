/// A payload type whose meaning needs no session description (RFC 3551 §6, tables 4 and 5).
public struct StaticPayloadType: Sendable, Hashable {
  /// The payload type, 0 to 34.
  public let number: UInt8
  /// The encoding's name as in `a=rtpmap`.
  public let encoding: String
  /// Ticks of the timestamp in a second. Of G722 it is 8,000, though its samples are twice as many (§4.5.2).
  public let clockRate: UInt32
  /// Audio channels; nil for video.
  public let channels: Int?

  private init(_ number: UInt8, _ encoding: String, _ clockRate: UInt32, _ channels: Int?) {
    self.number = number
    self.encoding = encoding
    self.clockRate = clockRate
    self.channels = channels
  }

  /// All that are assigned.
  public static let all: [StaticPayloadType] = [
    .init(0, "PCMU", 8000, 1), .init(3, "GSM", 8000, 1), .init(4, "G723", 8000, 1), .init(5, "DVI4", 8000, 1),
    .init(6, "DVI4", 16_000, 1), .init(7, "LPC", 8000, 1), .init(8, "PCMA", 8000, 1), .init(9, "G722", 8000, 1),
    .init(10, "L16", 44_100, 2), .init(11, "L16", 44_100, 1), .init(12, "QCELP", 8000, 1), .init(13, "CN", 8000, 1),
    .init(14, "MPA", 90_000, 1), .init(15, "G728", 8000, 1), .init(16, "DVI4", 11_025, 1),
    .init(17, "DVI4", 22_050, 1), .init(18, "G729", 8000, 1), .init(25, "CelB", 90_000, nil),
    .init(26, "JPEG", 90_000, nil), .init(28, "nv", 90_000, nil), .init(31, "H261", 90_000, nil),
    .init(32, "MPV", 90_000, nil), .init(33, "MP2T", 90_000, nil), .init(34, "H263", 90_000, nil),
  ]

  /// The static meaning of a payload type; nil when it has none.
  public init?(_ number: UInt8) {
    guard let known = Self.all.first(where: { $0.number == number }) else { return nil }
    self = known
  }
}
