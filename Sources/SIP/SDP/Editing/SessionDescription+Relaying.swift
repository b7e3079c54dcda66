import Wire

/// Where one stream is to go instead: the ports of a relay.
public struct RelayEndpoint: Sendable, Hashable {
  /// The relay's address.
  public var address: IPAddress
  /// The port for RTP, or for all of the stream.
  public var port: UInt16
  /// The port for RTCP; nil when it is the next one, or shared.
  public var rtcpPort: UInt16?

  /// An endpoint.
  public init(_ address: IPAddress, port: UInt16, rtcpPort: UInt16? = nil) {
    self.address = address
    self.port = port
    self.rtcpPort = rtcpPort
  }
}

extension SessionDescription {
  /// The description as a relay passes it on: the streams' addresses and ports replaced, every other byte as it came.
  ///
  /// - A stream is named by its place; nil leaves it as it is, and so does a port 0, which stays 0.
  /// - A count of ports stays where it fits behind the new port.
  /// - `c=` is replaced where it stands. A `c=` of the session that streams with different addresses share stays right for
  ///   the first of them; the others get one of their own.
  /// - `0.0.0.0` and `::` stay: they are a hold of old (RFC 3264 §8.4), and an address there would end it.
  /// - `a=rtcp` is replaced where it stands; a stream that has none and does not share RTP's port gets one when its RTCP
  ///   port is not the next one.
  /// - `a=candidate` and `a=remote-candidates` stay, and are addresses around the relay: use ``SDPEditor`` to take them
  ///   out where ICE ends here.
  ///
  /// - Parameters:
  ///   - endpoints: one for each stream; missing ones count as nil.
  ///   - origin: the address in `o=`, to hide the one behind; nil leaves it.
  public func relayed(to endpoints: [RelayEndpoint?], origin: IPAddress? = nil) -> SessionDescription {
    let relayed = relayedBytes(to: endpoints, origin: origin)
    // Numbers and addresses in their places cannot make a description malformed; see FuzzSDP.
    return (try? SessionDescription(parsing: relayed, limits: .unlimited)) ?? self
  }

  /// The bytes of ``relayed(to:origin:)``, for who sends them and looks no further.
  public func relayedBytes(to endpoints: [RelayEndpoint?], origin: IPAddress? = nil) -> [UInt8] {
    let bytes = storage.bytes
    let index = storage.index
    var splicer = SDPSplicer(bytes.span, growth: 48 * (endpoints.count + 1))
    let session = sharedAddress(of: endpoints)

    var replacements: [(range: Range<Int>, text: String)] = []
    if let origin {
      let line = index.lines[index.originLine]
      replacements.append((line.value.range, self.origin.with(address: origin).description))
    }
    if let line = index.connectionLine, let session {
      replacements.append((index.lines[line].value.range, ConnectionAddress(session).description))
    }
    // `o=` may stand behind `c=`, and the splicer goes forwards only.
    if replacements.count == 2, replacements[0].range.lowerBound > replacements[1].range.lowerBound {
      replacements.swapAt(0, 1)
    }
    for (range, text) in replacements { splicer.replace(range) { $0.append(text: text) } }
    for (entry, endpoint) in zip(index.media, endpoints) {
      guard let endpoint, entry.port != 0 else { continue }
      splicer.replace(entry.portRange(for: endpoint.port)) { $0.append(number: endpoint.port) }
      let isShared = entry.connectionLine == nil
      let needsOwn = isShared && needsConnection(endpoint, session)
      var hasRTCP = false
      var sharesPort = false
      var hasOwn = !needsOwn
      for number in entry.lines.dropFirst() {
        let line = index.lines[number]
        // §5.14: `i=` comes before `c=`.
        if !hasOwn, line.letter != UInt8(ascii: "i") {
          splicer.insert(at: line.start) { Self.writeConnection(endpoint.address, $1, into: &$0) }
          hasOwn = true
        }
        if line.letter == UInt8(ascii: "c"), storage.connection(number)?.isUnspecified == false {
          splicer.replace(line.value.range) { ConnectionAddress(endpoint.address).write(into: &$0) }
        } else if line.attribute == .rtcp, line.letter == UInt8(ascii: "a") {
          hasRTCP = true
          Self.replaceRTCP(storage, number, entry.port, endpoint, &splicer)
        } else if line.attribute == .rtcpMux || line.attribute == .rtcpMuxOnly {
          sharesPort = true
        }
      }
      let needsRTCP = !hasRTCP && !sharesPort && entry.transport.isRTP && needsRTCPLine(endpoint)
      if !hasOwn || needsRTCP {
        let end = entry.lines.upperBound < index.lines.count ? index.lines[entry.lines.upperBound].start : bytes.count
        splicer.insert(at: end) { output, lineEnd in
          if !hasOwn { Self.writeConnection(endpoint.address, lineEnd, into: &output) }
          if needsRTCP, let port = endpoint.rtcpPort { output.append(text: "a=rtcp:\(port)\(lineEnd)") }
        }
      }
    }
    return splicer.finish()
  }

  /// What `c=` of the session becomes: the address of the first stream that relies on it, else of the first one at all,
  /// when every stream that relies on it and is in use moves too.
  private func sharedAddress(of endpoints: [RelayEndpoint?]) -> IPAddress? {
    guard let shared = connection, !shared.isUnspecified else { return nil }
    var relying: IPAddress?
    var any: IPAddress?
    for (number, entry) in storage.index.media.enumerated() where entry.port != 0 {
      let endpoint = number < endpoints.count ? endpoints[number] : nil
      any = any ?? endpoint?.address
      guard entry.connectionLine == nil else { continue }
      guard let endpoint else { return nil }
      relying = relying ?? endpoint.address
    }
    return relying ?? any
  }

  /// Whether a stream without `c=` of its own needs one.
  private func needsConnection(_ endpoint: RelayEndpoint, _ session: IPAddress?) -> Bool {
    if let connection, connection.isUnspecified { return false }
    return session != endpoint.address
  }

  private func needsRTCPLine(_ endpoint: RelayEndpoint) -> Bool {
    guard let rtcpPort = endpoint.rtcpPort else { return false }
    return rtcpPort != endpoint.port &+ 1
  }

  private static func writeConnection(_ address: IPAddress, _ lineEnd: String, into output: inout [UInt8]) {
    output.append(text: "c=")
    ConnectionAddress(address).write(into: &output)
    output.append(text: lineEnd)
  }

  /// The port, and the address where there is one. A malformed value is replaced as well: its address may be real.
  private static func replaceRTCP(
    _ storage: SDPStorage, _ number: Int, _ oldPort: UInt16, _ endpoint: RelayEndpoint, _ splicer: inout SDPSplicer
  ) {
    let line = storage.index.lines[number]
    guard let range = line.attributeValue else { return }
    let bytes = storage.bytes
    var scanner = SDPScanner(bytes.span, range)
    let said = try? RTCPAddress.whole(&scanner)
    // Browsers write RTP's own port where they mean to share it.
    let isSame = said?.port == oldPort || endpoint.port == 65_535
    let port = endpoint.rtcpPort ?? (isSame ? endpoint.port : endpoint.port + 1)
    splicer.replace(range) {
      $0.append(number: port)
      if said?.address != nil {
        $0.append(UInt8(ascii: " "))
        ConnectionAddress(endpoint.address).write(into: &$0)
      }
    }
  }
}
