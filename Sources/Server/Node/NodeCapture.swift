import HEP
import Reactor
import SIPMessage
import SIPTransaction
import Settings
import Synchronization
import Telemetry
import Wire
import Witness

/// What goes to a capture server (HEP3), as all reactors share it: a copy of every SIP message that comes or goes, and the
/// turns of calls as JSON, tied together by their Call-ID. It travels as it is: what protects the link is not done here.
final class CapturePlan: Sendable {
  let encoder: HEPEncoder
  let server: SocketAddress
  let hasEvents: Bool
  /// Our end of streams that are still being opened, by listener number; the first stands for us in events.
  private let listeners: [SocketAddress]
  private let seats: [ExitSeat]

  /// Opens one socket for each reactor.
  init(_ settings: Settings.HEP, key: [UInt8]?, listeners: [SocketAddress], reactors: Int) throws {
    encoder = HEPEncoder(
      try HEPAgent(
        id: settings.captureID, nodeName: settings.nodeName.map { Array($0.utf8) }, authenticateKey: key))
    server = settings.server
    hasEvents = settings.hasEvents
    self.listeners = listeners
    var seats: [ExitSeat] = []
    for _ in 0..<reactors { seats.append(ExitSeat(try DatagramExit(isIPv4: settings.server.ip.isIPv4))) }
    self.seats = seats
  }

  /// The part of one reactor; once, on its thread.
  func join(_ reactor: Int) -> ReactorCapture? {
    guard seats.indices.contains(reactor), let exit = seats[reactor].take() else { return nil }
    return ReactorCapture(self, exit)
  }

  /// The address that a listener is bound to.
  func address(ofListener number: UInt16) -> SocketAddress {
    listeners.indices.contains(Int(number)) ? listeners[Int(number)] : own
  }

  var own: SocketAddress { listeners.first ?? SocketAddress(ip: .anyIPv4, port: 0) }
}

/// Where a socket waits for the thread that will own it.
private final class ExitSeat: Sendable {
  private let exit: Mutex<DatagramExit?>

  init(_ exit: consuming sending DatagramExit) { self.exit = Mutex(exit) }

  func take() -> sending DatagramExit? { exit.withLock { $0.take() } }
}

/// The capture of one reactor: packets are written into one buffer, copied to the socket's outbox, and leave at the end of
/// the wake-up. Nothing here waits, and what the system has no room for is counted and gone.
struct ReactorCapture: ~Copyable {
  private let plan: CapturePlan
  private var exit: DatagramExit
  private var packet: [UInt8] = []
  /// Taken out while a message is looked at, since the view borrows it.
  private var index: SIPMessageIndex? = SIPMessageIndex()
  private var tooLong: UInt64 = 0

  fileprivate init(_ plan: CapturePlan, _ exit: consuming DatagramExit) {
    self.plan = plan
    self.exit = exit
  }

  /// A message that came.
  ///
  /// - Parameter local: our end, as the socket says it.
  mutating func received(
    _ view: SIPMessageView, _ bytes: Span<UInt8>, from hop: Hop, local: SocketAddress?, at time: UTCTimestamp
  ) {
    let envelope = envelope(
      from: hop.remote, to: local ?? plan.address(ofListener: hop.listener), hop.transport, at: time)
    if let callID = try? view.callID() {
      put(envelope, view.slice(callID), bytes)
    } else {
      put(envelope, bytes.extracting(0..<0), bytes)
    }
  }

  /// A message that goes.
  ///
  /// - Parameter local: our end; nil: a stream that is being opened, and does not know yet.
  mutating func sent(
    _ bytes: [UInt8], from local: SocketAddress?, to remote: SocketAddress, _ hop: Hop, at time: UTCTimestamp
  ) {
    let envelope = envelope(
      from: local ?? plan.address(ofListener: hop.listener), to: remote, hop.transport, at: time)
    var own = index.take() ?? SIPMessageIndex()
    let span = bytes.span
    do {
      try own.index(span, framing: .datagram)
      let view = own.view(of: span)
      put(envelope, view.slice(try view.callID()), span)
    } catch {
      // What we write has a Call-ID; a copy without one is better than none.
      put(envelope, span.extracting(0..<0), span)
    }
    index = consume own
  }

  /// A turn of a call.
  mutating func note(_ event: WitnessEvent) {
    guard plan.hasEvents else { return }
    switch event.name {
    case .callConnected, .callTerminated, .callRejected: break
    default: return
    }
    let own = plan.own
    let envelope = HEPEnvelope(
      source: event.peer?.address ?? own, destination: own, protocolID: .udp, time: event.time, protocolType: .log)
    var json: [UInt8] = []
    event.appendJSON(to: &json)
    let callID = Array((event.callID ?? "").utf8)
    put(envelope, callID.span, json.span)
  }

  /// The end of a wake-up: what waits leaves. Returns what became of all copies so far.
  mutating func flush() -> HEPCounters {
    if !exit.isEmpty { exit.flush() }
    var counters = HEPCounters()
    counters.sent = exit.counts.sent
    counters.dropped = exit.counts.dropped
    counters.failed = exit.counts.failed
    counters.tooLong = tooLong
    return counters
  }

  private func envelope(
    from source: SocketAddress, to destination: SocketAddress, _ transport: SIPTransportKind, at time: UTCTimestamp
  ) -> HEPEnvelope {
    HEPEnvelope(
      source: source, destination: destination, protocolID: transport == .udp ? .udp : .tcp, time: time,
      protocolType: .sip)
  }

  private mutating func put(_ envelope: HEPEnvelope, _ correlationID: Span<UInt8>, _ payload: Span<UInt8>) {
    // Taken out while it is sent, since a span of it borrows all of this.
    var packet: [UInt8] = []
    swap(&packet, &self.packet)
    packet.removeAll(keepingCapacity: true)
    do throws(HEPError) {
      try plan.encoder.append(envelope, correlationID: correlationID, payload: payload, to: &packet)
    } catch {
      packet.removeAll(keepingCapacity: true)
    }
    if packet.isEmpty || packet.count > Outbox.maximumDatagramBytes {
      tooLong += 1
    } else {
      exit.send(packet.span, to: plan.server)
    }
    swap(&packet, &self.packet)
  }
}
