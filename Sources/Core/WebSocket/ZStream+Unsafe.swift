import CZlib

// What compressing and decompressing have in common: how a z_stream is made, and what it is lent.
extension UnsafeMutablePointer<z_stream> {
  /// A stream that `begin` has made ready; nil when it could not. zlib keeps a pointer to the structure, so it lives at
  /// one address until whoever owns it ends it and frees this.
  static func make(_ begin: (Self) -> Int32) -> Self? {
    // Sound: initialised before zlib sees it, and freed when nobody is to own it.
    let stream = Self.allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe begin(stream) == Z_OK else {
      unsafe stream.deallocate()
      return nil
    }
    return unsafe stream
  }

  /// Lets zlib read `input` while `body` runs.
  func reading<Result>(_ input: Span<UInt8>, _ body: () -> Result) -> Result {
    // Sound: zlib reads the input only within this closure, and takes its pointer as one to change only for the sake of
    // old compilers.
    unsafe input.withUnsafeBufferPointer { bytes in
      unsafe pointee.next_in = UnsafeMutablePointer<UInt8>(mutating: bytes.baseAddress)
      unsafe pointee.avail_in = UInt32(truncatingIfNeeded: bytes.count)
      defer {
        unsafe pointee.next_in = nil
        unsafe pointee.avail_in = 0
      }
      return body()
    }
  }

  /// Lets zlib append up to `room` bytes once.
  ///
  /// - Parameter work: the function of zlib that does it.
  /// - Returns: its result, and whether all the room was taken.
  func append(
    to output: inout [UInt8], room: Int, _ work: (z_streamp?, Int32) -> Int32
  ) -> (result: Int32, isFull: Bool) {
    var result = Z_OK
    var left = 0
    output.append(addingCapacity: room) { (target: inout OutputSpan<UInt8>) in
      unsafe target.withUnsafeMutableBufferPointer { buffer, count in
        // Sound: zlib writes at most `room` bytes, for which there is capacity, and they are counted after they were
        // written.
        unsafe pointee.next_out = buffer.baseAddress.map { unsafe $0 + count }
        unsafe pointee.avail_out = UInt32(truncatingIfNeeded: room)
        result = unsafe work(self, Z_SYNC_FLUSH)
        left = unsafe Int(pointee.avail_out)
        count += room - left
        unsafe pointee.next_out = nil
        unsafe pointee.avail_out = 0
      }
    }
    return (result, left == 0)
  }
}
