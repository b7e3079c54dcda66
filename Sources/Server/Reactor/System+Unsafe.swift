import CIfsipLinux
import Wire

// Why this file is sound: the calls take plain integers or pointers to local values for the length of the call. A
// descriptor is closed by the one owner that opened it, in its deinit.

/// CLOCK_MONOTONIC.
package enum MonotonicClock {
  /// The time since an arbitrary start; never goes back.
  package static var now: Instant { Instant(nanoseconds: ifsip_monotonic_nanoseconds()) }
}

/// An eventfd: raised by any thread, watched edge-triggered by one, never read.
package struct EventSignal: ~Copyable, Sendable {
  /// What a poller watches.
  package let descriptor: Int32

  /// A signal that nobody has raised.
  package init() throws(ReactorError) {
    let descriptor = ifsip_eventfd_create()
    self.descriptor = descriptor
    if descriptor < 0 { throw .system("eventfd", -descriptor) }
  }

  /// Adding one makes an edge whatever the count was; it would take 2^64 calls to fill it.
  package func raise() { _ = ifsip_eventfd_signal(descriptor) }

  deinit { _ = ifsip_close(descriptor) }
}

/// The system's words for an error number.
package func systemErrorText(_ error: Int32) -> String {
  let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer -> String in
    guard let base = buffer.baseAddress else { return "" }
    unsafe ifsip_error_text(error, base, buffer.count)
    return unsafe String(cString: base)
  }
  return text.isEmpty ? "error \(error)" : text
}

/// Runs a closure on a new thread; on one processor only when that is given.
package func startThread(
  name: String, processor: Int?, _ body: @escaping @Sendable () -> Void
) throws(ReactorError) {
  // The box is retained for the thread here and released by it, or here when there will be no thread.
  let box = unsafe Unmanaged.passRetained(ThreadBody(name: name, body: body))
  let error = unsafe ifsip_start_thread(
    { argument in
      guard let argument = unsafe argument else { return nil }
      let body = unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue()
      unsafe body.name.withCString { unsafe ifsip_name_thread($0) }
      body.body()
      return nil
    }, box.toOpaque(), processor.map { Int32($0) } ?? -1)
  guard error == 0 else {
    unsafe box.release()
    throw .system("pthread_create", -error)
  }
}

private final class ThreadBody: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

/// Processors this process may use.
package var processorCount: Int { max(1, Int(ifsip_processor_count())) }

/// The process's memory as the system sees it.
package enum SystemMemory {
  /// Gives free memory back to the system. The C library keeps what was freed between things that live, and a node that
  /// has carried ten times its usual load would look large for ever. Other threads wait meanwhile when they allocate:
  /// some milliseconds, so this is for when there is little to do.
  package static func giveBack() { ifsip_give_memory_back() }
}
