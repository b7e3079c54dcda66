import Testing
import Wire

/// RFC 4291 §2.2 in, RFC 5952 §4 out.
@Suite struct IPAddressTests {
  @Test(arguments: [
    ("0.0.0.0", "0.0.0.0"), ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"),
    ("192.0.2.1", "192.0.2.1"), ("10.0.100.99", "10.0.100.99"),
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("::1:2", "::1:2"),
    ("0:0:0:0:0:0:0:0", "::"), ("0:0:0:0:0:0:0:1", "::1"), ("2001:db8::1", "2001:db8::1"),
    // RFC 4291 §2.2 examples.
    ("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
    ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"), ("FF01:0:0:0:0:0:0:101", "ff01::101"),
    ("0:0:0:0:0:0:13.1.68.3", "::d01:4403"), ("::13.1.68.3", "::d01:4403"),
    // RFC 5952 §4.1 to §4.3: leading zeros, one group is never shortened, the longest run, the first of equals.
    ("2001:0db8::0001", "2001:db8::1"), ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
    ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"), ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
    ("2001:DB8::AAAA", "2001:db8::aaaa"), ("1:0:0:2:3:0:0:0", "1:0:0:2:3::"), ("0:0:1:2:3:4:0:0", "::1:2:3:4:0:0"),
    ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ("1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"),
    ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"),
    ("fe80::1", "fe80::1"),
    // An IPv4-mapped address is the IPv4 address.
    ("::ffff:1.2.3.4", "1.2.3.4"), ("::FFFF:102:304", "1.2.3.4"), ("0:0:0:0:0:ffff:1.2.3.4", "1.2.3.4"),
    ("::ffff:0:0", "0.0.0.0"), ("::fffe:102:304", "::fffe:102:304"), ("::ffff:0:102:304", "::ffff:0:102:304"),
    ("::1:ffff:102:304", "::1:ffff:102:304"),
  ])
  func readsAndWrites(_ text: String, _ written: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == written)
    #expect(IPAddress(written) == address)
    #expect(IPAddress(parsing: Array(text.utf8).span) == address)
    #expect(address.isIPv4 == written.contains("."))
  }

