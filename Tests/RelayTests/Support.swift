import OpenSSLCrypto
import RTP
import Relay
import SRTP
import Testing
import Wire

/// An address by its text, which the tests write correctly.
func at(_ text: String) -> SocketAddress { SocketAddress(text) ?? SocketAddress(ip: .anyIPv4, port: 0) }

func key(_ suite: SRTPSuite, _ number: UInt8) throws -> SRTPMasterKey {
  try SRTPMasterKey(suite, bytes: [UInt8](repeating: number, count: suite.masterBytes).span)
}

/// What came out of the relay.
struct Relayed {
  var verdict: RelayVerdict
  var bytes: [UInt8] = []

  var isForwarded: Bool { if case .forward = verdict { true } else { false } }
  var destination: SocketAddress? { if case .forward(let address, _, _) = verdict { address } else { nil } }
  var component: RelayComponent? { if case .forward(_, let component, _) = verdict { component } else { nil } }
}

/// A stream and a clock.
final class Rig {
  var stream: RelayStream
  var now = Instant(milliseconds: 1_000)

  init(_ settings: RelaySettings = RelaySettings()) { stream = RelayStream(settings, now: now) }

  func set(_ phone: Phone) { stream.set(phone.description, of: phone.side, now: now) }

  func wait(_ duration: Duration) { now += duration }

  /// Gives the relay a datagram as if it had come from somewhere.
  func give(
    _ bytes: [UInt8], from source: SocketAddress, on side: RelaySide, _ component: RelayComponent = .media
  ) -> Relayed {
    var buffer = bytes + [UInt8](repeating: 0xA5, count: RelayLimits.maxTrailerBytes)
    var span = buffer.mutableSpan
    let verdict = stream.receive(
      &span, count: bytes.count, component: component, from: source, on: side, now: now)
    guard case .forward(_, _, let count) = verdict else { return Relayed(verdict: verdict) }
    return Relayed(verdict: verdict, bytes: Array(buffer.prefix(count)))
  }

  /// The phone's next packet, from where the phone is.
  func speak(_ phone: Phone, payload: [UInt8] = [1, 2, 3]) -> Relayed {
    give(phone.packet(payload), from: phone.address, on: phone.side)
  }

  func report(_ phone: Phone, _ packets: [RTCPPacket]) throws -> Relayed {
    let isMultiplexed = phone.description.isMultiplexed
    return give(
      try phone.control(packets), from: isMultiplexed ? phone.address : phone.controlAddress, on: phone.side,
      isMultiplexed ? .media : .control)
  }
}

/// One end of a call, which speaks RTP or SRTP.
final class Phone {
  let side: RelaySide
  var address: SocketAddress
  var description: RelayPeer
  var fields: RTPPacketFields
  private var sender: SRTPSender?
  private var receiver: SRTPReceiver?

  init(
    _ side: RelaySide, _ address: String, ssrc: UInt32, number: UInt16 = 100,
    keys: (send: SRTPMasterKey, receive: SRTPMasterKey)? = nil
  ) {
    self.side = side
    self.address = at(address)
    description = RelayPeer(media: at(address))
    fields = RTPPacketFields(payloadType: 0, sequenceNumber: number, timestamp: 160_000, ssrc: ssrc)
    if let keys { use(keys) }
  }

  /// Both directions under other keys.
  func use(_ keys: (send: SRTPMasterKey, receive: SRTPMasterKey)) {
    sender = SRTPSender(keys.send)
    receiver = SRTPReceiver(keys.receive)
    description.protection = RelayProtection(receive: keys.send, send: keys.receive)
  }

  var controlAddress: SocketAddress { SocketAddress(ip: address.ip, port: address.port + 1) }

  /// Its next packet of 20 ms.
  func packet(_ payload: [UInt8] = [1, 2, 3], type: UInt8? = nil) -> [UInt8] {
    var fields = fields
    if let type { fields.payloadType = type }
    self.fields.sequenceNumber &+= 1
    self.fields.timestamp &+= 160
    return protect(bytes(fields, payload))
  }

  func bytes(_ fields: RTPPacketFields, _ payload: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 12)
    var span = bytes.mutableSpan
    #expect((try? fields.writeHeader(into: &span)) != nil)
    return bytes + payload
  }

  func protect(_ packet: [UInt8]) -> [UInt8] {
    var buffer = packet + [UInt8](repeating: 0, count: RelayLimits.maxTrailerBytes)
    var span = buffer.mutableSpan
    let count = (try? sender?.protect(&span, count: packet.count)) ?? packet.count
    return Array(buffer.prefix(count))
  }

  func control(_ packets: [RTCPPacket]) throws -> [UInt8] {
    let packet = try RTCPCompound(packets).bytes()
    var buffer = packet + [UInt8](repeating: 0, count: RelayLimits.maxTrailerBytes)
    var span = buffer.mutableSpan
    let count = try sender?.protectRTCP(&span, count: packet.count) ?? packet.count
    return Array(buffer.prefix(count))
  }

  /// What it hears of a relayed packet; nil when its keys do not fit.
  func hear(_ relayed: Relayed) -> (fields: RTPPacketFields, payload: [UInt8])? {
    guard relayed.isForwarded else { return nil }
    var bytes = relayed.bytes
    var count = bytes.count
    var span = bytes.mutableSpan
    do throws(SRTPError) {
      count = try receiver?.unprotect(&span, count: count) ?? count
    } catch {
      return nil
    }
    bytes = Array(bytes.prefix(count))
    guard let header = try? RTPHeader(bytes.span) else { return nil }
    return (RTPPacketFields(header), Array(bytes[header.payload.lowerBound..<header.payload.upperBound]))
  }

  func hearControl(_ relayed: Relayed) throws -> [RTCPPacket] {
    var bytes = relayed.bytes
    var count = bytes.count
    var span = bytes.mutableSpan
    count = try receiver?.unprotectRTCP(&span, count: count) ?? count
    return try RTCPCompound(parsing: bytes.span.extracting(0..<count), allowing: .reducedSize).packets
  }
}

/// Two plain phones, described and heard.
func call(
  caller: Phone = Phone(.caller, "192.0.2.1:4000", ssrc: 0xA),
  callee: Phone = Phone(.callee, "198.51.100.1:6000", ssrc: 0xB), settings: RelaySettings = RelaySettings()
) -> (rig: Rig, caller: Phone, callee: Phone) {
  let rig = Rig(settings)
  rig.set(caller)
  rig.set(callee)
  return (rig, caller, callee)
}
