import Wire

/// A request's method (§7.1): the registered ones by name, every other token verbatim. Methods compare with case.
public enum SIPMethod: Sendable, Hashable {
  case invite, ack, bye, cancel, register, options
  /// RFC 6086
  case info
  /// RFC 3262
  case prack
  /// RFC 3311
  case update
  /// RFC 3515
  case refer
  /// RFC 6665
  case subscribe, notify
  /// RFC 3428
  case message
  /// RFC 3903
  case publish
  /// A method this library does not know, as it was written.
  case other(String)
}

extension SIPMethod {
  /// The method as it stands in a start line.
  public var name: String {
    switch self {
    case .invite: "INVITE"
    case .ack: "ACK"
    case .bye: "BYE"
    case .cancel: "CANCEL"
    case .register: "REGISTER"
    case .options: "OPTIONS"
    case .info: "INFO"
    case .prack: "PRACK"
    case .update: "UPDATE"
    case .refer: "REFER"
    case .subscribe: "SUBSCRIBE"
    case .notify: "NOTIFY"
    case .message: "MESSAGE"
    case .publish: "PUBLISH"
    case .other(let name): name
    }
  }

  /// The methods this library knows by name.
  public static let known: [SIPMethod] = [
    .invite, .ack, .bye, .cancel, .register, .options, .info, .prack, .update, .refer, .subscribe, .notify, .message,
    .publish,
  ]

  /// The method these bytes spell; nil when they are no token.
  public init?(parsing bytes: Span<UInt8>) {
    var scanner = FieldScanner(bytes)
    let range = scanner.run(of: .token)
    guard !range.isEmpty, scanner.isAtEnd else { return nil }
    self.init(token: bytes, range)
  }

  /// The method that the token at `range` spells; the caller has scanned it.
  init(token bytes: Span<UInt8>, _ range: Range<Int>) {
    self = SIPMethod.known(bytes, range) ?? .other(String(copying: bytes.extracting(range)))
  }

  private static func known(_ bytes: Span<UInt8>, _ range: Range<Int>) -> SIPMethod? {
    switch range.count {
    case 3:
      if bytes.matches(range, "ACK") { return .ack }
      if bytes.matches(range, "BYE") { return .bye }
    case 4:
      if bytes.matches(range, "INFO") { return .info }
    case 5:
      if bytes.matches(range, "PRACK") { return .prack }
      if bytes.matches(range, "REFER") { return .refer }
    case 6:
      if bytes.matches(range, "INVITE") { return .invite }
      if bytes.matches(range, "CANCEL") { return .cancel }
      if bytes.matches(range, "UPDATE") { return .update }
      if bytes.matches(range, "NOTIFY") { return .notify }
    case 7:
      if bytes.matches(range, "OPTIONS") { return .options }
      if bytes.matches(range, "MESSAGE") { return .message }
      if bytes.matches(range, "PUBLISH") { return .publish }
    case 8:
      if bytes.matches(range, "REGISTER") { return .register }
    case 9:
      if bytes.matches(range, "SUBSCRIBE") { return .subscribe }
    default:
      break
    }
    return nil
  }
}

extension SIPMethod: CustomStringConvertible {
  /// The method's name.
  public var description: String { name }
}
