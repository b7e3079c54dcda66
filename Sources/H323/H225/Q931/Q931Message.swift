import Wire

/// A Q.931 message as H.225.0 §7.2 has it: a call reference of two octets, and information elements in the order they
/// came in.
///
/// Elements are kept as octets, so that those that are not known here are written again; the accessors read and write
/// the ones that are.
public struct Q931Message: Sendable, Hashable {
  /// One information element.
  public struct Element: Sendable, Hashable {
    /// The identifier; for an element of one octet (§4.5.1) its upper half with the lower half 0, or all of it.
    public var identifier: UInt8

    /// The contents; nil for an element of one octet.
    public var contents: [UInt8]?

    /// An element.
    public init(_ identifier: UInt8, _ contents: [UInt8]?) {
      self.identifier = identifier
      self.contents = contents
    }
  }

  /// The call reference without its flag, 0...32,767; 0 is the global one.
  public var callReference: UInt16

  /// The call reference flag: true when the side that did not choose the reference sends the message (§4.3).
  public var isFromDestination: Bool

  /// The type.
  public var messageType: Q931MessageType

  /// The elements in their order.
  public var elements: [Element] = []

  /// A message without elements.
  public init(_ messageType: Q931MessageType, callReference: UInt16, isFromDestination: Bool) {
    self.messageType = messageType
    self.callReference = callReference & 0x7FFF
    self.isFromDestination = isFromDestination
  }

  /// Reads a message, which is all of `bytes`.
  public init(decoding bytes: Span<UInt8>) throws(Q931Error) {
    guard bytes.count >= 5 else { throw .truncated }
    guard bytes.count <= Q931Limits.maxMessageOctets else { throw .tooLong }
    guard bytes[0] == Self.discriminator else { throw .protocolDiscriminator(bytes[0]) }
    // The upper half of the octet is spare.
    let length = Int(bytes[1] & 0x0F)
    guard length == 2, bytes[1] == 2 else { throw .callReference(length) }
    let reference = bytes.bigEndianUInt16(at: 2)
    callReference = reference & 0x7FFF
    isFromDestination = reference & 0x8000 != 0
    messageType = Q931MessageType(rawValue: bytes[4])
    var offset = 5
    while offset < bytes.count {
      guard elements.count < Q931Limits.maxElements else { throw .tooManyElements }
      let identifier = bytes[offset]
      offset += 1
      guard identifier & 0x80 == 0 else {
        elements.append(Element(identifier, nil))
        continue
      }
      // Only User-user has a length of two octets (H.225.0 §7.2.2.31).
      let lengthOctets = identifier == Q931Element.userUser ? 2 : 1
      guard bytes.count - offset >= lengthOctets else { throw .elementTruncated(identifier) }
      let count = lengthOctets == 2 ? Int(bytes.bigEndianUInt16(at: offset)) : Int(bytes[offset])
      offset += lengthOctets
      guard bytes.count - offset >= count else { throw .elementTruncated(identifier) }
      elements.append(Element(identifier, [UInt8](copying: bytes.extracting(offset..<(offset + count)))))
      offset += count
    }
  }

  /// Writes the message.
  public func encoded() throws(Q931Error) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(elements.reduce(8) { $0 + 3 + ($1.contents?.count ?? 0) })
    let reference = callReference & 0x7FFF | (isFromDestination ? 0x8000 : 0)
    bytes += [Self.discriminator, 2, UInt8(reference >> 8), UInt8(reference & 0xFF), messageType.rawValue]
    for element in elements {
      bytes.append(element.identifier)
      guard let contents = element.contents else {
        guard element.identifier & 0x80 != 0 else { throw .element(element.identifier) }
        continue
      }
      guard element.identifier & 0x80 == 0 else { throw .element(element.identifier) }
      if element.identifier == Q931Element.userUser {
        guard contents.count <= 0xFFFF else { throw .tooLong }
        bytes.append(UInt8(contents.count >> 8))
      } else {
        guard contents.count <= 0xFF else { throw .tooLong }
      }
      bytes.append(UInt8(contents.count & 0xFF))
      bytes += contents
    }
    guard bytes.count <= Q931Limits.maxMessageOctets else { throw .tooLong }
    return bytes
  }

  private static let discriminator: UInt8 = 8

  /// The contents of the first element of an identifier; of repeated ones the first counts (§5.8.5.2).
  public func contents(of identifier: UInt8) -> [UInt8]? {
    elements.first { $0.identifier == identifier }?.contents
  }

  /// Sets or takes away the contents of an element; a new one goes in order of identifiers, as §4.5.1 wants it.
  public mutating func setContents(of identifier: UInt8, _ contents: [UInt8]?) {
    let place = elements.firstIndex { $0.identifier == identifier }
    guard let contents else {
      elements.removeAll { $0.identifier == identifier }
      return
    }
    if let place {
      elements[place].contents = contents
      return
    }
    let next = elements.firstIndex { $0.identifier & 0x80 == 0 && $0.identifier > identifier } ?? elements.endIndex
    elements.insert(Element(identifier, contents), at: next)
  }
}

/// Identifiers of information elements (§4.5.1).
public enum Q931Element {
  /// Bearer capability (§4.5.5).
  public static let bearerCapability: UInt8 = 0x04
  /// Cause (§4.5.12).
  public static let cause: UInt8 = 0x08
  /// Call state (§4.5.7).
  public static let callState: UInt8 = 0x14
  /// Facility (Q.932 §8.2).
  public static let facility: UInt8 = 0x1C
  /// Progress indicator (§4.5.23).
  public static let progressIndicator: UInt8 = 0x1E
  /// Notification indicator (§4.5.22).
  public static let notificationIndicator: UInt8 = 0x27
  /// Display (§4.5.16).
  public static let display: UInt8 = 0x28
  /// Keypad facility (§4.5.18).
  public static let keypad: UInt8 = 0x2C
  /// Signal (§4.5.28).
  public static let signal: UInt8 = 0x34
  /// Connected number (Q.951 §5.4.1).
  public static let connectedNumber: UInt8 = 0x4C
  /// Calling party number (§4.5.10).
  public static let callingPartyNumber: UInt8 = 0x6C
  /// Called party number (§4.5.8).
  public static let calledPartyNumber: UInt8 = 0x70
  /// User-user (§4.5.30), which carries the H.323 part.
  public static let userUser: UInt8 = 0x7E
}
