import Files
import Testing

@Suite struct GzipTests {
  /// Packs into a file and reads it back with the reader, which is strict about both ends.
  private func unpacked(_ packed: [UInt8]) throws -> [UInt8] {
    let path = "/tmp/ifsip-gzip-test-\(packed.count)-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? Files.remove(path) }
    try Files.replace(path, with: packed, durable: .nothing)
    let reader = try GzipReader(path)
    var buffer = [UInt8](repeating: 0, count: 10_000)
    var bytes: [UInt8] = []
    while true {
      let count = try reader.read(into: &buffer)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  @Test(arguments: [0, 1, 2, 100, 65_535, 65_536, 300_000])
  func whatIsPackedComesBack(count: Int) throws {
    let text = (0..<count).map { UInt8(truncatingIfNeeded: 0x41 + $0 % 23) }
    let result = Gzip.pack(text.span)
    let packed = try #require(result)
    #expect(try unpacked(packed) == text)
    if count > 1_000 { #expect(packed.count < count / 10) }
  }

  /// What cannot be packed grows a little, and fits all the same.
  @Test func noiseFits() throws {
    var generator = SystemRandomNumberGenerator()
    let noise = (0..<200_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let result = Gzip.pack(noise.span)
    let packed = try #require(result)
    #expect(packed.count > noise.count)
    #expect(try unpacked(packed) == noise)
  }
}

@Suite struct FileFiguresTests {
  @Test func entriesAreCounted() throws {
    let path = "/tmp/ifsip-count-test-\(UInt64.random(in: 0...UInt64.max))"
    try Files.makeDirectory(path, permissions: 0o700)
    defer { try? Files.removeTree(path) }
    #expect(Files.entryCount(path) == 0)
    try Files.replace(path + "/a", with: [], durable: .nothing)
    try Files.replace(path + "/b", with: [], durable: .nothing)
    #expect(Files.entryCount(path) == 2)
    #expect(Files.entryCount(path + "/c") == nil)
  }

  @Test func aDiskHasRoom() throws {
    let space = try #require(Files.space("/tmp"))
    #expect(space.total > 0)
    #expect(space.free <= space.total)
    #expect(Files.space("/nothing-of-that-name") == nil)
  }
}
