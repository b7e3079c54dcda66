import SIPLocation
import SIPMessage
import Testing
import Wire

/// RFC 2782, "Usage rules", seen from outside: the first hop of many locations.
@Suite("Order of a service's hosts")
struct ServiceOrderTests {
  /// How often each host comes first, and the lists seen, over so many locations.
  private func shares(_ zone: String, runs: UInt64) throws -> (first: [String: Int], lists: Set<String>) {
    let zone = Zone(zone)
    var first: [String: Int] = [:]
    var lists: Set<String> = []
    for seed in 0..<runs {
      let located = try zone.locate("sip:example.com;transport=udp", from: .udp4, random: seed)
      guard case .located(let hops) = located.outcome, let hop = hops.first else { continue }
      first["\(hop.address.ip)", default: 0] += 1
      lists.insert(located.text)
    }
    return (first, lists)
  }

  private static let hosts = """
    a.example.com A 192.0.2.1
    b.example.com A 192.0.2.2
    c.example.com A 192.0.2.3
    """

  @Test("equals in priority come first in proportion to their weights; every order occurs")
  func weights() throws {
    let (first, lists) = try shares(
      """
      _sip._udp.example.com SRV 1 60 5060 a.example.com
      _sip._udp.example.com SRV 1 30 5060 b.example.com
      _sip._udp.example.com SRV 1 10 5060 c.example.com
      \(Self.hosts)
      """, runs: 10_000)
    // The number is drawn from 0 to the sum, both included: 61, 30 and 10 of 101. Five standard deviations are 245.
    #expect(abs((first["192.0.2.1"] ?? 0) - 6_040) < 245)
    #expect(abs((first["192.0.2.2"] ?? 0) - 2_970) < 245)
    #expect(abs((first["192.0.2.3"] ?? 0) - 990) < 245)
    #expect(lists.count == 6)
  }

  @Test("a lower priority always comes first, whatever the weights")
  func priorities() throws {
    let (first, lists) = try shares(
      """
      _sip._udp.example.com SRV 2 65535 5060 a.example.com
      _sip._udp.example.com SRV 1 0 5060 b.example.com
      _sip._udp.example.com SRV 3 65535 5060 c.example.com
      \(Self.hosts)
      """, runs: 200)
    #expect(first == ["192.0.2.2": 200])
    #expect(lists == ["udp 192.0.2.2:5060, udp 192.0.2.1:5060, udp 192.0.2.3:5060"])
  }

  @Test("weight zero among others has a small chance, and not none")
  func zeroWeight() throws {
    let (first, _) = try shares(
      """
      _sip._udp.example.com SRV 1 99 5060 a.example.com
      _sip._udp.example.com SRV 1 0 5060 b.example.com
      \(Self.hosts)
      """, runs: 10_000)
    // One number of a hundred leads to it.
    #expect((50...160).contains(first["192.0.2.2"] ?? 0), "\(first)")
  }

  @Test("weights at the limit do not overflow")
  func heavy() throws {
    let rows = (1...32).map {
      "_sip._udp.example.com SRV 1 65535 5060 h\($0).example.com\nh\($0).example.com A 192.0.2.\($0)"
    }
    let (first, _) = try shares(rows.joined(separator: "\n"), runs: 500)
    #expect(first.count > 25)
  }
}
