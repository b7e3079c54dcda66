import CCares
import CIfsipLinux
import Reactor
import SIPLocation
import Wire

// Why this file is sound: the channel belongs to one object, which one thread uses and which is destroyed before the
// object is gone. c-ares calls back only from within calls of that thread, with the pointers given here: the inbox,
// which the object holds until after the channel is destroyed, and a retained query, which its callback releases, as
// c-ares answers every query exactly once, at the latest from ares_destroy. The bytes of an answer are read within the
// callback and not kept.

/// c-ares as a carrier of DNS messages: it knows servers, ports, retransmission, EDNS and TCP; it drops answers that come
/// from elsewhere, with another number or to another question. What an answer says is read by `DNSMessage` alone.
///
/// Used by one thread, which waits here too.
@safe final class DNSChannel {
  /// A question and what became of it.
  struct Reply {
    var question: DNSQuestion
    var answer: DNSAnswer
  }

  /// What c-ares calls back to.
  private final class Inbox {
    /// -1 when there is none.
    let poller: Int32
    /// The sockets that the poller watches.
    var watched: Set<Int32> = []
    var replies: [Reply] = []

    init() {
      poller = ifsip_poller_create()
    }

    deinit {
      if poller >= 0 { _ = ifsip_close(poller) }
    }

    /// c-ares opened a socket, wants something else of it, or is about to close it, which ends the watching as well.
    func watch(_ socket: Int32, reads: Bool, writes: Bool) {
      guard reads || writes else {
        watched.remove(socket)
        return
      }
      let events = (reads ? IFSIP_EVENT_IN : 0) | (writes ? IFSIP_EVENT_OUT : 0)
      let token = UInt64(truncatingIfNeeded: Int64(socket))
      if watched.insert(socket).inserted {
        _ = ifsip_poller_add(poller, socket, events, token)
      } else {
        _ = ifsip_poller_change(poller, socket, events, token)
      }
    }
  }

  private final class Query {
    let question: DNSQuestion
    let inbox: Inbox

    init(_ question: DNSQuestion, _ inbox: Inbox) {
      self.question = question
      self.inbox = inbox
    }
  }

  private var channel: ares_channel?
  private let inbox = Inbox()

  private static let wakeToken = UInt64.max
  private static let classInternet: Int32 = 1
  private static let eventCapacity = 32
  /// What fits everywhere without fragments (DNS Flag Day 2020).
  private static let datagramBytes: Int32 = 1_232

  /// ares_library_init counts its callers without a lock; a static property is initialised once.
  private static let libraryStatus = ares_library_init(Int32(ARES_LIB_INIT_ALL))

  /// A channel to the configured servers, and a poller that watches `wake`, an eventfd.
  init(_ configuration: ResolverConfiguration, wake: Int32) throws(ResolverError) {
    guard inbox.poller >= 0 else { throw .system(systemErrorText(-inbox.poller)) }
    let error = ifsip_poller_add(inbox.poller, wake, IFSIP_EVENT_IN | IFSIP_EVENT_EDGE, DNSChannel.wakeToken)
    guard error >= 0 else { throw .system(systemErrorText(-error)) }
    try check(DNSChannel.libraryStatus)

    var options = unsafe ares_options()
    unsafe options.flags = Int32(ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS)
    unsafe options.ednspsz = DNSChannel.datagramBytes
    unsafe options.timeout = Int32(clamping: configuration.timeout.saturatingNanoseconds / 1_000_000)
    unsafe options.tries = Int32(clamping: configuration.tries)
    unsafe options.sock_state_cb_data = Unmanaged.passUnretained(inbox).toOpaque()
    unsafe options.sock_state_cb = { context, socket, reads, writes in
      guard let context = unsafe context else { return }
      let inbox = unsafe Unmanaged<Inbox>.fromOpaque(context).takeUnretainedValue()
      inbox.watch(socket, reads: reads != 0, writes: writes != 0)
    }
    let mask = ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB
    try check(unsafe ares_init_options(&channel, &options, Int32(mask)))
    if !configuration.servers.isEmpty {
      let servers = configuration.servers.map(\.description).joined(separator: ",")
      try check(unsafe ares_set_servers_ports_csv(channel, servers))
    }
  }

