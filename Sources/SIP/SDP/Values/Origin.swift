import Wire

/// `o=` (RFC 8866 §5.2): who made this description, and which of theirs it is.
public struct Origin: Sendable, Hashable {
  /// The user's name at the host; `-` when there is none. Some phones write names with spaces; they are kept.
  public let username: String
  /// A number as decimal text: nothing is counted with it, and some are longer than 64 bits.
  public let sessionID: String
  /// Grows by one with every description that is not the same as the one before it (RFC 3264 §8).
  public let sessionVersion: String
  /// The machine that made the description. Nothing is ever sent there.
  public let address: ConnectionAddress

  /// An origin of ours.
  public init(username: String = "-", sessionID: UInt64, sessionVersion: UInt64 = 0, address: IPAddress) {
    self.username = username.consists { $0 > 0x20 && $0 != 0x7F } ? username : "-"
    self.sessionID = "\(sessionID)"
    self.sessionVersion = "\(sessionVersion)"
    self.address = ConnectionAddress(address)
  }

  private init(_ username: String, _ sessionID: String, _ sessionVersion: String, _ address: ConnectionAddress) {
    self.username = username
    self.sessionID = sessionID
    self.sessionVersion = sessionVersion
    self.address = address
  }

  /// The version as a number; nil when it is none, or beyond 64 bits.
  public var version: UInt64? {
    let utf8 = sessionVersion.utf8
    return Decimal.parse(utf8.span)
  }

  /// The same session, another version.
  public func with(version: UInt64) -> Origin { Origin(username, sessionID, "\(version)", address) }

  /// The same session from another machine.
  public func with(address: IPAddress) -> Origin {
    Origin(username, sessionID, sessionVersion, ConnectionAddress(address))
  }

  /// Appends `- 1 2 IN IP4 192.0.2.1`.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(text: username)
    bytes.append(UInt8(ascii: " "))
    bytes.append(text: sessionID)
    bytes.append(UInt8(ascii: " "))
    bytes.append(text: sessionVersion)
    bytes.append(UInt8(ascii: " "))
    address.write(into: &bytes)
  }

  /// Reads the value of a line from its end, as user names may have spaces in them.
  @_lifetime(scanner: copy scanner)
  init(scanning scanner: inout SDPScanner) throws(SDPError) {
    let start = scanner.position
    let whole = scanner.rest()
    var words: [Range<Int>] = []
    var end = whole.upperBound
    var place = end
    while words.count < 5, place > start {
      place -= 1
      guard scanner.bytes[place].isBlank else { continue }
      if place + 1 < end { words.append((place + 1)..<end) }
      end = place
    }
    guard words.count == 5 else { throw scanner.error(.malformedOrigin, at: start) }
    var name = SDPScanner(scanner.bytes, start..<end)
    let username = name.rest()
    var part = SDPScanner(scanner.bytes, words[2].lowerBound..<whole.upperBound, line: scanner.line)
    guard !username.isEmpty, let address = try ConnectionAddress.scan(&part), part.isAtEnd else {
      throw scanner.error(.malformedOrigin, at: start)
    }
    self.init(scanner.text(username), scanner.text(words[4]), scanner.text(words[3]), address)
  }
}

extension Origin: CustomStringConvertible {
  /// `- 1 2 IN IP4 192.0.2.1`
  public var description: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }
}
