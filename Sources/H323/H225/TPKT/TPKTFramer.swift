import Wire

/// Cuts a TCP stream into packets: RFC 1006 §6 as H.225.0 and H.245 use it, without the class 0 transport header.
///
/// A packet is the octet 3, a reserved octet, a length of two octets that counts these four, and the payload. Segments may
/// hold a part of a packet, or many; the framer keeps what is not yet whole, at most one packet.
public struct TPKTFramer: Sendable {
  private var pending: [UInt8] = []
  private let maxPayload: Int
  private var hasFailed = false

  /// A framer at the start of a stream; a longer payload than `maxPayload` octets ends it.
  public init(maxPayload: Int = TPKTLimits.maxPayload) {
    self.maxPayload = min(maxPayload, TPKTLimits.maxPayload)
  }

  /// The number of octets of a packet that is not yet whole.
  public var pendingCount: Int { pending.count }

  /// Takes a segment and hands over the payload of each packet that is now whole, in order.
  ///
  /// A payload may be empty: that is a keep-alive. After an error the stream has no more packets, and every call
  /// throws: where the next one starts cannot be known.
  public mutating func receive(
    _ segment: Span<UInt8>, _ body: (Span<UInt8>) -> Void
  ) throws(TPKTError) {
    guard !hasFailed else { throw .streamIsBroken }
    var offset = 0
    if !pending.isEmpty {
      // The rest of the header first, then the rest of the packet: what follows it is not copied.
      while pending.count < TPKTLimits.headerOctets, offset < segment.count {
        pending.append(segment[offset])
        offset += 1
      }
      if let error = Self.fault(pending.span, maxPayload: maxPayload) { throw fail(error) }
      guard pending.count >= TPKTLimits.headerOctets else { return }
      let length = Int(pending.span.bigEndianUInt16(at: 2))
      let wanted = min(length - pending.count, segment.count - offset)
      pending.append(copying: segment.extracting(offset..<(offset + wanted)))
      offset += wanted
      guard pending.count == length else { return }
      body(pending.span.extracting(TPKTLimits.headerOctets..<length))
      pending.removeAll(keepingCapacity: true)
    }
    while offset < segment.count {
      let rest = segment.extracting(offset..<segment.count)
      if let error = Self.fault(rest, maxPayload: maxPayload) { throw fail(error) }
      guard rest.count >= TPKTLimits.headerOctets else { break }
      let length = Int(rest.bigEndianUInt16(at: 2))
      guard rest.count >= length else { break }
      body(rest.extracting(TPKTLimits.headerOctets..<length))
      offset += length
    }
    if offset < segment.count { pending.append(copying: segment.extracting(offset..<segment.count)) }
  }

  private mutating func fail(_ error: TPKTError) -> TPKTError {
    hasFailed = true
    return error
  }

  /// What is wrong with a packet, as early as its first octets tell.
  private static func fault(_ bytes: Span<UInt8>, maxPayload: Int) -> TPKTError? {
    if bytes.count > 0, bytes[0] != TPKTLimits.version { return .version(bytes[0]) }
    guard bytes.count >= TPKTLimits.headerOctets else { return nil }
    let length = Int(bytes.bigEndianUInt16(at: 2))
    if length < TPKTLimits.headerOctets { return .length(length) }
    return length - TPKTLimits.headerOctets > maxPayload ? .tooLong(length - TPKTLimits.headerOctets) : nil
  }
}

/// Writes packets.
public enum TPKT {
  /// A packet around a payload of at most ``TPKTLimits/maxPayload`` octets.
  public static func packet(_ payload: [UInt8]) throws(TPKTError) -> [UInt8] {
    guard payload.count <= TPKTLimits.maxPayload else { throw .tooLong(payload.count) }
    let length = payload.count + TPKTLimits.headerOctets
    var packet: [UInt8] = []
    packet.reserveCapacity(length)
    packet += [TPKTLimits.version, 0, UInt8(length >> 8), UInt8(length & 0xFF)]
    packet += payload
    return packet
  }
}

/// The figures of RFC 1006.
public enum TPKTLimits {
  /// The version in the first octet.
  public static let version: UInt8 = 3
  /// The octets before the payload.
  public static let headerOctets = 4
  /// The most that the length of two octets allows.
  public static let maxPayload = 65_531
}

/// What was wrong with a stream of packets.
public enum TPKTError: Error, Sendable, Hashable {
  /// The first octet of a packet is not 3.
  case version(UInt8)
  /// A length that is shorter than the header.
  case length(Int)
  /// A payload of so many octets is beyond the limit.
  case tooLong(Int)
  /// An earlier packet was wrong.
  case streamIsBroken
}
