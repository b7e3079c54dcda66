public import Wire

/// Which records a reader of the event stream wants, and from where on.
public struct EventQuery: Sendable, Equatable {
  /// Only those of this trace_id.
  public var traceID: String?
  /// Only those of these events: whole names (`call.connected`) or their first parts (`call`). Empty: all.
  public var events: [String]
  /// Begin with those that were written at that time, as far back as the server is ready to look.
  public var since: UTCTimestamp?
  /// Begin behind this record: it was the last that the reader has seen (`Last-Event-ID`). Goes before `since`.
  public var after: UInt64?

  /// What a query, and the header `Last-Event-ID`, ask for.
  public init(_ query: QueryString, lastEventID: String? = nil) throws(QueryError) {
    events = []
    for parameter in query.parameters {
      switch parameter.name {
      case "trace_id": traceID = parameter.value
      case "event":
        events = parameter.value.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard events.count <= QueryLimits.maxEventNames, events.allSatisfy(Self.isEventName) else {
          throw .value(
            "event", "up to \(QueryLimits.maxEventNames) names like call or call.connected, with commas between")
        }
      case "since":
        guard let time = UTCTimestamp(rfc3339: parameter.value) else {
          throw .value("since", "a time like 2026-01-02T03:04:05Z")
        }
        since = time
      default: throw .unknown(parameter.name, known: ["trace_id", "event", "since"])
      }
    }
    guard let lastEventID, !lastEventID.isEmpty else { return }
    guard lastEventID.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(lastEventID) else {
      throw .value("Last-Event-ID", "the number of a record")
    }
    after = number
  }

  private static func isEventName(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
