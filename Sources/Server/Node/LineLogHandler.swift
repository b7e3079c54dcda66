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
    /// `2026-01-31T12:00:00.000000Z info ifsip-proxy: message key=value other="two words"`
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
      for (key, value) in pairs {
        // A name that stands in every line keeps its meaning.
        let name = Self.ownKeys.contains(key) ? key + "_" : key
        members.append("\(Self.quoted(name)):\(Self.quoted(value.description))")
      }
      write("{" + members.joined(separator: ",") + "}\n")
    case .text:
      var line = "\(now().rfc3339) \(event.level.rawValue) \(label): \(Self.shown(event.message.description))"
      for (key, value) in pairs { line += " \(Self.word(key))=\(Self.word(value.description))" }
      write(line + "\n")
    }
  }

  private static let ownKeys: Set<String> = ["time", "level", "logger", "message"]

  /// A JSON string; what a terminal would obey is escaped too.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.isUnsafeToShow:
        // All of them have four digits.
        result += "\\u"
        for shift in [12, 8, 4, 0] as [UInt32] {
          result.unicodeScalars.append(Unicode.Scalar(Hex.digit(UInt8(scalar.value >> shift & 0xF))))
        }
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Text for people as it is, quoted when a terminal would obey a part of it.
  static func shown(_ text: String) -> String {
    text.unicodeScalars.contains(where: \.isUnsafeToShow) ? quoted(text) : text
  }

  /// A name or value: quoted unless it is one word, so that it cannot be taken for two.
  static func word(_ text: String) -> String {
    let isOneWord = !text.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0.isUnsafeToShow }
    return isOneWord && !text.isEmpty ? text : quoted(text)
  }
}
