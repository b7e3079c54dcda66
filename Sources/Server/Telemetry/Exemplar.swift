public import Wire

/// One observation that stands for many: which call it was, so that a point on a graph leads to the records of a call.
///
/// The trace_id is the call's own string: keeping it counts one reference and copies nothing.
public struct Exemplar: Sendable, Equatable {
  /// OpenMetrics 1.0: names and values of an exemplar's labels together have at most so many characters.
  public static let maxCharacters = 128

  /// The call.
  public let traceID: String
  /// What was observed; 1 for a counter.
  public let value: Double
  /// When.
  public let time: UTCTimestamp

  static let label = "trace_id"

  /// An exemplar stays for so long at least: a scraper that comes every few seconds sees a new one every time, and a
  /// reactor with a thousand calls a second need not keep what nobody will see.
  public static let paceMicroseconds: Int64 = 1_000_000

  /// Nil without a trace_id, or with one that is too long to be shown (a byte counts as a character).
  public init?(_ traceID: String?, _ value: Double, at time: UTCTimestamp) {
    guard let traceID, !traceID.isEmpty, traceID.utf8.count <= Self.maxTraceIDBytes else { return nil }
    self.traceID = traceID
    self.value = value
    self.time = time
  }

  /// What the label's name leaves of ``maxCharacters``.
  public static let maxTraceIDBytes = 120

  /// The newer of two.
  static func newer(_ one: Exemplar?, _ other: Exemplar?) -> Exemplar? {
    guard let one else { return other }
    guard let other, other.time > one.time else { return one }
    return other
  }
}

extension [Exemplar?] {
  /// Keeps an observation as the exemplar of a place, if it has a trace_id and the one that is there has had its time.
  mutating func note(_ index: Int, _ traceID: String?, _ value: Double, at time: UTCTimestamp) {
    guard let traceID else { return }
    if let since = self[index]?.time {
      let age = time.microseconds &- since.microseconds
      // A clock that was set back makes room at once.
      if age >= 0, age < Exemplar.paceMicroseconds { return }
    }
    if let new = Exemplar(traceID, value, at: time) { self[index] = new }
  }

  /// Takes the newer of each place from another list of the same length.
  mutating func merge(_ others: [Exemplar?]) {
    for index in indices where index < others.count && others[index] != nil {
      self[index] = Exemplar.newer(self[index], others[index])
    }
  }
}
