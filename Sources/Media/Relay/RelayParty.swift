import Wire

/// What a packet needs to know of a side: ``RelayPeer`` without its keys and codecs. It is looked at for every packet, and
/// holds nothing that would have to be counted for that.
struct RelayParty {
  let media: SocketAddress?
  let control: SocketAddress?
  let isMultiplexed: Bool
  let direction: RelayDirection
  let signalledFrom: IPAddress?
  let learning: RelayLearning
  var payloadTypes: RelayPayloadTypes
  let telephoneEvent: UInt8?
  let telephoneEventClockRate: UInt32
  let keyEvents: RelayKeyEvents?
  let clockRate: UInt32

  init(_ peer: RelayPeer) {
    media = peer.media
    control = peer.control
    isMultiplexed = peer.isMultiplexed
    direction = peer.direction
    signalledFrom = peer.signalledFrom
    learning = peer.learning
    payloadTypes = peer.payloadTypes
    telephoneEvent = peer.telephoneEvent
    telephoneEventClockRate = peer.telephoneEventClockRate
    keyEvents = peer.keyEvents
    clockRate = peer.clockRate
  }
}

extension RelayParty {
  /// Where RTCP comes from, by its description.
  var toldControl: SocketAddress? {
    if let control { return control }
    guard let media, media.port < .max else { return nil }
    return SocketAddress(ip: media.ip, port: media.port + 1)
  }

  /// Whether a source at this address may be the peer's, without keys.
  func mayLearn(_ ip: IPAddress) -> Bool {
    switch learning {
    case .off: return false
    case .port: return ip == media?.ip
    case .address:
      guard let media else { return false }
      return ip == media.ip || ip == signalledFrom && !media.ip.isRoutable
    }
  }

  /// The address in the description, if it is one to send to.
  var reachableMedia: SocketAddress? { media.flatMap { isReachable($0) ? $0 : nil } }

  /// The same for RTCP.
  var reachableControl: SocketAddress? { toldControl.flatMap { isReachable($0) ? $0 : nil } }

  /// A peer out there cannot send us to hosts of our own network, or to ourselves, by writing their addresses.
  private func isReachable(_ address: SocketAddress) -> Bool {
    guard address.port != 0, !address.ip.isUnspecified, !address.ip.isMulticast else { return false }
    guard let signalledFrom, signalledFrom != address.ip, !address.ip.isRoutable else { return true }
    return address.ip.isLoopback ? signalledFrom.isLoopback : !signalledFrom.isRoutable
  }
}

extension RelayPeer {
  /// Where RTCP comes from, by its description.
  package var toldControl: SocketAddress? { RelayParty(self).toldControl }

  /// Whether a source at this address may be the peer's, without keys.
  package func mayLearn(_ ip: IPAddress) -> Bool { RelayParty(self).mayLearn(ip) }

  /// The address in the description, if it is one to send to.
  package var reachableMedia: SocketAddress? { RelayParty(self).reachableMedia }

  /// The same for RTCP.
  package var reachableControl: SocketAddress? { RelayParty(self).reachableControl }
}
