import SIPMessage
import Wire

/// The value of an `Authorization` or `Proxy-Authorization` header with scheme Digest (RFC 7616 §3.4, RFC 3261 §22.4).
///
/// One array holds all values, quotes and escapes gone; hashing takes them from there without a String in between. What
/// is not UTF-8 is refused. Its description is `DigestCredentials(MD5)`: nothing shown can be used to guess a password.
public struct DigestCredentials: Sendable, CustomStringConvertible, CustomReflectable {
  /// The function and its form; nil when the phone names one that is not known. Without the parameter it is MD5.
  public let variant: DigestVariant?
  /// nil for the form of RFC 2069, which has none.
  public let qop: DigestQOP?
  /// The value of `nc`; nil without qop.
  public let nonceCount: UInt32?
  /// Whether `username` is a hash of the name (RFC 7616 §3.4.4). We never ask for that.
  public let isUsernameHashed: Bool

  private let storage: [UInt8]
  private let places: Places

  /// Reads a header's value.
  ///
  /// - Throws: `DigestError.otherScheme` when it is for another scheme; anything else is worth a 400.
  public init(parsing value: Span<UInt8>) throws(DigestError) {
    var draft = Draft(reserving: value.count)
    var scanner = try DigestScanner(value)
    while let (parameter, place) = try scanner.next() {
      try draft.take(parameter, place, scanner)
    }
    try self.init(draft)
  }

  /// Reads a header's value from text.
  public init(_ text: String) throws(DigestError) {
    let utf8 = text.utf8
    try self.init(parsing: utf8.span)
  }

  /// Credentials made by a client.
  init(
    username: String, realm: String, nonce: String, uri: String, response: [UInt8], variant: DigestVariant,
    qop: DigestQOP?, clientNonce: String?, nonceCount: UInt32?, opaque: String?
  ) throws(DigestError) {
    var draft = Draft(reserving: 512)
    draft.variant = variant
    draft.qop = qop
    draft.places.username = draft.append(username.utf8)
    draft.places.realm = draft.append(realm.utf8)
    draft.places.nonce = draft.append(nonce.utf8)
    draft.places.uri = draft.append(uri.utf8)
    draft.places.response = draft.append(response)
    draft.places.clientNonce = clientNonce.map { draft.append($0.utf8) }
    draft.places.opaque = opaque.map { draft.append($0.utf8) }
    draft.places.nonceCount = nonceCount.map { draft.append(NonceCount.text($0)) }
    try self.init(draft)
  }

  /// Checks that everything is there that has to be.
  private init(_ draft: Draft) throws(DigestError) {
    var places = draft.places
    guard places.username != nil else { throw .missing(.username) }
    guard places.realm != nil else { throw .missing(.realm) }
    guard places.nonce != nil else { throw .missing(.nonce) }
    guard places.uri != nil else { throw .missing(.uri) }
    guard places.response != nil else { throw .missing(.response) }
    if draft.qop == nil {
      // A count without qop (there are phones that send one) is hashed by nobody and means nothing.
      nonceCount = nil
      places.nonceCount = nil
    } else {
      guard places.clientNonce != nil else { throw .missing(.clientNonce) }
      guard let place = places.nonceCount else { throw .missing(.nonceCount) }
      guard let count = NonceCount.parse(draft.storage.span.extracting(place)) else { throw .invalid(.nonceCount) }
      nonceCount = count
    }
    // Every value stands at a border of characters, so one look at all of them is enough.
    guard (try? UTF8Span(validating: draft.storage.span)) != nil else { throw .invalidText }
    storage = draft.storage
    self.places = places
    variant = draft.variant
    qop = draft.qop
    isUsernameHashed = draft.isUsernameHashed
  }

  /// The algorithm only.
  public var description: String { "DigestCredentials(\(variant?.name ?? "unknown algorithm"))" }

  /// Shows nothing to `dump`.
  public var customMirror: Mirror { Mirror(self, children: ["algorithm": variant?.name ?? "unknown"]) }
}

// MARK: - Values

extension DigestCredentials {
  /// The user, as text.
  public var username: String { text(places.username) }

  /// The realm, as text.
  public var realm: String { text(places.realm) }

  /// The URI that was hashed; it may differ from the Request-URI when a proxy in between has changed that.
  public var uri: String { text(places.uri) }

  /// The nonce.
  public var nonce: Span<UInt8> {
    @_lifetime(borrow self)
    get { span(places.nonce) }
  }

  /// The response, as it was sent.
  var response: Span<UInt8> {
    @_lifetime(borrow self)
    get { span(places.response) }
  }

  /// What the response was computed from.
  var input: DigestEngine.Input {
    @_lifetime(borrow self)
    get {
      DigestEngine.Input(
        nonce: nonce, uri: span(places.uri), nonceCount: span(places.nonceCount),
        clientNonce: span(places.clientNonce), qop: qop, isSession: variant?.isSession ?? false)
    }
  }

  /// Whether the realm is exactly this one.
  public func isFor(realm: String) -> Bool {
    let utf8 = realm.utf8
    return span(places.realm).isEqual(to: utf8.span)
  }

  @_lifetime(borrow self)
  private func span(_ place: ByteRange?) -> Span<UInt8> {
    storage.span.extracting(place ?? .zero)
  }