  deinit {
    if let channel = unsafe channel { unsafe ares_destroy(channel) }
  }

  private func check(_ status: Int32) throws(ResolverError) {
    guard status != ARES_SUCCESS else { return }
    throw .library(unsafe ares_strerror(status).map { unsafe String(cString: $0) } ?? "error \(status)")
  }

  /// Sends a question; its reply comes with one of the next `wait`s.
  func ask(_ question: DNSQuestion) {
    let query = Query(question, inbox)
    let context = unsafe Unmanaged.passRetained(query).toOpaque()
    unsafe ares_query(
      channel, question.name.text, DNSChannel.classInternet, Int32(question.type.rawValue),
      { context, status, _, bytes, count in
        guard let context = unsafe context else { return }
        let query = unsafe Unmanaged<Query>.fromOpaque(context).takeRetainedValue()
        let message = unsafe UnsafeBufferPointer(start: bytes, count: bytes == nil ? 0 : Int(max(0, count)))
        let answer = unsafe DNSChannel.answer(to: query.question, status: status, message.span)
        query.inbox.replies.append(Reply(question: query.question, answer: answer))
      }, context)
  }

  /// Waits until an answer has come, the wake-up has been raised, or the time is over (never when `deadline` is nil).
  func wait(until deadline: Instant?) -> [Reply] {
    var nanoseconds = deadline.map { max(0, (MonotonicClock.now.duration(to: $0)).saturatingNanoseconds) } ?? -1
    // Questions that failed at once are waiting already.
    if !inbox.replies.isEmpty { nanoseconds = 0 }
    var remaining = timeval()
    if let due = unsafe ares_timeout(channel, nil, &remaining) {
      let own = unsafe Int64(due.pointee.tv_sec) * 1_000_000_000 + Int64(due.pointee.tv_usec) * 1_000
      nanoseconds = nanoseconds < 0 ? own : min(nanoseconds, own)
    }
    unsafe withUnsafeTemporaryAllocation(of: ifsip_event.self, capacity: DNSChannel.eventCapacity) { events in
      let count = unsafe ifsip_poller_wait(
        inbox.poller, events.baseAddress, Int32(DNSChannel.eventCapacity), nanoseconds)
      for index in 0..<Int(max(0, count)) {
        let event = unsafe events[index]
        guard event.token != DNSChannel.wakeToken else { continue }
        let socket = Int32(truncatingIfNeeded: event.token)
        // An earlier event of this round may have closed it.
        guard inbox.watched.contains(socket) else { continue }
        let writes = event.events & IFSIP_EVENT_OUT != 0
        let reads = event.events & ~IFSIP_EVENT_OUT != 0
        unsafe ares_process_fd(channel, reads ? socket : -1, writes ? socket : -1)
      }
    }
    unsafe ares_process_fd(channel, -1, -1)
    let result = inbox.replies
    inbox.replies = []
    return result
  }

  /// What a callback means. Bytes are looked at whatever the status says: c-ares makes one of the header alone.
  private static func answer(to question: DNSQuestion, status: Int32, _ bytes: Span<UInt8>) -> DNSAnswer {
    if bytes.count > 0 {
      do throws(DNSParseError) {
        return try DNSMessage(parsing: bytes).answer(to: question)
      } catch {
        return .failed(.malformed)
      }
    }
    switch status {
    case ARES_ETIMEOUT: return .failed(.timeout)
    case ARES_ESERVFAIL, ARES_ENOTIMP, ARES_EFORMERR: return .failed(.serverFailure)
    case ARES_EREFUSED: return .failed(.refused)
    case ARES_EBADRESP: return .failed(.malformed)
    case ARES_ENOTFOUND: return .absent(.noSuchName, timeToLive: nil)
    default: return .failed(.unreachable)
    }
  }
}
