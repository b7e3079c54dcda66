import RTP
import Wire

/// Hears the RTP packets of a stream that go on to the other side, each as its party sent it, without SRTP and before
/// anything is rewritten: for recordings.
///
/// Called on the thread that relays, between a packet's arrival and its leaving: it copies what it wants and returns.
public protocol RelayTap: AnyObject {
  /// A packet of `side`, on its way from where that party sends to where the other one hears.
  func heard(
    _ packet: Span<UInt8>, of side: RelaySide, from source: SocketAddress, to destination: SocketAddress, now: Instant)
}

extension RelayLeg {
  /// Who hears this side.
  struct Tap {
    let hearer: any RelayTap
    let side: RelaySide
  }

  func tell(_ packet: Span<UInt8>, from source: SocketAddress, to destination: SocketAddress, now: Instant) {
    guard let tap else { return }
    tap.hearer.heard(packet, of: tap.side, from: source, to: destination, now: now)
  }
}
