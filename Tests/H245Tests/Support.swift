import H245
import PER
import Testing
import Wire

typealias Message = MultimediaSystemControlMessage

/// The bytes of hex digits.
func bytes(_ hex: String) -> [UInt8] { (try? Hex.decode(hex.filter { $0 != " " && $0 != "\n" })) ?? [] }

// A span inside an expectation's macro is beyond the compiler: hence these.

func read(_ octets: [UInt8]) throws(PERError) -> Message { try Message(decoding: octets.span) }

func readGeneric(_ octets: [UInt8]) throws(PERError) -> GenericMessage { try GenericMessage(decoding: octets.span) }

func readAddress(_ octets: [UInt8]) throws(PERError) -> SocketAddress? {
  try TransportAddress(decoding: octets.span).socketAddress
}

func decoded(_ hex: String) throws(PERError) -> Message { try read(bytes(hex)) }

func hex(_ message: Message) throws(PERError) -> String {
  let octets = try message.encoded()
  return Hex.encode(octets.span)
}

func address(_ port: UInt16, host: UInt32 = 0x7F00_0001) -> SocketAddress {
  SocketAddress(ip: IPAddress(v4: host), port: port)
}

func oid(_ arcs: UInt64...) -> ObjectIdentifier { ObjectIdentifier(arcs: arcs) ?? .h245Version7 }

/// A message goes out and comes back as itself.
func expectRoundTrip(_ message: Message, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let octets = try message.encoded()
  #expect(try read(octets) == message, sourceLocation: sourceLocation)
}

let beginning = Instant(milliseconds: 1000)
