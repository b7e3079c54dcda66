import ProxyProtocol
import Testing
import Wire

@Suite struct ProxyHeaderTests {
  private static let signature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
  ]

  /// 203.0.113.5:40000 to 192.0.2.1:5060.
  private static let v4: [UInt8] = [203, 0, 113, 5, 192, 0, 2, 1, 0x9C, 0x40, 0x13, 0xC4]

  private static func header(
    _ command: UInt8 = 0x21, _ family: UInt8 = 0x11, _ rest: [UInt8] = v4, length: Int? = nil
  ) -> [UInt8] {
    let length = length ?? rest.count
    return signature + [command, family, UInt8(length >> 8 & 255), UInt8(length & 255)] + rest
  }

  private func read(_ bytes: [UInt8], limits: ProxyHeaderLimits = .default) -> Result<
    ProxyHeader.Reading, ProxyHeaderError
  > {
    do { return .success(try ProxyHeader.read(bytes.span, limits: limits)) } catch { return .failure(error) }
  }

  private func addresses(_ source: String, _ destination: String) throws -> ProxyHeader.Addresses {
    .init(source: try #require(SocketAddress(source)), destination: try #require(SocketAddress(destination)))
  }

  @Test func bothFamilies() throws {
    let found = read(Self.header() + Array("INVITE".utf8))
    guard case .success(.header(let header)) = found else {
      Issue.record("\(found)")
      return
    }
    #expect(header.addresses == (try addresses("203.0.113.5:40000", "192.0.2.1:5060")))
    #expect(header.byteCount == 28)
    let six: [UInt8] = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [7]
    let other = read(Self.header(0x21, 0x21, six + six + [0, 1, 0x13, 0xC4]))
    guard case .success(.header(let second)) = other else {
      Issue.record("\(other)")
      return
    }
    #expect(second.addresses == (try addresses("[2001:db8::7]:1", "[2001:db8::7]:5060")))
    #expect(second.byteCount == 52)
  }

  @Test func theBalancersOwnConnections() {
    for header in [
      Self.header(0x20, 0x00, []), Self.header(0x20, 0x11), Self.header(0x20, 0xFF, [1, 2, 3]),
      Self.header(0x21, 0x00, []),
    ] {
      guard case .success(.header(let read)) = read(header) else {
        Issue.record("\(header)")
        continue
      }
      #expect(read.addresses == nil)
      #expect(read.byteCount == header.count)
    }
  }

  /// A header may come byte by byte; what it waits for is never more than what is missing.
  @Test func inPieces() {
    let whole = Self.header(0x21, 0x11, Self.v4 + [0x04, 0, 2, 0, 0])
    for count in 0..<whole.count {
      guard case .success(.needMore(let more)) = read(Array(whole[..<count])) else {
        Issue.record("\(count)")
        continue
      }
      #expect(more >= 1 && more <= whole.count - count)
    }
  }

  @Test func whatIsNone() {
    let cases: [([UInt8], ProxyHeaderError)] = [
      (Array("PROXY TCP4 203.0.113.5 192.0.2.1 40000 5060\r\n".utf8), .signature),
      (Array("INVITE sip:a@b SIP/2.0".utf8), .signature), ([0x0D, 0x0A, 0x0D, 0x0A, 0x01], .signature),
      ([0x16], .signature), (Self.header(0x11), .version), (Self.header(0x31), .version), (Self.header(0x22), .command),
      (Self.header(0x21, 0x12), .family), (Self.header(0x21, 0x31, [UInt8](repeating: 0, count: 216)), .family),
      (Self.header(0x21, 0x10), .family), (Self.header(0x21, 0x22), .family),
      (Self.header(0x21, 0x11, Array(Self.v4.dropLast())), .addresses), (Self.header(0x21, 0x21), .addresses),
      (Self.header(0x21, 0x11, [0, 0, 0, 0] + Self.v4.dropFirst(4)), .addresses),
      (Self.header(0x21, 0x11, Self.v4[..<8] + [0, 0, 1, 1]), .addresses),
      (Self.header(0x21, 0x11, Self.v4 + [1]), .tlv), (Self.header(0x21, 0x11, Self.v4 + [1, 0]), .tlv),
      (Self.header(0x21, 0x11, Self.v4 + [1, 0, 1]), .tlv),
      (Self.header(0x21, 0x11, Self.v4 + [1, 0xFF, 0xFF, 0]), .tlv),
      (Self.header(0x21, 0x11, Self.v4 + [3, 0, 3, 0, 0, 0]), .tlv),
      (Self.header(0x21, 0x11, Self.v4 + [3, 0, 4, 0, 0, 0, 0]), .checksum),
    ]
    for (bytes, error) in cases { #expect(read(bytes) == .failure(error), "\(bytes)") }
  }

  /// Over all bytes with zeros in its place (§2.2.3), computed by another implementation, which gives E3069283 for
  /// "123456789" as RFC 3720 B.4's polynomial does.
  @Test func checksum() {
    let sum: [UInt8] = [0x26, 0xBD, 0x86, 0x5B]
    var header = Self.header(0x21, 0x11, Self.v4 + [3, 0, 4] + sum + [0x04, 0, 1, 9])
    guard case .success(.header(let read1)) = read(header) else {
      Issue.record("\(read(header))")
      return
    }
    #expect(read1.byteCount == header.count)
    for index in [16, 30, 33, header.count - 1] {
      header[index] ^= 1
      #expect(read(header) == .failure(index == 30 ? .tlv : .checksum), "\(index)")
      header[index] ^= 1
    }
    // Twice is once too often, even if one is right.
    let twice = Self.header(0x21, 0x11, Self.v4 + [3, 0, 4] + sum + [3, 0, 4] + sum)
    #expect(read(twice) == .failure(.tlv))
  }

  @Test func limits() {
    var limits = ProxyHeaderLimits()
    limits.maxLength = 20
    limits.maxTLVs = 2
    let two = Self.v4 + [4, 0, 0, 4, 0, 2, 0, 0]
    #expect(two.count == 20)
    guard case .success(.header) = read(Self.header(0x21, 0x11, two), limits: limits) else {
      Issue.record("at the limit")
      return
    }
    // Known before anything of it has come.
    #expect(read(Self.header(0x21, 0x11, [], length: 21), limits: limits) == .failure(.tooLong))
    limits.maxLength = 30
    let three = Self.header(0x21, 0x11, Self.v4 + [4, 0, 0, 4, 0, 0, 4, 0, 0])
    #expect(read(three, limits: limits) == .failure(.tooManyTLVs))
    guard case .success(.header) = read(three) else {
      Issue.record("three TLVs")
      return
    }
  }
}
