import Dispatch
import Logging
import Synchronization
import Wire
import Witness

/// Log lines about calls and messages: refusals as notices, the turns of calls for whoever debugs. Each carries `trace_id`
/// and `call_id`, empty where there is none.
///
/// Reactors hand events over and never write: standard error may be a pipe that nobody reads. Lines beyond a limit are
/// lost, and that is said.
final class CallLog: Sendable {
  /// Events that may wait to be written.
  static let limit = 4_096

  private struct Queue {
    var events: [WitnessEvent] = []
    var lost = 0
    var isScheduled = false
  }

  private let logger: Logger
  private let queue = Mutex(Queue())
  private let work = DispatchQueue(label: "ifsip.log")

  /// Nil when nothing of this would be written.
  init?(_ logger: Logger) {
    guard logger.logLevel <= .notice else { return nil }
    self.logger = logger
  }

  /// Takes an event, if there is a line for it. Never waits.
  func note(_ event: WitnessEvent) {
    guard let (level, _) = Self.line(event.name), level >= logger.logLevel else { return }
    let mustSchedule = queue.withLock { queue in
      guard queue.events.count < Self.limit else {
        queue.lost += 1
        return false
      }
      queue.events.append(event)
      defer { queue.isScheduled = true }
      return !queue.isScheduled
    }
    if mustSchedule { work.async { self.write() } }
  }

  /// Writes what there is, and returns when it is written.
  func flush() { work.sync { write() } }

  private func write() {
    let (events, lost) = queue.withLock { queue in
      defer { queue = Queue() }
      return (queue.events, queue.lost)
    }
    for event in events {
      guard let (level, message) = Self.line(event.name) else { continue }
      logger.log(level: level, "\(message)", metadata: Self.metadata(event))
    }
    if lost > 0 { logger.warning("lines about calls are lost, there were too many", metadata: ["lines": "\(lost)"]) }
  }

  private static func line(_ name: WitnessEventName) -> (level: Logger.Level, message: String)? {
    switch name {
    case .securityRejected: (.notice, "refused")
    case .guardDecision: (.debug, "guard decided")
    case .callConnected: (.debug, "call connected")
    case .callRejected: (.debug, "call not connected")
    case .callTerminated: (.debug, "call ended")
    default: nil
    }
  }

  private static func metadata(_ event: WitnessEvent) -> Logger.Metadata {
    var metadata: Logger.Metadata = [
      "event": .string(event.name.text), "trace_id": .string(event.traceID ?? ""),
      "call_id": .string(event.callID ?? ""),
    ]
    if let method = event.method { metadata["method"] = .string(method) }
    if let status = event.status { metadata["status"] = .stringConvertible(status) }
    if let peer = event.peer {
      metadata["peer"] = .stringConvertible(peer.address)
      metadata["transport"] = .string(peer.transport)
    }
    for detail in event.details where metadata[detail.key] == nil {
      // The same list of what could hold a secret as for records.
      if WitnessLimits.withheldDetails.contains(detail.key) { continue }
      switch detail.value {
      case .text(let text): metadata[detail.key] = .string(text)
      case .integer(let number): metadata[detail.key] = .stringConvertible(number)
      case .bool(let isTrue): metadata[detail.key] = .stringConvertible(isTrue)
      case .peer(let peer): metadata[detail.key] = .stringConvertible(peer.address)
      case .list, .members: break
      }
    }
    return metadata
  }
}
