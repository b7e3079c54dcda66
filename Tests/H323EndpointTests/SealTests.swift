import H225
import H323Endpoint
import PER
import Synchronization
import Testing
import Wire

/// What is said to a gatekeeper that routes a call (H.235.1).
@Suite("Seals")
struct SealTests {
  /// A hash that is none, for tests: it is told apart by what it covers.
  private static func hash(_ octets: Span<UInt8>) -> [UInt8] {
    var hash = SipHash(key: (1, 2))
    for index in octets.indices { hash.combine(UInt64(octets[index])) }
    let (high, low) = hash.finalize128()
    var digits: [UInt8] = []
    for word in [high, low] {
      for shift in stride(from: UInt64(0), to: 64, by: 8) { digits.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    return digits
  }

  private static func seal() -> H323Seal {
    let count = Mutex(0)
    return H323Seal(
      token: {
        let number = count.withLock { count in
          count += 1
          return count
        }
        let placeholder = [UInt8](repeating: 0xB0 + UInt8(number & 15), count: H2351.hashOctets)
        return H2351.token(
          sendersID: "ep", generalID: "gk", timeStamp: 1_900_000_000, random: number, placeholder: placeholder
        ).map { ($0, placeholder) }
      }, hmacSHA1: { hash($0) })
  }

  /// What the endpoint sends, in octets.
  private func said(_ seal: H323Seal?) -> [[UInt8]] {
    var configuration = Options().configuration
    configuration.display = "edge"
    var endpoint = H323Endpoint(configuration: configuration, seed: 3)
    var sink = H323EndpointSink()
    var wanted = calling(media: localMedia(4_000, host: callerHost))
    wanted.seal = seal
    let call = endpoint.call(wanted, now: beginning, into: &sink)
    for action in sink.actions {
      if case .connect(let link, _) = action {
        endpoint.opened(link, local: address(50_000, host: callerHost), now: beginning, into: &sink)
      }
    }
    if let call { endpoint.release(call, cause: 16, now: beginning, into: &sink) }
    return sink.take().compactMap { if case .send(let octets, _) = $0 { octets } else { nil } }
  }

  private func tokens(_ octets: [UInt8]) throws -> [CryptoH323Token]? {
    switch try CallSignallingMessage(decoding: octets.span).userInformation.h323UUPDU.h323MessageBody {
    case .setup(let body): body.cryptoTokens
    case .releaseComplete(let body): body.cryptoTokens
    default: nil
    }
  }

  @Test("every message is sealed as a whole, and each with a number of its own")
  func sealed() throws {
    let said = said(Self.seal())
    #expect(said.count == 2)
    var numbers: [Int?] = []
    for octets in said {
      let token = try #require(H2351.hashedToken(in: tokens(octets)))
      let hash = token.token.hash
      let isWhole = H2351.isAuthentic(octets.span, hash: hash, hmacSHA1: Self.hash)
      // The reference in Q.931 is covered as well.
      var changed = octets
      changed[3] ^= 1
      let isChanged = H2351.isAuthentic(changed.span, hash: hash, hmacSHA1: Self.hash)
      #expect(isWhole && !isChanged)
      numbers.append(token.hashedVals.random)
    }
    #expect(numbers == [1, 2])
  }

  @Test("without a seal there is no token")
  func plain() throws {
    for octets in said(nil) { #expect(try tokens(octets) == nil) }
  }
}
