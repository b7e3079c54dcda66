import Glibc
import RTP
import SRTP
import Wire

/// Times SRTP on packets of 172 bytes, in the same way and the same words as the C programs in `Benchmarks/srtp`.
///
/// `BenchmarkSRTP protect|unprotect SUITE [PACKETS]`: one round works for 0.2 s of this thread's CPU time on batches of
/// packets; the median of nine counts. With PACKETS that many packets are protected, or protected and let through, and
/// nothing is printed: that is for instruction counts.
@main
enum BenchmarkSRTP {
  static let batch = 64
  static let packetBytes = 172
  static let slotBytes = 256
  static let rounds = 9

  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, let suite = SRTPSuite(name: arguments[2]) else {
      print("usage: BenchmarkSRTP protect|unprotect SUITE [PACKETS]")
      exit(2)
    }
    do throws(SRTPError) {
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
        var start = threadSeconds()
        try protect(&sender, &slots, &lengths)
        if opens {
          start = threadSeconds()
          try unprotect(&receiver, &slots, lengths)
        }
        spent += threadSeconds() - start
        done += batch
      }
      results.append(spent / Double(done) * 1e9)
    }
    results.sort()
    print((results[rounds / 2] * 10).rounded() / 10)
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

  static func threadSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
