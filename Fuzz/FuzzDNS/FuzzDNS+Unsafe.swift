import FuzzSupport
import SIPLocation
import SIPMessage
import SIPTransaction
import Wire

/// A stranger's DNS: the bytes, cut into messages by a length in two bytes each, answer whatever a locator asks, in turn.
///
/// Nothing traps. What is read keeps to its limits; what counts as an answer belongs to the question. The locator ends,
/// within its limits, whatever it is told, and tells the same for the same answers. The cache never holds more than it may,
/// and never gives up valid records for anything but records.
private func check(_ bytes: Span<UInt8>) {
  var messages: [[UInt8]] = []
  var reader = ByteReader(bytes)
  while reader.remaining >= 2, let count = try? reader.readUInt16() {
    let length = min(Int(count), reader.remaining)
    guard let part = try? reader.readBytes(length) else { break }
    var message: [UInt8] = []
    for index in 0..<part.count { message.append(part[index]) }
    messages.append(message)
  }
  for message in messages { checkMessage(message) }
  for target in targets { checkLocation(target, messages) }
}

private let targets: [LocationTarget] = ["sip:example.com", "sips:a.example;transport=tcp", "sip:b.example:5060"]
  .compactMap {
    (try? SIPURI($0)).flatMap { LocationTarget($0) }
  }

private let sources = [
  LocationSource(.udp, .ipv4), LocationSource(.udp, .ipv6), LocationSource(.tcp, .ipv4), LocationSource(.tls, .ipv6),
]

private func checkMessage(_ bytes: [UInt8]) {
  let message: DNSMessage
  do throws(DNSParseError) {
    message = try DNSMessage(parsing: bytes.span)
  } catch {
    require((0...bytes.count).contains(error.offset), "an error outside the bytes: \(error)")
    return
  }
  require(message.answers.count <= DNSLimits.default.maxMessageRecords, "too many records")
  for record in message.answers {
    require(record.timeToLive >> 31 == 0, "a TTL beyond 2^31")
    checkName(record.owner)
  }
  guard let question = message.question else { return }
  checkName(question.name)
  checkAnswer(message.answer(to: question), message)
  if let other = DNSName("other.example"), other != question.name {
    require(
      message.answer(to: DNSQuestion(other, question.type)) == .failed(.malformed), "it answers what was not asked")
  }
}

private func checkName(_ name: DNSName) {
  require(name.isRoot || DNSName(name.text) == name, "\(name) is no name")
}

private func checkAnswer(_ answer: DNSAnswer, _ message: DNSMessage) {
  switch answer {
  case .records(let records, let seconds):
    require((1...DNSLimits.default.maxAnswerRecords).contains(records.count), "\(records.count) records")
    require(message.answers.contains { $0.timeToLive == seconds }, "a TTL from nowhere")
    require(message.isResponse && !message.isTruncated && message.responseCode == .noError, "records of no answer")
  case .absent, .failed: break
  }
}

private func checkLocation(_ target: LocationTarget, _ messages: [[UInt8]]) {
  var cache = DNSCache(limits: DNSCacheLimits(maxEntries: 4))
  var now = Instant.zero
  var told: [DNSQuestion: DNSAnswer] = [:]
  var next = 0
  func answer(_ question: DNSQuestion) -> DNSAnswer {
    // The message in turn, with the question that it should have had: the fuzzer need not guess names.
    var answer = DNSAnswer.failed(.timeout)
    if !messages.isEmpty, var message = parsed(messages[next % messages.count]) {
      if let asked = message.question {
        for index in message.answers.indices where message.answers[index].owner == asked.name {
          message.answers[index].owner = question.name
        }
      }
      message.question = question
      answer = message.answer(to: question)
      now = now + .seconds(Int64(message.id & 0x3F))
    }
    next += 1
    let before = cache.answer(to: question, now: now)
    let isKept = cache.store(answer, to: question, now: now)
    if case .records = before, !isRecords(answer) { require(!isKept, "records gave way to \(answer)") }
    require(cache.count <= 4, "\(cache.count) entries")
    told[question] = answer
    return answer
  }
  var locator = SIPLocator(target, from: sources, random: 42)
  let open = locator.advance(answeredBy: answer)
  require(open.isEmpty && locator.openQuestions == 0, "questions without an end")
  require(told.count <= LocationLimits.default.maxQuestions && next == told.count, "\(next) questions")
  guard let outcome = locator.outcome else { return require(false, "no outcome") }
  if case .located(let hops) = outcome {
    require((1...LocationLimits.default.maxHops).contains(hops.count), "\(hops.count) hops")
    require(Set(hops).count == hops.count, "a hop twice")
    for hop in hops {
      require(hop.address.port != 0 && !hop.address.ip.isUnspecified && !hop.address.ip.isMulticast, "\(hop)")
      let source = LocationSource(hop.transport, AddressFamily(of: hop.address.ip))
      require(sources.contains(source), "\(hop) cannot be reached")
      require(!target.isSecure || hop.transport.isSecure, "\(hop) is not secure")
      require(target.port == nil || target.port == hop.address.port, "\(hop) has another port")
    }
  }
  var again = SIPLocator(target, from: sources, random: 42)
  _ = again.advance { told[$0] }
  require(again.outcome == outcome, "the same answers lead elsewhere")
}

private func parsed(_ bytes: [UInt8]) -> DNSMessage? { try? DNSMessage(parsing: bytes.span) }

private func isRecords(_ answer: DNSAnswer) -> Bool {
  if case .records = answer { true } else { false }
}

/// What libFuzzer calls.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
