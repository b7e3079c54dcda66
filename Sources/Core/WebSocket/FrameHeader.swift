import Wire

/// Which end of the connection a machine is: a client masks what it sends, a server does not (RFC 6455 §5.1).
public enum WebSocketRole: Sendable, Hashable {
  case client
  case server
}

/// The kinds of frames (RFC 6455 §5.2).
enum FrameOpcode: UInt8 {
  case continuation = 0x0
  case text = 0x1
  case binary = 0x2
  case close = 0x8
  case ping = 0x9
  case pong = 0xA

  var isControl: Bool { rawValue & 0x8 != 0 }
}

/// What stands before the payload of a frame (RFC 6455 §5.2):
///
///     FIN 1 ‖ RSV 3 ‖ opcode 4 ‖ MASK 1 ‖ length 7, 7+16 or 7+64 ‖ masking key 0 or 32
struct FrameHeader {
  var isFinal: Bool
  var isCompressed: Bool
  var opcode: FrameOpcode
  /// The key, least significant byte first; `nil` when the payload is not masked.
  var mask: UInt32?
  var length: Int

  /// The longest header.
  static let maximumBytes = 14

  /// What stands at the beginning of some bytes.
  enum Reading {
    /// A header of so many bytes.
    case header(FrameHeader, count: Int)
    case needMore
  }

  /// Reads a header as soon as its bytes are there, and refuses what its first bytes already show to be wrong.
  static func read(
    _ bytes: Span<UInt8>, from sender: WebSocketRole, allowsCompression: Bool, maximum: Int
  ) throws(WebSocketFault) -> Reading {
    guard bytes.count >= 1 else { return .needMore }
    let first = bytes[0]
    guard let opcode = FrameOpcode(rawValue: first & 0x0F) else { throw .unknownOpcode }
    let isFinal = first & 0x80 != 0
    let isCompressed = first & 0x40 != 0
    // RSV1 is for the first frame of a message (RFC 7692 §6), the other two bits are nobody's.
    guard first & 0x30 == 0, !isCompressed || allowsCompression && (opcode == .text || opcode == .binary) else {
      throw .reservedBits
    }
    guard isFinal || !opcode.isControl else { throw .badControlFrame }
    guard bytes.count >= 2 else { return .needMore }
    let isMasked = bytes[1] & 0x80 != 0
    guard isMasked == (sender == .client) else { throw .wrongMasking }
    let short = Int(bytes[1] & 0x7F)
    guard short <= 125 || !opcode.isControl else { throw .badControlFrame }
    let extended = short == 126 ? 2 : short == 127 ? 8 : 0
    guard bytes.count >= 2 + extended else { return .needMore }
    var length = UInt64(short)
    if extended > 0 {
      length = 0
      for index in 0..<extended { length = length << 8 | UInt64(bytes[2 + index]) }
      // The shortest form must be used, and the highest bit is zero.
      guard length > (extended == 2 ? 125 : 65_535), length >> 63 == 0 else { throw .badLength }
    }
    guard length <= UInt64(maximum) else { throw .messageTooBig }
    let count = 2 + extended + (isMasked ? 4 : 0)
    guard bytes.count >= count else { return .needMore }
    var mask: UInt32?
    if isMasked {
      mask = (0..<4).reduce(0) { $0 | UInt32(bytes[2 + extended + $1]) << (8 * UInt32($1)) }
    }
    let header = FrameHeader(
      isFinal: isFinal, isCompressed: isCompressed, opcode: opcode, mask: mask, length: Int(length))
    return .header(header, count: count)
  }

  /// Writes the header.
  func append(to bytes: inout [UInt8]) {
    bytes.append((isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue)
    let masked: UInt8 = mask == nil ? 0 : 0x80
    if length <= 125 {
      bytes.append(masked | UInt8(truncatingIfNeeded: length))
    } else {
      let extended = length <= 65_535 ? 2 : 8
      bytes.append(masked | (extended == 2 ? 126 : 127))
      for index in (0..<extended).reversed() { bytes.append(UInt8(truncatingIfNeeded: length >> (8 * index))) }
    }
    guard let mask else { return }
    for index in 0..<4 { bytes.append(UInt8(truncatingIfNeeded: mask >> (8 * UInt32(index)))) }
  }

  /// A whole frame.
  static func frame(_ opcode: FrameOpcode, _ payload: Span<UInt8>, isCompressed: Bool = false, mask: UInt32?) -> [UInt8]
  {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(maximumBytes + payload.count)
    let header = FrameHeader(
      isFinal: true, isCompressed: isCompressed, opcode: opcode, mask: mask, length: payload.count)
    header.append(to: &bytes)
    if let mask {
      FrameMask.append(payload, masked: mask, from: 0, to: &bytes)
    } else {
      bytes.append(copying: payload)
    }
    return bytes
  }
}
