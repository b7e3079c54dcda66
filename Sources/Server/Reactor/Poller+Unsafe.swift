import CIfsipLinux

// Why this file is sound: the array of events is allocated for the poller's life and has the capacity that the kernel
// is told; an index is checked against the number of events it reported.

/// An epoll instance that watches a reactor's sockets and its mailbox, edge-triggered: it says once that something has
/// come, and its watcher must take everything or remember that there is more. (Level-triggered, every wait asks every
/// socket that was ready before once again: some 10 % of all CPU at one datagram per wake-up.)
@safe struct Poller: ~Copyable {
  /// The token that is no socket's index.
  static let mailboxToken = UInt64.max
  /// More events than this come with the next wait.
  private static let capacity = 64

  /// For those who bring sockets of their own.
  let descriptor: Int32
  private let events: UnsafeMutablePointer<ifsip_event>
  private(set) var count = 0

  init() throws(ReactorError) {
    let descriptor = ifsip_poller_create()
    if descriptor < 0 { throw .system("epoll_create1", -descriptor) }
    self.descriptor = descriptor
    unsafe events = .allocate(capacity: Poller.capacity)
    unsafe events.initialize(repeating: ifsip_event(), count: Poller.capacity)
  }

  deinit {
    _ = ifsip_close(descriptor)
    unsafe events.deallocate()
  }

  /// Wakes up whenever the mailbox is signalled; nothing has to be read.
  func watch(mailbox: Int32) throws(ReactorError) {
    try add(mailbox, IFSIP_EVENT_IN, Poller.mailboxToken)
  }

  /// Wakes up when a socket gets datagrams or error reports.
  func watch(socket: Int32, index: Int) throws(ReactorError) {
    try add(socket, IFSIP_EVENT_IN, UInt64(index))
  }

  /// Wakes up also when a socket can take more; whatever holds now is reported anew.
  func watch(socket: Int32, index: Int, forWriting: Bool) {
    let events = IFSIP_EVENT_IN | IFSIP_EVENT_EDGE | (forWriting ? IFSIP_EVENT_OUT : 0)
    _ = ifsip_poller_change(descriptor, socket, events, UInt64(index))
  }

  private func add(_ watched: Int32, _ events: UInt32, _ token: UInt64) throws(ReactorError) {
    let error = ifsip_poller_add(descriptor, watched, events | IFSIP_EVENT_EDGE, token)
    if error < 0 { throw .system("epoll_ctl", -error) }
  }

  /// Waits for at most so long (for ever when negative).
  mutating func wait(nanoseconds: Int64) throws(ReactorError) {
    let result = unsafe ifsip_poller_wait(descriptor, events, Int32(Poller.capacity), nanoseconds)
    guard result >= 0 else { throw .system("epoll_wait", -result) }
    count = Int(result)
  }

  /// One of the events of the newest wait.
  subscript(index: Int) -> ifsip_event {
    precondition(index >= 0 && index < count)
    return unsafe events[index]
  }
}
