import Wire

// One allocation for a message that is kept: the class header, `Header`, the entries, then the bytes.
//
// Why this is sound:
// - The tail is raw memory of `entryCount` entries followed by `byteCount` bytes, allocated in units of entries and
//   rounded up, so both fit and the entries are aligned. Both parts are initialised in `make` before anyone else sees the
//   object, the bytes being bound to `UInt8`; nothing writes to them afterwards, nothing needs deinitialisation (both are
//   trivial types), and the counts in `Header` are the ones allocated for.
// - The spans of `view` cover exactly these parts and borrow the object, which keeps the memory alive.

// `SIPMessage` is Sendable unchecked: all state here is immutable after `make`, and reference counts are atomic.
// `ManagedBuffer` cannot say so itself, since its subclasses may do otherwise.

extension SIPMessage: @unchecked Sendable {}

/// The allocation behind a `SIPMessage`.
final class SIPMessageStorage: ManagedBuffer<SIPMessageStorage.Header, SIPHeaderEntry> {
  struct Header: Sendable {
    var head: SIPMessageHead
    var entryCount: Int
    var byteCount: Int
  }

  static func make(copying view: borrowing SIPMessageView) -> SIPMessageStorage {
    let entryCount = view.entries.count
    let byteCount = view.bytes.count
    let stride = MemoryLayout<SIPHeaderEntry>.stride
    let head = view.head
    let buffer = SIPMessageStorage.create(minimumCapacity: entryCount + (byteCount + stride - 1) / stride) { _ in
      Header(head: head, entryCount: entryCount, byteCount: byteCount)
    }
    let storage = unsafe unsafeDowncast(buffer, to: SIPMessageStorage.self)
    unsafe storage.withUnsafeMutablePointerToElements { entries in
      unsafe view.entries.withUnsafeBufferPointer { source in
        if let start = source.baseAddress { unsafe entries.initialize(from: start, count: entryCount) }
      }
      let bytes = unsafe UnsafeMutableRawPointer(entries + entryCount).bindMemory(to: UInt8.self, capacity: byteCount)
      unsafe view.bytes.withUnsafeBufferPointer { source in
        if let start = source.baseAddress { unsafe bytes.initialize(from: start, count: byteCount) }
      }
    }
    return storage
  }

  var byteCount: Int { unsafe withUnsafeMutablePointerToHeader { unsafe $0.pointee.byteCount } }

  var view: SIPMessageView {
    @_lifetime(borrow self)
    get {
      // Through pointers: `header` itself is checked for exclusive access at every use, and nothing here ever changes.
      let (head, pointer) = unsafe withUnsafeMutablePointers { head, pointer in unsafe (head, pointer) }
      let header = unsafe head.pointee
      let tail = unsafe UnsafeRawPointer(pointer + header.entryCount)
      let entries = unsafe Span(_unsafeStart: UnsafePointer(pointer), count: header.entryCount)
      let bytes = unsafe Span(
        _unsafeStart: tail.assumingMemoryBound(to: UInt8.self), count: header.byteCount)
      let view = SIPMessageView(bytes: bytes, entries: entries, head: header.head)
      return unsafe _overrideLifetime(view, borrowing: self)
    }
  }
}