  private func text(_ place: ByteRange?) -> String {
    String(decoding: storage[(place ?? .zero).range], as: UTF8.self)
  }
}

extension DigestCredentials: Equatable {
  /// Whether both say the same, in whatever order and quoting.
  public static func == (left: DigestCredentials, right: DigestCredentials) -> Bool {
    guard left.variant == right.variant, left.qop == right.qop, left.isUsernameHashed == right.isUsernameHashed else {
      return false
    }
    return Places.all.allSatisfy { place in
      let (here, there) = (left.places[keyPath: place], right.places[keyPath: place])
      return (here == nil) == (there == nil) && left.span(here).isEqual(to: right.span(there))
    }
  }
}

// MARK: - Writing

extension DigestCredentials {
  /// The header's value. It holds the response: it is meant for the wire and nothing else.
  public var headerValue: String {
    var bytes: [UInt8] = []
    write(into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the header's value.
  public func write(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: "Digest ".utf8)
    appendQuoted("username", places.username, to: &bytes)
    appendQuoted(", realm", places.realm, to: &bytes)
    appendQuoted(", nonce", places.nonce, to: &bytes)
    appendQuoted(", uri", places.uri, to: &bytes)
    appendQuoted(", response", places.response, to: &bytes)
    bytes.append(contentsOf: ", algorithm=".utf8)
    bytes.append(contentsOf: (variant?.name ?? "unknown").utf8)
    if let place = places.clientNonce { appendQuoted(", cnonce", place, to: &bytes) }
    if let place = places.opaque { appendQuoted(", opaque", place, to: &bytes) }
    if let qop {
      bytes.append(contentsOf: ", qop=".utf8)
      bytes.append(contentsOf: qop.rawValue.utf8)
      bytes.append(contentsOf: ", nc=".utf8)
      bytes.append(contentsOf: storage[(places.nonceCount ?? .zero).range])
    }
    if isUsernameHashed { bytes.append(contentsOf: ", userhash=true".utf8) }
  }

  /// What `Authentication-Info` repeats of the credentials (RFC 7616 §3.5).
  func echo(_ qop: DigestQOP) -> String {
    var bytes = Array("qop=\(qop.rawValue)".utf8)
    appendQuoted(", cnonce", places.clientNonce, to: &bytes)
    bytes.append(contentsOf: ", nc=".utf8)
    bytes.append(contentsOf: storage[(places.nonceCount ?? .zero).range])
    return String(decoding: bytes, as: UTF8.self)
  }

  private func appendQuoted(_ name: StaticString, _ place: ByteRange?, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: "\(name)=".utf8)
    bytes.append(quoting: text(place))
  }
}

// MARK: - Reading

extension DigestCredentials {
  /// Where each value is in the storage.
  private struct Places: Sendable {
    var username: ByteRange?
    var realm: ByteRange?
    var nonce: ByteRange?
    var uri: ByteRange?
    var response: ByteRange?
    var clientNonce: ByteRange?
    /// Kept as sent, since it is hashed as sent: eight hex digits of either case.
    var nonceCount: ByteRange?
    var opaque: ByteRange?

    static var all: [KeyPath<Places, ByteRange?>] {
      [\.username, \.realm, \.nonce, \.uri, \.response, \.clientNonce, \.nonceCount, \.opaque]
    }
  }

  /// Credentials on the way of being read.
  private struct Draft {
    var storage: [UInt8] = []
    var places = Places()
    var variant: DigestVariant? = DigestVariant(.md5)
    var qop: DigestQOP?
    var isUsernameHashed = false

    init(reserving count: Int) {
      storage.reserveCapacity(count)
    }

    mutating func append(_ bytes: some Sequence<UInt8>) -> ByteRange {
      let start = storage.count
      storage.append(contentsOf: bytes)
      return ByteRange(start..<storage.count)
    }

    mutating func take(
      _ parameter: DigestParameter, _ place: Range<Int>, _ scanner: borrowing DigestScanner
    ) throws(DigestError) {
      switch parameter {
      case .algorithm: variant = DigestVariant(scanner.bytes, scanner.token(place))
      case .qop:
        guard let known = DigestQOP(scanner.bytes, scanner.token(place)) else { throw .invalid(.qop) }
        qop = known
      case .userHash: isUsernameHashed = scanner.flag(place)
      case .stale: break
      case .username, .extendedUsername:
        guard places.username == nil else { throw .duplicate(.username) }
        places.username = try value(parameter, place, scanner)
      case .realm: places.realm = try value(parameter, place, scanner)
      case .nonce: places.nonce = try value(parameter, place, scanner)
      case .uri: places.uri = try value(parameter, place, scanner)
      case .response: places.response = try value(parameter, place, scanner)
      case .clientNonce: places.clientNonce = try value(parameter, place, scanner)
      case .nonceCount: places.nonceCount = try value(parameter, place, scanner)
      case .opaque: places.opaque = try value(parameter, place, scanner)
      }
    }

    private mutating func value(
      _ parameter: DigestParameter, _ place: Range<Int>, _ scanner: borrowing DigestScanner
    ) throws(DigestError) -> ByteRange {
      let start = storage.count
      if parameter == .extendedUsername {
        try ExtendedValue.append(scanner.bytes, scanner.token(place), to: &storage)
      } else {
        try scanner.appendValue(place, to: &storage)
      }
      return ByteRange(start..<storage.count)
    }
  }
}
