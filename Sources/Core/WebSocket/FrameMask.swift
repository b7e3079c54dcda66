import Wire

/// Masking (RFC 6455 §5.3): every byte of a payload exclusive-or a byte of the key, which are taken in turn.
enum FrameMask {
  /// Appends a part of a payload, masked or unmasked (it is the same), eight bytes at a time.
  ///
  /// - Parameters:
  ///   - key: least significant byte first.
  ///   - position: of the part's first byte in the payload.
  static func append(_ bytes: Span<UInt8>, masked key: UInt32, from position: Int, to result: inout [UInt8]) {
    // Adding nothing to an empty array would write its count, which all empty arrays of the process share.
    guard !bytes.isEmpty else { return }
    // The key as it stands over the part's first byte, and twice.
    let turn = UInt32(truncatingIfNeeded: position & 3) * 8
    let turned = turn == 0 ? key : key >> turn | key << (32 - turn)
    let word = UInt64(turned) << 32 | UInt64(turned)
    result.append(addingCapacity: bytes.count) { (output: inout OutputSpan<UInt8>) in
      var index = 0
      while bytes.count &- index >= 8 {
        output.append(littleEndian: bytes.littleEndianUInt64(at: index) ^ word)
        index &+= 8
      }
      for index in index..<bytes.count {
        output.append(bytes[index] ^ UInt8(truncatingIfNeeded: word >> (8 * UInt64(index & 7))))
      }
    }
  }
}