  @Test(arguments: [
    "", "1", ".", ":", "1.2.3", "1.2.3.4.5", "1.2.3.", ".1.2.3", "1..2.3", "256.1.1.1", "1.1.1.1000", "01.2.3.4",
    "1.2.3.00", "0x7f.0.0.1", "1.2.3.4 ", " 1.2.3.4", "1.2.3.-4", "+1.2.3.4", "1,2,3,4", "2130706433", "1.2.3.4a",
    "1.2.3.٤", ":::", "1:", ":1", "1:2", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
    "1::2::3", "1:::2", "12345::", "g::", "::g", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "::1.2.3", "::1.2.3.4.5",
    "::1.2.3.4:5", "1.2.3.4::", "::256.2.3.4", "::01.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4",
    "1:2:3:4:5:6::1.2.3.4:", "[::1]", "::1%eth0", "fe80::1%25eth0", "::1/128", "-1::", "::0x1", "1:2:3:4:5:6:7:8:",
    "::ffff:1.2.3.4%1", "2001:db8::1 ", "1:2:3:4:5:6:7::1.2.3.4", "0000:0000:0000:0000:0000:0000:255.255.255.2555",
  ])
  func refuses(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test func readsTheLongestSpellings() {
    #expect(IPAddress("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")?.high == .max)
    #expect(IPAddress("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255")?.low == .max)
    #expect(IPAddress("0000:0000:0000:0000:0000:ffff:192.168.100.200") == IPAddress(v4: 0xc0a8_64c8))
  }

  @Test func readsWhatItWrites() {
    var random = SplitMix64(seed: 5952)
    for _ in 0..<5000 {
      // Groups are zero half of the time, so that runs of every place and length come about.
      let mask = random.next()
      var halves: [UInt64] = [random.next(), random.next()]
      for group in 0..<8 where mask >> UInt64(group) & 1 == 0 {
        halves[group / 4] &= ~(0xffff << UInt64(group % 4 * 16))
      }
      let address = IPAddress(high: halves[0], low: halves[1])
      #expect(IPAddress(address.description) == address)
      let full = (0..<8).map { String(halves[$0 / 4] >> UInt64((3 - $0 % 4) * 16) & 0xffff, radix: 16) }
      #expect(IPAddress(full.joined(separator: ":")) == address)
      let v4 = IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
      #expect(IPAddress(v4.description) == v4)
    }
  }

  @Test func neverTrapsOnDamagedText() {
    var random = SplitMix64(seed: 4291)
    let alphabet = Array("0123456789abcdefF:::..%[]/ g\0".utf8)
    for _ in 0..<50_000 {
      let text = (0..<Int(random.next() % 48)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
      guard let address = IPAddress(parsing: text.span) else { continue }
      #expect(IPAddress(address.description) == address)
    }
  }

  @Test(arguments: [
    ("127.0.0.1", "loopback"), ("127.255.0.3", "loopback"), ("::1", "loopback"), ("::ffff:127.0.0.1", "loopback"),
    ("126.255.255.255", ""), ("128.0.0.0", ""), ("::2", ""), ("10.0.0.1", "private"), ("11.0.0.1", ""),
    ("172.15.255.255", ""), ("172.16.0.0", "private"), ("172.31.255.255", "private"), ("172.32.0.0", ""),
    ("192.168.0.1", "private"), ("192.167.0.1", ""), ("192.169.0.1", ""), ("100.63.255.255", ""),
    ("100.64.0.0", "private"), ("100.127.255.255", "private"), ("100.128.0.0", ""), ("fbff::1", ""),
    ("fc00::1", "private"), ("fdff::1", "private"), ("fe00::1", ""), ("169.254.1.1", "linkLocal"), ("169.253.1.1", ""),
    ("169.255.1.1", ""), ("fe7f::1", ""), ("fe80::1", "linkLocal"), ("febf::1", "linkLocal"), ("fec0::1", ""),
    ("223.255.255.255", ""), ("224.0.0.1", "multicast"), ("239.1.1.1", "multicast"), ("240.0.0.1", ""),
    ("ff02::1", "multicast"), ("0.0.0.0", "unspecified"), ("::", "unspecified"), ("0.0.0.1", ""),
    ("::a00:1", ""), ("::7f00:1", ""), ("198.51.100.7", ""), ("2001:db8::1", ""),
  ])
  func knowsWhatAnAddressIsFor(_ text: String, _ kind: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.isLoopback == (kind == "loopback"))
    #expect(address.isPrivate == (kind == "private"))
    #expect(address.isLinkLocal == (kind == "linkLocal"))
    #expect(address.isMulticast == (kind == "multicast"))
    #expect(address.isUnspecified == (kind == "unspecified"))
  }

  @Test func givesItsBytesAndBits() {
    #expect(IPAddress(v4: 0x7f00_0001) == IPAddress("127.0.0.1"))
    #expect(IPAddress(v4: 0x7f00_0001).bytes == [127, 0, 0, 1])
    #expect(IPAddress("192.0.2.1")?.v4 == 0xc000_0201)
    #expect(IPAddress("::1")?.v4 == nil)
    #expect(IPAddress("2001:db8::102")?.bytes == [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2])
    #expect(IPAddress.anyIPv4 == IPAddress("0.0.0.0"))
    #expect(IPAddress.anyIPv6 == IPAddress("::"))
    #expect(IPAddress.anyIPv4 != IPAddress.anyIPv6)
    #expect(MemoryLayout<IPAddress>.size == 16)
  }
}

@Suite struct SocketAddressTests {
  @Test(arguments: [
    ("1.2.3.4:5060", "1.2.3.4:5060"), ("[::1]:5060", "[::1]:5060"), ("[2001:DB8:0::1]:0", "[2001:db8::1]:0"),
    ("0.0.0.0:65535", "0.0.0.0:65535"), ("[::ffff:1.2.3.4]:80", "1.2.3.4:80"), ("1.2.3.4:05060", "1.2.3.4:5060"),
  ])
  func readsAndWrites(_ text: String, _ written: String) throws {
    let address = try #require(SocketAddress(text))
    #expect(address.description == written)
    #expect(SocketAddress(written) == address)
  }

