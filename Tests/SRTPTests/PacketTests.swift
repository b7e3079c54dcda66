import RTP
import SRTP
import Testing
import Wire

@Suite struct PacketTests {
  /// A header with contributing sources and an extension, for what must stay in the clear.
  private static var decorated: [UInt8] {
    var packet = [UInt8](repeating: 0x55, count: 120)
    var span = packet.mutableSpan
    let fields = RTPPacketFields(marker: true, payloadType: 96, sequenceNumber: 7, timestamp: 9, ssrc: 11)
    let sources: [UInt32] = [1, 2, 3]
    _ = try? fields.writeHeader(
      into: &span, contributingSources: sources.span, extension: RTPHeaderExtension([(1, [0x80]), (2, [1, 2])]))
    return packet
  }

  @Test(arguments: SRTPSuite.allCases, [[], [0xAB], [1, 2, 3, 4]] as [[UInt8]])
  func packetsComeBack(_ suite: SRTPSuite, _ identifier: [UInt8]) throws {
    var sender = SRTPSender(try key(suite, identifier: identifier))
    var receiver = SRTPReceiver(try key(suite, identifier: identifier))
    for packet in [rtp(1), rtp(2, count: 0), rtp(3, count: 1), rtp(4, count: 1400), Self.decorated] {
      let header = try RTPHeader(packet.span).byteCount
      let protected = try sender.protected(packet)
      #expect(protected.count == packet.count + suite.rtpTagBytes + identifier.count)
      #expect(protected.prefix(header) == packet.prefix(header))
      // 16 bytes or more are the same by chance once in 2^128.
      if packet.count >= header + 16 { #expect(protected[header..<packet.count] != packet[header...]) }
      #expect(try receiver.unprotected(protected) == packet)
    }
    for index in 0..<3 {
      let packet = rtcp()
      let protected = try sender.protectedRTCP(packet)
      #expect(protected.count == packet.count + 4 + suite.rtcpTagBytes + identifier.count)
      #expect(protected.prefix(8) == packet.prefix(8))
      let word = suite.isAEAD ? protected.dropLast(identifier.count).suffix(4) : protected[packet.count...].prefix(4)
      #expect(Array(word) == [0x80, 0, 0, UInt8(index)])
      #expect(try receiver.unprotectedRTCP(protected) == packet)
    }
  }

  @Test(arguments: SRTPSuite.allCases)
  func rtcpMayBeInTheClear(_ suite: SRTPSuite) throws {
    var sender = SRTPSender(try key(suite), encryptsRTCP: false)
    var receiver = SRTPReceiver(try key(suite))
    let packet = rtcp()
    let protected = try sender.protectedRTCP(packet)
    #expect(protected.starts(with: packet))
    #expect(try receiver.unprotectedRTCP(protected) == packet)
  }

  @Test(arguments: SRTPSuite.allCases, [[], [9, 9]] as [[UInt8]])
  func aChangedBitIsFound(_ suite: SRTPSuite, _ identifier: [UInt8]) throws {
    var sender = SRTPSender(try key(suite, identifier: identifier))
    let protected = try sender.protected(rtp(1, count: 20))
    let protectedRTCP = try sender.protectedRTCP(rtcp())
    var receiver = SRTPReceiver(try key(suite, identifier: identifier))
    for bit in 0..<(protected.count * 8) {
      var changed = protected
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      let result = outcome { () throws(SRTPError) in try receiver.unprotected(changed) }
      guard case .failure(let error) = result else {
        Issue.record("bit \(bit) may be changed")
        continue
      }
      #expect([.malformed, .authenticationFailed, .otherMasterKey].contains(error))
    }
    for bit in 0..<(protectedRTCP.count * 8) {
      var changed = protectedRTCP
      changed[bit / 8] ^= 1 << UInt8(bit % 8)
      let result = outcome { () throws(SRTPError) in try receiver.unprotectedRTCP(changed) }
      guard case .failure(let error) = result else {
        Issue.record("bit \(bit) of RTCP may be changed")
        continue
      }
      #expect([.malformed, .authenticationFailed, .otherMasterKey].contains(error))
    }
    // None of that has left a trace.
    #expect(try receiver.unprotected(protected) == rtp(1, count: 20))
    #expect(try receiver.unprotectedRTCP(protectedRTCP) == rtcp())
  }

  @Test func anotherKeyDoesNotOpen() throws {
    for suite in SRTPSuite.allCases {
      var sender = SRTPSender(try key(suite))
      let packet = try sender.protected(rtp(1))
      var bytes = [UInt8](copying: try key(suite).bytes.span)
      for place in bytes.indices {
        bytes[place] ^= 1
        var receiver = SRTPReceiver(try SRTPMasterKey(suite, bytes: bytes.span))
        #expect(outcome { () throws(SRTPError) in try receiver.unprotected(packet) } == .failure(.authenticationFailed))
        bytes[place] ^= 1
      }
    }
  }

  @Test(arguments: SRTPSuite.allCases)
  func whatIsNoPacketIsRefused(_ suite: SRTPSuite) throws {
    var sender = SRTPSender(try key(suite))
    var receiver = SRTPReceiver(try key(suite))
    let whole = try sender.protected(rtp(1))
    let wholeRTCP = try sender.protectedRTCP(rtcp())
    for count in 0..<(12 + suite.rtpTagBytes) {
      #expect(
        outcome { () throws(SRTPError) in try receiver.unprotected(Array(whole.prefix(count))) } == .failure(.malformed)
      )
    }
    for count in 0..<(12 + suite.rtcpTagBytes) {
      let cut = Array(wholeRTCP.prefix(count))
      #expect(outcome { () throws(SRTPError) in try receiver.unprotectedRTCP(cut) } == .failure(.malformed))
    }
    for count in 0..<12 {
      let cut = Array(rtp(2).prefix(count))
      #expect(outcome { () throws(SRTPError) in try sender.protected(cut) } == .failure(.malformed))
    }
    for count in 0..<8 {
      let cut = Array(rtcp().prefix(count))
      #expect(outcome { () throws(SRTPError) in try sender.protectedRTCP(cut) } == .failure(.malformed))
    }
    var version1 = rtp(3)
    version1[0] = 0x40
    #expect(outcome { () throws(SRTPError) in try sender.protected(version1) } == .failure(.malformed))
  }

