import Wire

/// The pairs of ports that one reactor may use at one address, in an order that nobody can foresee.
///
/// A pair that was given back waits at the end of the queue, so that what is still on its way to a call that has ended
/// does not reach the next one; which of the older half is next, a secret seed decides.
package struct PortPool {
  /// Even ports, RTP's (RFC 3550 §11); RTCP's is the one above.
  private var ring: [UInt16]
  private var head = 0
  package private(set) var count: Int
  private var random: SplitMix64

  package init(_ ports: ClosedRange<UInt16>, reactor: Int, reactors: Int, seed: UInt64) {
    random = SplitMix64(seed: seed)
    var pairs: [UInt16] = []
    var port = Int(ports.lowerBound) + Int(ports.lowerBound & 1)
    var number = 0
    while port + 1 <= Int(ports.upperBound) {
      if number % max(1, reactors) == reactor { pairs.append(UInt16(port)) }
      port += 2
      number += 1
    }
    pairs.shuffle(using: &random)
    ring = pairs
    count = pairs.count
  }

  package mutating func take() -> UInt16? {
    guard count > 0 else { return nil }
    let choice = Int.random(in: 0..<max(1, count / 2), using: &random)
    ring.swapAt(head, (head + choice) % ring.count)
    let port = ring[head]
    head = (head + 1) % ring.count
    count -= 1
    return port
  }

  package mutating func giveBack(_ port: UInt16) {
    guard count < ring.count else { return }
    ring[(head + count) % ring.count] = port
    count += 1
  }
}
