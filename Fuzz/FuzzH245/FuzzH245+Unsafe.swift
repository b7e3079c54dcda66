import FuzzSupport
import H245
import PER
import Wire

/// Any bytes as a message, and as an element of a fastStart: what can be read can be written, and reads the same again; an
/// answer to a proposal is the proposal but for addresses.
private func check(_ bytes: Span<UInt8>) {
  guard bytes.count <= H245Limits.maxMessageOctets else { return }
  if let message = try? MultimediaSystemControlMessage(decoding: bytes) {
    guard let octets = try? message.encoded() else { return require(false, "what was read cannot be written") }
    // A bitmap may be longer than the peer's, and an open type that was empty has one octet.
    require(octets.count <= bytes.count * 4 + 64, "\(bytes.count) octets became \(octets.count)")
    require((try? MultimediaSystemControlMessage(decoding: octets.span)) == message, "it reads differently again")
    require((try? message.encoded()) == octets, "it is written differently again")
  }
  let element = [UInt8](copying: bytes)
  guard let proposal = try? FastStartProposal(element) else { return }
  let media = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 4000)
  let control = SocketAddress(ip: IPAddress(v4: 0xC000_0201), port: 4001)
  guard let octets = try? proposal.answer(media: media, mediaControl: control),
    let answer = try? FastStartProposal(octets)
  else { return require(false, "an answer that cannot be read") }
  require(answer.direction == proposal.direction && answer.audio == proposal.audio, "an answer to something else")
  require(answer.parameters.mediaControlChannel == .unicast(control), "an answer without our address")
  var parameters = answer.parameters
  parameters.mediaChannel = proposal.parameters.mediaChannel
  parameters.mediaControlChannel = proposal.parameters.mediaControlChannel
  require(parameters == proposal.parameters, "an answer that changes more than addresses")
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
