import Wire

/// What an item of a source description is about (RFC 3550 §6.5, §12.2).
public struct SDESItemKind: RawRepresentable, Sendable, Hashable {
  /// The number, never 0.
  public let rawValue: UInt8

  /// The kind of that number; nil for 0, which ends a list of items.
  public init?(rawValue: UInt8) {
    guard rawValue != 0 else { return nil }
    self.rawValue = rawValue
  }

  private init(_ number: UInt8) {
    rawValue = number
  }

  /// The canonical name, which all sources of one participant share (§6.5.1).
  public static let cname = SDESItemKind(1)
  /// The participant's name.
  public static let name = SDESItemKind(2)
  /// The participant's address.
  public static let email = SDESItemKind(3)
  /// The participant's telephone number.
  public static let phone = SDESItemKind(4)
  /// Where the participant is.
  public static let location = SDESItemKind(5)
  /// The program.
  public static let tool = SDESItemKind(6)
  /// A notice about the source.
  public static let note = SDESItemKind(7)
  /// A private extension; its text begins with the length of a prefix and the prefix (§6.5.8).
  public static let privateExtension = SDESItemKind(8)
  /// The media stream's identification (RFC 8843 §15.2).
  public static let mediaIdentification = SDESItemKind(15)
}

/// An item of a source description.
public struct SDESItem: Sendable, Hashable {
  /// What it is about.
  public var kind: SDESItemKind
  /// Its text in UTF-8, at most 255 bytes; the peer's word for that, not checked.
  public var text: [UInt8]

  /// An item of this text.
  public init(_ kind: SDESItemKind, _ text: [UInt8]) {
    self.kind = kind
    self.text = text
  }

  /// An item of this text.
  public init(_ kind: SDESItemKind, _ text: String) {
    self.init(kind, Array(text.utf8))
  }
}

/// A source description (RFC 3550 §6.5).
public struct SourceDescription: Sendable, Hashable {
  /// What is said of one source.
  public struct Chunk: Sendable, Hashable {
    /// The source, or a contributing source.
    public var ssrc: UInt32
    /// What is said of it.
    public var items: [SDESItem]

    /// A chunk of these items.
    public init(ssrc: UInt32, items: [SDESItem]) {
      self.ssrc = ssrc
      self.items = items
    }

    /// The text of the first item of a kind; nil without one.
    public func text(of kind: SDESItemKind) -> [UInt8]? { items.first { $0.kind == kind }?.text }

    /// The bytes with the zeros that end it, up to the next word.
    var byteCount: Int {
      let bare = 4 + items.reduce(0) { $0 + 2 + $1.text.count }
      return bare + 4 - bare % 4
    }
  }

  /// The chunks; at most 31.
  public var chunks: [Chunk]

  /// A description of these chunks.
  public init(_ chunks: [Chunk]) {
    self.chunks = chunks
  }

  /// The description that every compound packet has (§6.1).
  public init(ssrc: UInt32, cname: [UInt8]) {
    chunks = [Chunk(ssrc: ssrc, items: [SDESItem(.cname, cname)])]
  }

  init(_ reader: inout RTCPBodyReader, count: UInt8) throws(RTCPParseError) {
    chunks = []
    for _ in 0..<count {
      var chunk = Chunk(ssrc: try reader.uint32(), items: [])
      while let kind = SDESItemKind(rawValue: try reader.uint8()) {
        guard chunk.items.count < RTPLimits.maxSDESItems else { throw reader.error(.tooLong) }
        let length = Int(try reader.uint8())
        chunk.items.append(SDESItem(kind, try reader.bytes(length)))
      }
      try reader.alignToWord()
      chunks.append(chunk)
    }
    try reader.requireEnd()
  }

  func write(to writer: inout ByteWriter) throws(WireError) {
    try writer.writeRTCPHeader(
      RTCPPacketType.sourceDescription, count: chunks.count, bodyBytes: chunks.reduce(0) { $0 + $1.byteCount })
    for chunk in chunks {
      let start = writer.count
      try writer.write(chunk.ssrc)
      for item in chunk.items {
        try writer.write(item.kind.rawValue)
        try writer.writePrefixed(item.text.span, lengthBytes: 1)
      }
      try writer.write(0 as UInt8)
      try writer.alignToWord(from: start)
    }
  }
}
