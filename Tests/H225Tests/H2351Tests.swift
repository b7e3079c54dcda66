import H225
import PER
import Testing
import Wire

@Suite struct H2351Tests {
  /// No HMAC: enough that every octet counts.
  private func checksum(_ bytes: Span<UInt8>) -> [UInt8] {
    var hash = Checksum()
    for index in bytes.indices { hash.mix(bytes[index]) }
    return hash.octets
  }

  private struct Checksum {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    mutating func mix(_ octet: UInt8) {
      state = (state ^ UInt64(octet)) &* 0x100_0000_01B3
      state ^= state >> 29
    }
    var octets: [UInt8] {
      (0..<20).map { UInt8(truncatingIfNeeded: (state &* UInt64($0 + 3)) >> 40) }
    }
  }

  private func request(_ placeholder: [UInt8]) throws -> [UInt8] {
    let token = try #require(
      H2351.token(sendersID: "ep1", generalID: "gk", timeStamp: 1_700_000_000, random: 7, placeholder: placeholder))
    var request = DisengageRequest(
      requestSeqNum: 5, endpointIdentifier: "1_ep", conferenceID: GloballyUniqueID(high: 1, low: 2),
      callReferenceValue: 3, disengageReason: .normalDrop)
    request.cryptoTokens = [token]
    return try RasMessage.disengageRequest(request).encoded()
  }

  private func hash(_ message: [UInt8]) throws -> BitString {
    guard case .disengageRequest(let request) = try RasMessage(decoding: message) else {
      throw PERError(.unknownValue, at: 0)
    }
    return try #require(H2351.hashedToken(in: request.cryptoTokens)).token.hash
  }

  private func isAuthentic(_ message: [UInt8], _ hash: BitString) -> Bool {
    H2351.isAuthentic(message.span, hash: hash, hmacSHA1: checksum)
  }

  @Test func sealedAndOpened() throws {
    let placeholder = [UInt8](200..<212)
    var message = try request(placeholder)
    #expect(H2351.seal(&message, placeholder: placeholder, hmacSHA1: checksum))
    let hash = try hash(message)
    #expect(hash.octets != placeholder)
    #expect(isAuthentic(message, hash))
    for place in message.indices {
      var other = message
      other[place] ^= 1
      #expect(!isAuthentic(other, hash), "octet \(place)")
    }
    #expect(!isAuthentic(message, BitString(octets: hash.octets, count: 95)))
  }

  @Test func thePlaceholderStandsThereOnce() throws {
    let placeholder = [UInt8](200..<212)
    let message = try request(placeholder)
    var twice = message + placeholder
    #expect(!H2351.seal(&twice, placeholder: placeholder, hmacSHA1: checksum))
    var without = try request([UInt8](100..<112))
    #expect(!H2351.seal(&without, placeholder: placeholder, hmacSHA1: checksum))
    var short = message
    #expect(!H2351.seal(&short, placeholder: [1], hmacSHA1: checksum))
    #expect(H2351.token(sendersID: "a", generalID: "b", timeStamp: 1, random: 1, placeholder: [1]) == nil)
  }
}