  @Test(arguments: SRTPSuite.allCases)
  func thereMustBeRoom(_ suite: SRTPSuite) throws {
    var sender = SRTPSender(try key(suite, identifier: [1, 2]))
    #expect(sender.maxTrailerBytes == max(suite.rtpTagBytes, 4 + suite.rtcpTagBytes) + 2)
    let packet = rtp(1)
    var exact = packet + [UInt8](repeating: 0, count: suite.rtpTagBytes + 2)
    var short = exact.dropLast() as [UInt8]
    var shortSpan = short.mutableSpan
    #expect(throws: SRTPError.noRoom) { try sender.protect(&shortSpan, count: packet.count) }
    var exactSpan = exact.mutableSpan
    #expect(try sender.protect(&exactSpan, count: packet.count) == packet.count + suite.rtpTagBytes + 2)
    let report = rtcp()
    var exactRTCP = report + [UInt8](repeating: 0, count: 4 + suite.rtcpTagBytes + 2)
    var shortRTCP = exactRTCP.dropLast() as [UInt8]
    var shortRTCPSpan = shortRTCP.mutableSpan
    #expect(throws: SRTPError.noRoom) { try sender.protectRTCP(&shortRTCPSpan, count: report.count) }
    var exactRTCPSpan = exactRTCP.mutableSpan
    #expect(try sender.protectRTCP(&exactRTCPSpan, count: report.count) == report.count + 4 + suite.rtcpTagBytes + 2)
    var span = exact.mutableSpan
    #expect(throws: SRTPError.malformed) { try sender.protect(&span, count: -1) }
    #expect(throws: SRTPError.malformed) { try sender.protect(&span, count: 10_000) }
  }

  @Test func anotherIdentifierIsAnotherKey() throws {
    for suite in SRTPSuite.allCases {
      var sender = SRTPSender(try key(suite, identifier: [1, 2]))
      var receiver = SRTPReceiver(try key(suite, identifier: [1, 3]))
      let packet = try sender.protected(rtp(1))
      #expect(outcome { () throws(SRTPError) in try receiver.unprotected(packet) } == .failure(.otherMasterKey))
      let report = try sender.protectedRTCP(rtcp())
      #expect(outcome { () throws(SRTPError) in try receiver.unprotectedRTCP(report) } == .failure(.otherMasterKey))
    }
  }
}
