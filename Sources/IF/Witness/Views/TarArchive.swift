import Wire

/// A tar archive (POSIX.1-2017 pax, "ustar Interchange Format"), as every system unpacks it. Names and sizes only: the
/// same content is the same archive.
public struct TarArchive: Sendable {
  /// The archive so far, without its end.
  private var blocks: [UInt8] = []
  /// The longest name.
  public static let maxNameBytes = 100
  /// The largest file: eleven octal digits.
  public static let maxFileBytes = 0o77_777_777_777

  /// An archive without files.
  public init() {}

  /// Adds a file. False: its name or content is too large for the format.
  public mutating func add(_ name: String, _ content: [UInt8], seconds: Int64) -> Bool {
    guard (1...Self.maxNameBytes).contains(name.utf8.count), content.count <= Self.maxFileBytes else { return false }
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ bytes: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in bytes.enumerated() { header[offset + index] = byte }
    }
    func octal(_ value: Int, digits: Int) -> [UInt8] {
      (0..<digits).reversed().map { 0x30 + UInt8(value >> (3 * $0) & 7) }
    }
    put(name.utf8, at: 0)
    put(octal(0o644, digits: 7), at: 100)
    put(octal(0, digits: 7), at: 108)
    put(octal(0, digits: 7), at: 116)
    put(octal(content.count, digits: 11), at: 124)
    put(octal(Int(max(0, min(seconds, 0o77_777_777_777))), digits: 11), at: 136)
    put("        ".utf8, at: 148)
    header[156] = UInt8(ascii: "0")
    put("ustar\0".utf8, at: 257)
    put("00".utf8, at: 263)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + [0, 0x20], at: 148)
    blocks += header
    blocks += content
    blocks += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    return true
  }

  /// The archive with its end.
  public var bytes: [UInt8] { blocks + [UInt8](repeating: 0, count: 1_024) }
}
