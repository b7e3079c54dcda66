import BenchmarkSupport
import Glibc
import RTP
import SRTP
import Wire

/// Times SRTP on packets of 172 bytes, in the same way and the same words as the C programs in `Benchmarks/srtp`.
///
/// `BenchmarkSRTP protect|unprotect SUITE [PACKETS]`: one round works for 0.2 s of this thread's CPU time on batches of
/// packets; the median of nine counts. With PACKETS that many packets are protected, or protected and let through, and
/// nothing is printed: that is for instruction counts. `BenchmarkSRTP memory SUITE` prints the bytes of a context, that is
/// one direction under one key with one source that has sent RTP and RTCP: a sender's, then a receiver's.
@main
enum BenchmarkSRTP {
  static let batch = 64
  static let packetBytes = 172
  static let slotBytes = 256
  static let rounds = 9

  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, let suite = SRTPSuite(name: arguments[2]) else {
      print("usage: BenchmarkSRTP protect|unprotect SUITE [PACKETS], or BenchmarkSRTP memory SUITE")
      exit(2)
    }
    do throws(SRTPError) {
      guard arguments[1] != "memory" else { return try measureMemory(suite) }
      try run(suite, opens: arguments[1] == "unprotect", packets: arguments.count > 3 ? Int(arguments[3]) ?? 0 : 0)
    } catch {
      print("a packet was refused: \(error)")
      exit(1)
    }
  }

  static func run(_ suite: SRTPSuite, opens: Bool, packets: Int) throws(SRTPError) {
    let secret = [UInt8](repeating: 7, count: suite.masterBytes)
    guard let key = try? SRTPMasterKey(suite, bytes: secret.span) else { exit(2) }
    var sender = SRTPSender(key)
    var receiver = SRTPReceiver(key)
    var memory = [UInt8](repeating: 0, count: batch * slotBytes)
    var slots = memory.mutableSpan
    var lengths = [Int](repeating: packetBytes, count: batch)
    var sequence: UInt16 = 0
    if packets > 0 {
      for _ in stride(from: 0, to: packets, by: batch) {
        fill(&slots, &sequence)
        try protect(&sender, &slots, &lengths)
        if opens { try unprotect(&receiver, &slots, lengths) }
      }
      return
    }
    var results: [Double] = []
    for _ in 0..<rounds {
      var spent = 0.0
      var done = 0
      while spent < 0.2 {
        fill(&slots, &sequence)
        var start = BenchmarkSupport.threadSeconds()
        try protect(&sender, &slots, &lengths)
        if opens {
          start = BenchmarkSupport.threadSeconds()
          try unprotect(&receiver, &slots, lengths)
        }
        spent += BenchmarkSupport.threadSeconds() - start
        done += batch
      }
      results.append(spent / Double(done) * 1e9)
    }
    results.sort()
    print((results[rounds / 2] * 10).rounded() / 10)
  }

  /// The two contexts of a direction, in a box of their own.
  final class Pair {
    var sender: SRTPSender
    var receiver: SRTPReceiver

    init(_ key: SRTPMasterKey) {
      sender = SRTPSender(key)
      receiver = SRTPReceiver(key)
    }
  }

  static func measureMemory(_ suite: SRTPSuite) throws(SRTPError) {
    let secret = [UInt8](repeating: 7, count: suite.masterBytes)
    guard let key = try? SRTPMasterKey(suite, bytes: secret.span) else { exit(2) }
    let count = 10_000
    var pairs: [Pair] = []
    pairs.reserveCapacity(count)
    var memory = [UInt8](repeating: 0xAB, count: slotBytes)
    var report = [UInt8](repeating: 0, count: slotBytes)
    // What is allocated once for all is not counted.
    _ = Pair(key)
    let before = BenchmarkSupport.residentBytes
    for _ in 0..<count { pairs.append(Pair(key)) }
    for pair in pairs {
      var slot = memory.mutableSpan
      _ = try? RTPPacketFields(payloadType: 0, sequenceNumber: 1, timestamp: 0, ssrc: 9).writeHeader(into: &slot)
      let length = try pair.sender.protect(&slot, count: packetBytes)
      _ = try pair.receiver.unprotect(&slot, count: length)
      // An empty receiver report of the same source.
      for (place, byte) in [UInt8(0x80), 201, 0, 1, 0, 0, 0, 9].enumerated() { report[place] = byte }
      var other = report.mutableSpan
      let reportLength = try pair.sender.protectRTCP(&other, count: 8)
      _ = try pair.receiver.unprotectRTCP(&other, count: reportLength)
    }
    let bytes = BenchmarkSupport.residentBytes - before
    print("\(suite.name)\tbytes of a sender and a receiver=\(bytes / count)")
  }

  static func protect(
    _ sender: inout SRTPSender, _ slots: inout MutableSpan<UInt8>, _ lengths: inout [Int]
  ) throws(SRTPError) {
    for at in 0..<batch {
      var slot = slots._mutatingExtracting((at * slotBytes)..<((at + 1) * slotBytes))
      lengths[at] = try sender.protect(&slot, count: packetBytes)
    }
  }

  static func unprotect(
    _ receiver: inout SRTPReceiver, _ slots: inout MutableSpan<UInt8>, _ lengths: [Int]
  ) throws(SRTPError) {
    for at in 0..<batch {
      var slot = slots._mutatingExtracting((at * slotBytes)..<((at + 1) * slotBytes))
      _ = try receiver.unprotect(&slot, count: lengths[at])
    }
  }

  static func fill(_ slots: inout MutableSpan<UInt8>, _ sequence: inout UInt16) {
    for at in 0..<batch {
      var slot = slots._mutatingExtracting((at * slotBytes)..<((at + 1) * slotBytes))
      slot.update(repeating: 0xAB)
      let fields = RTPPacketFields(payloadType: 0, sequenceNumber: sequence, timestamp: 0, ssrc: 0xCAFE_BABE)
      _ = try? fields.writeHeader(into: &slot)
      sequence &+= 1
    }
  }
}
