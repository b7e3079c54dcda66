/// What a record's line says of itself, found without making a value of it.
public struct RecordLine: Sendable, Hashable {
  /// Where the text of `event` stands.
  public let event: Range<Int>
  /// Where the text of `time` stands.
  public let time: Range<Int>

  /// Reads a line without its LF; nil: it is no record in its canonical form.
  public init?(_ line: Span<UInt8>) {
    var scanner = RecordScanner(line)
    guard let record = try? scanner.scan() else { return nil }
    event = record.event
    time = record.time
  }
}
