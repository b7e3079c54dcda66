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
