import Wire

/// The text of an event stream (HTML, "Server-sent events"): blocks of `field: value` lines with an empty line behind
/// each. A record's line is canonical JSON, so it holds no line break.
enum ServerSentEvents {
  /// How long a reader waits before it comes again, in milliseconds.
  static let retryMilliseconds = 2_000

  /// What stands first: proxies and readers see that it has begun.
  static func opening() -> [UInt8] { Array("retry: \(retryMilliseconds)\n\n".utf8) }

  /// One block.
  ///
  /// - `record`: `id` is its number and `data` its line.
  /// - `skipped`: `data` is `{"from":…,"to":…}`, the first number and the one behind the last.
  /// - `live`: `data` is `{"next":…}`.
  /// - nothing: an `id` without data, which readers keep and do not tell: a later `Last-Event-ID` is so never far back.
  static func append(_ event: AdminWitness.Event, to bytes: inout [UInt8]) {
    switch event {
    case .record(let number, let line):
      bytes += "id: \(number)\nevent: record\ndata: ".utf8
      bytes += line
      bytes += "\n\n".utf8
    case .skipped(let numbers):
      bytes += id(before: numbers.upperBound)
      bytes += "event: skipped\ndata: {\"from\":\(numbers.lowerBound),\"to\":\(numbers.upperBound)}\n\n".utf8
    case .live(let next):
      bytes += id(before: next)
      bytes += "event: live\ndata: {\"next\":\(next)}\n\n".utf8
    case .nothing(let next):
      bytes += ": \n".utf8
      bytes += id(before: next)
      bytes += "\n".utf8
    }
  }

  /// The last block, when we end the stream: why, for a person.
  static func closing(_ reason: String) -> [UInt8] {
    var object = JSONObject()
    object["reason"] = .string(reason)
    return Array("event: end\ndata: ".utf8) + JSONValue.object(object).canonicalBytes() + Array("\n\n".utf8)
  }

  private static func id(before next: UInt64) -> [UInt8] { next > 0 ? Array("id: \(next - 1)\n".utf8) : [] }
}