  @Test(arguments: [
    "", ":", ":5060", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:+1", "1.2.3.4:5060 ", "::1:5060",
    "[::1]", "[::1]:", "[::1]5060", "[::1:5060", "::1]:5060", "[1.2.3.4]:5060", "[]:1", "[:1", "[:", "[::1]]:1",
    "[[::1]:1",
    "host:5060", "[fe80::1%eth0]:1", "1.2.3.4:5060:1", "1.2.3.4:99999999999999999999",
  ])
  func refuses(_ text: String) {
    #expect(SocketAddress(text) == nil)
  }
}

@Suite struct CIDRTests {
  @Test(arguments: [
    ("10.0.0.0/8", "10.0.0.0", true), ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
    ("10.0.0.0/8", "9.255.255.255", false), ("203.0.113.0/24", "203.0.113.77", true),
    ("203.0.113.0/24", "203.0.112.77", false), ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
    ("192.0.2.1/32", "192.0.2.1", true), ("192.0.2.0/31", "192.0.2.1", true), ("192.0.2.0/31", "192.0.2.2", false),
    ("0.0.0.0/0", "255.255.255.255", true), ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true),
    ("::/0", "1.2.3.4", false), ("2001:db8:1::/48", "2001:db8:1:ffff::1", true),
    ("2001:db8:1::/48", "2001:db8:2::1", false),
    ("2001:db8::/63", "2001:db8:0:1::", true), ("2001:db8::/64", "2001:db8:0:1::", false),
    ("2001:db8::/65", "2001:db8::7fff:0:0:0", true), ("2001:db8::/65", "2001:db8::8000:0:0:0", false),
    ("::1", "::1", true), ("::1", "::2", false), ("::1/128", "::1", true), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
    ("::ffff:10.0.0.0/104", "10.1.2.3", true), ("::ffff:10.0.0.0/104", "11.1.2.3", false),
    ("10.0.0.0/8", "::a00:1", false),
  ])
  func contains(_ network: String, _ address: String, _ expected: Bool) throws {
    let network = try #require(CIDR(network))
    #expect(network.contains(try #require(IPAddress(address))) == expected)
  }

  @Test(arguments: [
    "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/ 8", "10.0.0.0/8 ", "10.0.0/8",
    "10.0.0.1/8", "2001:db8::1/64", "::/129", "::/1000", "::/00", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0",
    "::ffff:10.0.0.0/8", "::ffff:10.0.0.0/95", "host/8", "10.0.0.0/a",
  ])
  func refuses(_ text: String) {
    #expect(CIDR(text) == nil)
  }

  @Test func writesItself() {
    #expect(CIDR("10.0.0.0/8")?.description == "10.0.0.0/8")
    #expect(CIDR("2001:DB8::/32")?.description == "2001:db8::/32")
    #expect(CIDR("192.0.2.1")?.description == "192.0.2.1/32")
    #expect(CIDR("::ffff:10.0.0.0/104") == CIDR("10.0.0.0/8"))
    #expect(CIDR(.anyIPv4, prefixLength: 33) == nil)
    #expect(CIDR(.anyIPv6, prefixLength: -1) == nil)
  }

  @Test func agreesWithComparingBitByBit() {
    var random = SplitMix64(seed: 4632)
    for _ in 0..<5000 {
      let isIPv4 = random.next() & 1 == 0
      let first =
        isIPv4
        ? IPAddress(v4: UInt32(truncatingIfNeeded: random.next()))
        : IPAddress(high: random.next() | 1 << 63, low: random.next())
      let width = isIPv4 ? 32 : 128
      let length = Int(random.next() % UInt64(width + 1))
      let bits = { (address: IPAddress) in address.bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } } }
      var network = bits(first)
      for index in length..<width { network[index] = 0 }
      let groups = stride(from: 0, to: width, by: 8).map { start in
        network[start..<(start + 8)].reduce(0) { $0 << 1 | UInt64($1) }
      }
      let base =
        isIPv4
        ? IPAddress(v4: UInt32(groups.reduce(0) { $0 << 8 | $1 }))
        : IPAddress(high: groups[..<8].reduce(0) { $0 << 8 | $1 }, low: groups[8...].reduce(0) { $0 << 8 | $1 })
      guard let cidr = CIDR(base, prefixLength: length) else {
        Issue.record("\(base)/\(length) was refused")
        return
      }
      #expect(cidr.contains(first))
      let flipped = Int(random.next() % UInt64(width))
      let other =
        isIPv4
        ? IPAddress(v4: (first.v4 ?? 0) ^ 1 << UInt32(31 - flipped))
        : flipped < 64
          ? IPAddress(high: first.high ^ 1 << UInt64(63 - flipped), low: first.low)
          : IPAddress(high: first.high, low: first.low ^ 1 << UInt64(127 - flipped))
      #expect(cidr.contains(other) == (flipped >= length))
    }
  }
}
