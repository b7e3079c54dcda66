import FuzzSupport
import Proxy
import SIPTransaction
import Wire

/// A proxy core between phones that call, answer, hang up, break off and lie.
///
/// The first byte chooses the configuration (``Policy``), the rest is a list of events. The core never traps; what it
/// sends can be read, answers what came on that way, and is bounded; what it sends to itself comes back and ends; an
/// INVITE gets one final answer and its other branches are cancelled; and when time has run out nothing is left
/// (``World``, ``Ledger``).
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count <= 4096 else { return }
  let world = World(FuzzScript(bytes))
  var grammar = Grammar()
  while !world.script.isAtEnd { step(world, &grammar) }
  world.settle()
}

private func step(_ world: World, _ grammar: inout Grammar) {
  switch world.script.byte() & 15 {
  case 0, 1: receive(world, grammar.invite(&world.script))
  case 2, 3: receive(world, grammar.request(&world.script, nonce: world.ledger.nonce))
  case 4, 5, 6: receive(world, grammar.response(&world.script, world.ledger.requests))
  case 7: receive(world, grammar.again(&world.script))
  case 8: receive(world, grammar.inDialog(&world.script, world.ledger.dialogs))
  case 9: garbage(world, &grammar)
  case 10: lose(world)
  case 11: breakOff(world)
  case 12: world.holdAnswers()
  case 13: world.releaseAnswers()
  case 14: if world.script.once(in: 32) { world.drain() }
  default:
    let steps: [Duration] = [
      .milliseconds(1), .milliseconds(100), .milliseconds(500), .seconds(4), .seconds(33), .seconds(182),
    ]
    world.wait(world.script.pick(steps))
  }
}

private func receive(_ world: World, _ message: ([UInt8], Hop)?) {
  if let (bytes, hop) = message { world.receive(bytes, from: hop) }
}

/// A message with one to four bytes changed, put in or taken out.
private func garbage(_ world: World, _ grammar: inout Grammar) {
  var message = grammar.again(&world.script)
  if world.script.once(in: 2) { message = grammar.response(&world.script, world.ledger.requests) }
  guard var (bytes, hop) = message else { return }
  for _ in 0...world.script.below(4) where !bytes.isEmpty {
    let place = (Int(world.script.byte()) << 2 | world.script.below(4)) % bytes.count
    switch world.script.below(3) {
    case 0: bytes[place] = world.script.byte()
    case 1: bytes.insert(world.script.byte(), at: place)
    default: bytes.remove(at: place)
    }
  }
  if world.script.once(in: 4) { hop = world.script.pick(Grammar.hops) }
  world.receive(bytes, from: hop)
}

/// A stream ends: one that a peer opened, or one on which the core sent something.
private func breakOff(_ world: World) {
  let own = world.ledger.requests.suffix(8).map(\.hop.connection.rawValue).filter { $0 != 0 }
  world.close(world.script.once(in: 2) && !own.isEmpty ? world.script.pick(own) : UInt64(world.script.below(8)))
}

/// A request of the core's does not arrive: the transport says so, or a router does.
private func lose(_ world: World) {
  let requests = world.ledger.requests
  guard !requests.isEmpty else { return }
  let request = requests[max(0, requests.count - 1 - world.script.below(8))]
  if world.script.once(in: 2) {
    world.fail(request)
  } else {
    world.lose(request, quoting: Int(world.script.byte()) * 2)
  }
}

/// libFuzzer's entry.
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
