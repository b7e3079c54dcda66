import Wire
import Witness

/// Which records somebody wants.
public struct WitnessFilter: Sendable {
  /// `,"trace_id":"…"}`, the end of the lines that are wanted; nil: any.
  private let end: [UInt8]?
  /// Whether only one trace_id is wanted.
  var isOfOneTrace: Bool { end != nil }
  /// Names of events, or their first parts; empty: any.
  private let events: [[UInt8]]

  /// - Parameters:
  ///   - trace: only those of this trace_id; nil: any.
  ///   - events: only those of these events, by their whole names (`call.connected`) or the first parts (`call`); empty:
  ///     any.
  public init(trace: String? = nil, events: [String] = []) {
    end = trace.map(Self.lineEnd)
    self.events = events.map { Array($0.utf8) }
  }

  /// Whether a line, without its LF, is wanted.
  public func matches(_ line: Span<UInt8>) -> Bool {
    if let end, !Self.hasSuffix(line, end) { return false }
    return isOfEvent(line)
  }

  /// Whether a line is of an event that is wanted.
  func isOfEvent(_ line: Span<UInt8>) -> Bool {
    guard !events.isEmpty else { return true }
    guard let record = RecordLine(line) else { return false }
    let name = line.extracting(record.event)
    return events.contains { wanted in
      guard name.count >= wanted.count, name.extracting(first: wanted.count).isEqual(to: wanted.span) else {
        return false
      }
      return name.count == wanted.count || name[wanted.count] == UInt8(ascii: ".")
    }
  }

  /// `trace_id` is the last member of a record, and its characters need no escapes (DOMAIN §3).
  static func lineEnd(_ trace: String) -> [UInt8] { Array(#","trace_id":"\#(trace)"}"#.utf8) }

  static func hasSuffix(_ line: Span<UInt8>, _ end: [UInt8]) -> Bool {
    line.count >= end.count && line.extracting(last: end.count).isEqual(to: end.span)
  }
}
