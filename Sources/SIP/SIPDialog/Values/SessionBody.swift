/// A session description or any other body: bytes that this target does not look into, and their type.
public struct SessionBody: Sendable, Hashable {
  /// The bytes.
  public var bytes: [UInt8]
  /// The value of Content-Type.
  public var contentType: String

  /// A body of this type, SDP unless told.
  public init(_ bytes: [UInt8], contentType: String = "application/sdp") {
    self.bytes = bytes
    self.contentType = contentType
  }

  /// The same from text.
  public init(_ text: String, contentType: String = "application/sdp") {
    self.init(Array(text.utf8), contentType: contentType)
  }
}

/// What a message's description is in the exchange of offers and answers (RFC 3264 §4).
public enum SessionPart: Sendable, Hashable {
  /// There is none.
  case none
  /// In an unreliable provisional response: what the answer will say (RFC 3261 §13.2.1), good for early media.
  case preview(SessionBody)
  /// An offer: an answer is due.
  case offer(SessionBody)
  /// The answer to our offer.
  case answer(SessionBody)

  /// The description, whatever it is.
  public var body: SessionBody? {
    switch self {
    case .none: nil
    case .preview(let body), .offer(let body), .answer(let body): body
    }
  }
}

/// A header line that the user adds to a message. Control characters in its value become spaces.
public struct ExtraHeader: Sendable {
  /// The name as it goes onto the wire.
  public var name: StaticString
  /// The value.
  public var value: String

  /// A line of these parts.
  public init(_ name: StaticString, _ value: String) {
    self.name = name
    self.value = value
  }
}
