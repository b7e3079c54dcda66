public import Logging
public import Settings
import Wire

/// Writes log lines to standard error: one JSON object per line, or one line of text for people.
///
/// Values are escaped, so that nothing a peer sends can forge a line.
public struct LineLogHandler: LogHandler {
  /// How a line looks.
  public enum Format: Sendable {
    /// One JSON object per line: `time`, `level`, `logger`, `message`, then the metadata.
    case json
    /// `2026-01-31T12:00:00.000000Z info ifsip-proxy: message key=value`
    case text
  }

  /// What is written.
  public var logLevel: Logger.Level
  /// Goes with every line.
  public var metadata: Logger.Metadata = [:]
  private let label: String
  private let format: Format
  private let now: @Sendable () -> UTCTimestamp
  private let write: @Sendable (String) -> Void

  /// A handler that asks `now` for the time and gives each line, with its LF, to `write`.
  public init(
    label: String, level: Logger.Level, format: Format, now: @escaping @Sendable () -> UTCTimestamp,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.label = label
    self.logLevel = level
    self.format = format
    self.now = now
    self.write = write
  }

  /// A handler as the configuration wants it, writing to standard error.
  public init(label: String, settings: Settings.Log) {
    self.init(
      label: label, level: Logger.Level(rawValue: settings.level.rawValue) ?? .info,
      format: settings.format == .json ? .json : .text, now: SystemClock.now, write: StandardError.write)
  }

  /// One value that goes with every line.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes one line.
  public func log(event: LogEvent) {
    var values = metadata
    if let own = event.metadata { values.merge(own) { $1 } }
    let pairs = values.sorted { $0.key < $1.key }
    switch format {
    case .json:
      var members = [
        #""time":\#(Self.quoted(now().rfc3339))"#, #""level":\#(Self.quoted(event.level.rawValue))"#,
        #""logger":\#(Self.quoted(label))"#, #""message":\#(Self.quoted(event.message.description))"#,
      ]
      for (key, value) in pairs { members.append("\(Self.quoted(key)):\(Self.quoted(value.description))") }
      write("{" + members.joined(separator: ",") + "}\n")
    case .text:
      var line = "\(now().rfc3339) \(event.level.rawValue) \(label): \(Self.oneLine(event.message.description))"
      for (key, value) in pairs { line += " \(Self.oneLine(key))=\(Self.oneLine(value.description))" }
      write(line + "\n")
    }
  }

  /// A JSON string.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          result += "\\u00" + Hex.encode([UInt8(truncatingIfNeeded: scalar.value)].span)
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  /// Text without control characters, quoted when it has spaces or quotes.
  static func oneLine(_ text: String) -> String {
    let isControl: (Unicode.Scalar) -> Bool = { $0.value < 0x20 || $0.value == 0x7F }
    return text.unicodeScalars.contains(where: isControl) ? quoted(text) : text
  }
}
