import Wire

/// The media descriptions of a session in order.
public struct MediaList: Sendable, RandomAccessCollection {
  private let storage: SDPStorage

  init(_ storage: SDPStorage) { self.storage = storage }

  /// 0.
  public var startIndex: Int { 0 }

  /// How many there are.
  public var endIndex: Int { storage.index.media.count }

  /// One of them; the position must be one of the list's.
  public subscript(position: Int) -> MediaDescription { MediaDescription(storage, position) }
}

/// One `m=` and the lines below it (RFC 8866 §5.14), read where they lie.
public struct MediaDescription: Sendable {
  let storage: SDPStorage
  /// Which one it is, counted from 0.
  public let index: Int

  init(_ storage: SDPStorage, _ index: Int) {
    self.storage = storage
    self.index = index
  }

  var entry: SDPMediaEntry { storage.index.media[index] }

  /// The kind of media.
  public var type: MediaType { entry.type }

  /// The word for it.
  public var typeText: String { storage.text(entry.typeText.range) }

  /// Where the media is wanted; 0 when the stream is refused or gone (RFC 3264 §6, §8.2).
  public var port: UInt16 { entry.port }

  /// How many ports (or pairs of ports) in a row, for layered media; 1 unless said.
  public var portCount: UInt16 { entry.portCount }

  /// The protocols under the media.
  public var transport: TransportProtocol { entry.transport }

  /// The words for them.
  public var transportText: String { storage.text(entry.transportText.range) }

  /// `i=` below this `m=`.
  public var information: String? { storage.values(of: "i", in: entry.lines).first }

  /// `c=` below this `m=`, or that of the session; nil when there is neither.
  public var connection: ConnectionAddress? { storage.connection(entry.connectionLine ?? storage.index.connectionLine) }

  /// Every `c=` below this `m=`; several for layered multicast only.
  public var connections: [ConnectionAddress] {
    entry.lines.filter { storage.index.lines[$0].letter == UInt8(ascii: "c") }.compactMap(storage.connection)
  }

  /// `b=` below this `m=`.
  public var bandwidths: [Bandwidth] { storage.bandwidths(in: entry.lines) }

  /// `a=` below this `m=`.
  public var attributes: AttributeList { AttributeList(storage, entry.lines) }

  /// Which way media flows: what stands below this `m=`, else what the session says, else both (RFC 8866 §6.7).
  public var direction: MediaDirection { entry.direction ?? storage.index.direction ?? .sendrecv }

  /// The name in groups (RFC 5888 §4).
  public var mid: String? { (try? attributes.first(TokenAttribute.self, named: .mid))?.token }

  /// A value below this `m=`, or of the session where that counts for all streams: `setup`, `fingerprint`, ICE.
  public func inherited<Value: SDPAttributeValue>(_ type: Value.Type) throws(SDPError) -> [Value] {
    let own = try attributes.all(type)
    return own.isEmpty ? try AttributeList(storage, storage.index.sessionLines).all(type) : own
  }
}

// MARK: - RTP and RTCP

extension MediaDescription {
  /// Whether RTCP shares RTP's port, or may (RFC 5761 §5.1.1).
  public var offersRTCPMux: Bool { attributes.contains(.rtcpMux) || attributes.contains(.rtcpMuxOnly) }

  /// Where RTCP is wanted when it does not share RTP's port: `a=rtcp` (RFC 3605), else the next port.
  ///
  /// Nil when there is no such port.
  public var rtcp: RTCPAddress? {
    if let said = try? attributes.first(RTCPAddress.self) { return said }
    return port == 0 || port == 65_535 ? nil : RTCPAddress(port: port + 1)
  }

  /// `a=ptime`: how much media a packet to this side should carry (RFC 8866 §6.4).
  public var packetTime: PacketTime? { (try? attributes.first(PacketTime.self)) ?? nil }

  /// `a=maxptime`: how much a packet may carry (RFC 8866 §6.5).
  public var maximumPacketTime: PacketTime? { (try? attributes.first(PacketTime.self, named: .maxptime)) ?? nil }
}

extension MediaDescription: CustomStringConvertible {
  /// The value of `m=`.
  public var description: String { storage.text(storage.index.lines[entry.lines.lowerBound].value.range) }
}
