import Files
import Glibc
import Store
import Wire
import Witness

// Writes and verifies a log, and says how many records a second that is.
//
//   BenchmarkWitness FOLDER [RECORDS] [chain | tree]
//   BenchmarkWitness verify FOLDER                     verifies once what the former has left there
//
// The folder is made, and must not be there. Every record is one of a call as the proxy writes it. `chain` is the log
// without tree and checkpoints, `tree` with them: what proving costs is the difference. `packed` is `tree` with all
// record files but the two newest packed.

let arguments = CommandLine.arguments
guard arguments.count >= 2 else {
  print("usage: BenchmarkWitness FOLDER [RECORDS] [chain | tree], or BenchmarkWitness verify FOLDER")
  exit(2)
}
let folder = arguments[1]
let count = arguments.count > 2 ? Int(arguments[2]) ?? 500_000 : 500_000
let modes = arguments.count > 3 ? [arguments[3]] : ["chain", "tree"]

let peer = WitnessPeer(address: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5_070), transport: "udp")
let next = WitnessPeer(address: SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: 5_080), transport: "udp")

func event(_ number: Int) -> WitnessEvent {
  WitnessEvent(
    time: UTCTimestamp(microseconds: 1_767_323_045_000_006 + Int64(number)), name: .sipRequest, component: "sip",
    traceID: "4bf92f3577b34da6a3ce929d0e0e4736", callID: "call-\(number)@192.0.2.7", method: "INVITE", peer: peer,
    details: [WitnessDetail("direction", "in"), WitnessDetail("forwarded_to", .peer(next))])
}

func seconds(_ work: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let took = try clock.measure(work)
  return Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
}

func line(_ name: String, _ records: Int, _ seconds: Double, _ more: String = "") {
  print("\(name)\t\(records) records\t\(Int(Double(records) / seconds)) records/s\(more)")
}

/// Verifies a log that must be whole.
func verify(_ state: String, _ name: String) throws {
  let directory = WitnessDirectory(path: state + "/witness/records")
  var audit = WitnessDirectory.Audit()
  let key = directory.neighbouringKey()
  let took = try seconds { audit = try directory.verify(key: key) { print($0) } }
  guard audit.faults == 0, key == nil || audit.isRooted else {
    print("the log does not verify")
    exit(1)
  }
  let count = audit.summary.lines
  line("verify, \(name)", Int(count), took, "\t\(audit.summary.bytes / max(count, 1)) bytes a record")
}

if arguments[1] == "verify", arguments.count == 3 {
  try verify(arguments[2], "once")
  exit(0)
}

for mode in modes {
  let state = "\(folder)/\(mode)"
  try Files.makeDirectory(state, permissions: 0o700)
  var options = WitnessLog.Options()
  options.queueLimit = 200_000
  options.segmentBytes = 16 << 20
  if mode == "tree" { options.identity = try WitnessIdentity(keysPath: state + "/keys", origin: "bench.example") }
  let log = try WitnessLog(directory: state + "/witness/records", options: options, now: .epoch)
  let took = try seconds {
    for number in 0..<count {
      while !log.post(event(number)) { usleep(500) }
    }
    if let failure = log.stop() { throw StoreError(.fileSystem, failure) }
  }
  line("write, \(mode)", count, took)
  for _ in 0..<3 { try verify(state, mode) }
  guard mode == "tree" else { continue }
  try WitnessDirectory(path: state + "/witness/records").pack(before: UTCTimestamp(microseconds: .max))
  for _ in 0..<3 { try verify(state, "packed") }
}
