import CZlib

// Every `unsafe` here is a call into zlib with a stream of our own, which lives at one address from init to deinit, and
// with buffers that are passed with their own counts and taken back before they go.

/// Reads a file that gzip wrote (RFC 1952), a piece at a time.
@safe
public final class GzipReader {
  private let file: OpenFile
  private let stream: UnsafeMutablePointer<z_stream>
  private var input = [UInt8](repeating: 0, count: 1 << 16)
  private var inputRange = 0..<0
  private var isAtEnd = false

  /// Opens a file.
  public init(_ path: String) throws(FileError) {
    file = try OpenFile(path, .read)
    unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 16 more than the window's bits: the gzip form and nothing else.
    let result = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else { throw FileError(path: path, operation: "unpack", message: "zlib has no memory") }
  }

  deinit {
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Unpacks into `buffer`, from `start` on, as much as fits; 0: the end.
  public func read(into buffer: inout [UInt8], from start: Int = 0) throws(FileError) -> Int {
    precondition(start >= 0 && start <= buffer.count, "a place outside the buffer")
    while !isAtEnd {
      if inputRange.isEmpty {
        inputRange = 0..<(try file.read(into: &input))
        guard !inputRange.isEmpty else {
          throw FileError(path: file.path, operation: "unpack", message: "the file ends too early")
        }
      }
      var result = Z_OK
      let range = inputRange
      let (taken, made) = unsafe input.withUnsafeMutableBufferPointer { source in
        unsafe buffer.withUnsafeMutableBufferPointer { target in
          unsafe stream.pointee.next_in = source.baseAddress.map { unsafe $0 + range.lowerBound }
          unsafe stream.pointee.avail_in = UInt32(range.count)
          unsafe stream.pointee.next_out = target.baseAddress.map { unsafe $0 + start }
          unsafe stream.pointee.avail_out = UInt32(truncatingIfNeeded: min(target.count - start, 1 << 30))
          let room = unsafe stream.pointee.avail_out
          result = unsafe inflate(stream, Z_NO_FLUSH)
          defer {
            unsafe stream.pointee.next_in = nil
            unsafe stream.pointee.next_out = nil
          }
          return unsafe (range.count - Int(stream.pointee.avail_in), Int(room - stream.pointee.avail_out))
        }
      }
      inputRange = (range.lowerBound + taken)..<range.upperBound
      isAtEnd = result == Z_STREAM_END
      guard result == Z_OK || isAtEnd || result == Z_BUF_ERROR && taken > 0 else {
        throw FileError(path: file.path, operation: "unpack", message: "its content is damaged")
      }
      if isAtEnd { try expectEnd() }
      if made > 0 { return made }
    }
    return 0
  }

  private func expectEnd() throws(FileError) {
    guard inputRange.isEmpty, try file.read(into: &input) == 0 else {
      throw FileError(path: file.path, operation: "unpack", message: "something stands behind its end")
    }
  }
}

extension Files {
  /// Writes a file's content in gzip's form (RFC 1952) to another path, whole or not at all, and waits for the disk.
  public static func gzip(_ path: String, to target: String, permissions: UInt32 = 0o600) throws(FileError) {
    let source = try OpenFile(path, .read)
    let temporary = target + ".new"
    try remove(temporary)
    let output = try OpenFile(temporary, .createNew, permissions: permissions)
    try output.setPermissions(permissions)
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer {
      unsafe deflateEnd(stream)
      unsafe stream.deallocate()
    }
    let result = unsafe deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else { throw FileError(path: path, operation: "pack", message: "zlib has no memory") }
    var input = [UInt8](repeating: 0, count: 1 << 18)
    var packed = [UInt8](repeating: 0, count: 1 << 18)
    var isLast = false
    while !isLast {
      let count = try source.read(into: &input)
      isLast = count == 0
      var offset = 0
      var isFull = true
      while isFull {
        let (taken, made) = unsafe input.withUnsafeMutableBufferPointer { source in
          unsafe packed.withUnsafeMutableBufferPointer { target in
            unsafe stream.pointee.next_in = source.baseAddress.map { unsafe $0 + offset }
            unsafe stream.pointee.avail_in = UInt32(count - offset)
            unsafe stream.pointee.next_out = target.baseAddress
            unsafe stream.pointee.avail_out = UInt32(target.count)
            _ = unsafe deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            return unsafe (count - offset - Int(stream.pointee.avail_in), target.count - Int(stream.pointee.avail_out))
          }
        }
        offset += taken
        isFull = made == packed.count
        try output.write(packed.span.extracting(0..<made))
      }
    }
    try output.syncData()
    try rename(temporary, to: target)
  }
}

/// Packs what is sent, in gzip's form (RFC 1952).
public enum Gzip {
  /// How hard zlib tries: for pages that are made for one reader, 1 does nine tenths of what 9 does.
  private static let level: Int32 = 1

  /// Bytes packed, whole; nil: zlib has no memory, or there are 2 GiB of them or more.
  public static func pack(_ bytes: Span<UInt8>) -> [UInt8]? {
    guard bytes.count <= Int(Int32.max) else { return nil }
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    defer {
      unsafe deflateEnd(stream)
      unsafe stream.deallocate()
    }
    let result = unsafe deflateInit2_(
      stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard result == Z_OK else { return nil }
    // What zlib says it needs at most is enough for one call (zlib.h), which counts as the proof that it does.
    let bound = Int(unsafe deflateBound(stream, UInt(bytes.count)))
    var isWhole = false
    let packed = unsafe [UInt8](unsafeUninitializedCapacity: bound) { target, count in
      unsafe bytes.withUnsafeBufferPointer { source in
        // zlib does not write through `next_in`.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        unsafe stream.pointee.avail_in = UInt32(source.count)
        unsafe stream.pointee.next_out = target.baseAddress
        unsafe stream.pointee.avail_out = UInt32(bound)
        isWhole = unsafe deflate(stream, Z_FINISH) == Z_STREAM_END
        count = unsafe bound - Int(stream.pointee.avail_out)
        unsafe stream.pointee.next_in = nil
        unsafe stream.pointee.next_out = nil
      }
    }
    return isWhole ? packed : nil
  }
}
