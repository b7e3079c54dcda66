import Dispatch
import Synchronization

/// Runs asynchronous work from a synchronous main and waits for its end.
///
/// An asynchronous main would park the main thread in `dispatch_main()`, whose `sigsuspend` on a read-only mask valgrind
/// cannot follow; and how many instructions a call costs is measured there.
enum Blocking {
  static func run(_ work: @escaping @Sendable () async throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    let outcome = Outcome()
    Task {
      do { try await work() } catch { outcome.failure.withLock { $0 = error } }
      done.signal()
    }
    done.wait()
    if let failure = outcome.failure.withLock({ $0 }) { throw failure }
  }

  private final class Outcome: Sendable {
    let failure = Mutex<(any Error)?>(nil)
  }
}
