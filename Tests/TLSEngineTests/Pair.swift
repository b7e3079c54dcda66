import CertificateSupport
import TLSEngine
import Testing
import Wire

/// The time by which certificates are judged.
let now = certificateNow

/// A client and a server with nothing but memory between them.
final class Pair {
  var client: TLSEngine
  var server: TLSEngine
  var clientHeard: [UInt8] = []
  var serverHeard: [UInt8] = []

  init(
    _ server: TLSContext, _ client: TLSContext, peer: TLSPeerName = .domain("if.internal"), time: UTCTimestamp = now,
    resuming session: TLSSession? = nil
  ) {
    self.server = TLSEngine(accepting: server, now: time)
    self.client = TLSEngine(connecting: client, to: peer, now: time, resuming: session)
  }

  var clientState: TLSEngine.State { client.state }
  var serverState: TLSEngine.State { server.state }
  var clientFacts: TLSFacts? { client.facts }
  var serverFacts: TLSFacts? { server.facts }
  var clientSession: TLSSession? { client.session }
  var clientStapledStatus: [UInt8]? { client.stapledStatus }

  /// Lets both talk until neither has anything to say, in pieces of so many bytes.
  func pump(_ piece: Int = .max) {
    client.start()
    for _ in 0..<50 {
      let up = client.takeCiphertext()
      deliver(up, piece) { server.receive($0) }
      serverHeard += server.takePlaintext()
      let down = server.takeCiphertext()
      deliver(down, piece) { client.receive($0) }
      clientHeard += client.takePlaintext()
      if up.isEmpty, down.isEmpty { return }
    }
    Issue.record("the two never come to an end")
  }
}

private func deliver(_ bytes: [UInt8], _ piece: Int, _ receive: (Span<UInt8>) -> Void) {
  var start = 0
  while start < bytes.count {
    let end = start + min(piece, bytes.count - start)
    receive(bytes.span.extracting(start..<end))
    start = end
  }
}

extension TLSEngine.State {
  var isFailure: Bool { if case .failed = self { true } else { false } }
}

func serverContext(
  _ identity: TLSIdentity = Shared.identity, _ change: (inout TLSServerConfiguration) -> Void = { _ in }
) throws -> TLSContext {
  var configuration = TLSServerConfiguration(identities: [identity])
  change(&configuration)
  return try TLSContext(configuration, now: now, uptime: .init(nanoseconds: 0))
}

func clientContext(_ change: (inout TLSClientConfiguration) -> Void = { _ in }) throws -> TLSContext {
  var configuration = TLSClientConfiguration()
  configuration.authorities = Authority.shared.certificate
  change(&configuration)
  return try TLSContext(configuration, now: now)
}

enum Shared {
  static let identity = Authority.shared.sign("DNS:if.internal")
}

/// Numbers that look random and are the same every time.
struct Xorshift {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed | 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}
