import H225
import Testing
import Wire

@Suite struct TPKTTests {
  private func packets(
    _ stream: [UInt8], step: Int, maxPayload: Int = TPKTLimits.maxPayload
  ) throws(TPKTError) -> [[UInt8]] {
    var framer = TPKTFramer(maxPayload: maxPayload)
    var payloads: [[UInt8]] = []
    var offset = 0
    while offset < stream.count {
      let end = min(stream.count, offset + step)
      try framer.receive(stream.span.extracting(offset..<end)) { payloads.append([UInt8](copying: $0)) }
      offset = end
    }
    return payloads
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 13, 64, 10_000])
  func anySegments(_ step: Int) throws {
    let payloads: [[UInt8]] = [[1], [], [2, 3], [UInt8](repeating: 9, count: 300), [4, 5, 6, 7]]
    var stream: [UInt8] = []
    for payload in payloads { stream += try TPKT.packet(payload) }
    #expect(try packets(stream, step: step) == payloads)
  }

  @Test func theWholeLength() throws {
    let longest = [UInt8](repeating: 1, count: TPKTLimits.maxPayload)
    let packet = try TPKT.packet(longest)
    #expect(packet.count == 65_535)
    #expect(try packets(packet, step: 1_000) == [longest])
    #expect(throws: TPKTError.tooLong(65_532)) { try TPKT.packet(longest + [1]) }
  }

  @Test(arguments: [1, 100]) func limits(_ step: Int) throws {
    let ten = try TPKT.packet([UInt8](repeating: 1, count: 10))
    #expect(try packets(ten, step: step, maxPayload: 10).count == 1)
    #expect(throws: TPKTError.tooLong(10)) { try packets(ten, step: step, maxPayload: 9) }
    #expect(throws: TPKTError.length(3)) { try packets([3, 0, 0, 3], step: step) }
    #expect(throws: TPKTError.version(0x47)) { try packets(Array("GET".utf8), step: step) }
  }

  @Test func anErrorIsForGood() throws {
    var framer = TPKTFramer()
    let wrong: [UInt8] = [4]
    #expect(throws: TPKTError.version(4)) { try framer.receive(wrong.span) { _ in } }
    let right = try TPKT.packet([1])
    #expect(throws: TPKTError.streamIsBroken) { try framer.receive(right.span) { _ in } }
  }

  @Test func onlyAPartIsKept() throws {
    var framer = TPKTFramer()
    let packet = try TPKT.packet([1, 2, 3]) + [3, 0]
    var count = 0
    try framer.receive(packet.span) { _ in count += 1 }
    #expect(count == 1 && framer.pendingCount == 2)
  }
}
