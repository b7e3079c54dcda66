import Logging
import Store
import Telemetry
import Wire

// Whether the node takes calls, and why not. What is said here is what happens: a reactor refuses new calls for the same
// reasons (`NodeLoop`), except those that would keep it from saying so.
extension Node {
  /// How often the database is written to only to see whether it can be.
  private static let secondsBetweenProbes = 10

  /// Why no new calls are taken, as far as it can be told now.
  var readiness: Readiness {
    var readiness = Readiness()
    if isDraining.withLock({ $0 }) { readiness.add(.draining, "this node is about to stop and takes no new calls") }
    if settings.witness.mode != .off {
      let status = witness.status
      if let failure = status.failure {
        readiness.add(.witnessDisk, failure)
      } else if !witness.isAccepting {
        readiness.add(.witnessQueue, "\(status.queued) records wait, the disk does not keep up")
      }
    }
    if let failure = bindings.failure { readiness.add(.database, failure) }
    let silent = pulse.withLock { $0.silent(now: SystemClock.monotonic()) }
    if !silent.isEmpty {
      let names = silent.map { "\($0)" }.joined(separator: ", ")
      readiness.add(.reactor, "no answer from reactor \(names) for more than \(Pulse.patience.components.seconds) s")
    }
    if let gatekeepers = settings.council.external?.gatekeepers, !gatekeepers.isEmpty, h323?.isRegistered != true {
      let names = gatekeepers.map(\.description).joined(separator: ", ")
      readiness.add(.gatekeeper, "no gatekeeper: not registered with \(names)")
    }
    return readiness
  }

  /// Asks every reactor and the database once in a while whether they still work, and logs what changes.
  func watch() async {
    var before = Readiness()
    var seconds = 0
    while !Task.isCancelled {
      askReactors()
      if seconds % Self.secondsBetweenProbes == 0 { bindings.probe() }
      seconds += 1
      let now = readiness
      if now.reasons != before.reasons {
        if let refusal = now.refusal {
          logger.warning("not ready", metadata: ["reason": .string(refusal)])
        } else {
          logger.notice("ready again")
        }
        before = now
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }

  private func askReactors() {
    for index in pulse.withLock({ $0.ask(now: SystemClock.monotonic()) }) {
      _ = reactors.mailboxes[index].post(.call { [self] _ in pulse.withLock { $0.answered(index) } })
    }
  }
}
