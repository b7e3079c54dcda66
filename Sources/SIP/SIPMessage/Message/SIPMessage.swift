import Wire

/// A SIP message that is kept: its bytes and its index in one allocation, behind a handle of eight bytes.
///
/// It never changes, so it may be shared between threads. Everything it says is asked through `view`.
public struct SIPMessage {
  let storage: SIPMessageStorage

  /// Keeps a copy of what a view looks at. Empty lines before the message and bytes behind its body come along, so that
  /// places taken from the view stay true.
  public init(copying view: borrowing SIPMessageView) {
    storage = SIPMessageStorage.make(copying: view)
  }

  /// Indexes and keeps a message, as a datagram would have brought it.
  ///
  /// Structure is checked as `SIPMessageIndex.index(_:framing:)` does; call `view.validate()` for the rest.
  public init(parsing bytes: Span<UInt8>, limits: SIPLimits = .default) throws(SIPParseError) {
    var index = SIPMessageIndex(limits: limits)
    try index.index(bytes, framing: .datagram)
    self.init(copying: index.view(of: bytes))
  }

  /// The same for an array.
  public init(parsing bytes: [UInt8], limits: SIPLimits = .default) throws(SIPParseError) {
    try self.init(parsing: bytes.span, limits: limits)
  }

  /// The message, through its index.
  public var view: SIPMessageView {
    @_lifetime(borrow self)
    @inline(__always)
    get { storage.view }
  }

  /// How many bytes it holds.
  public var byteCount: Int { storage.byteCount }
}
