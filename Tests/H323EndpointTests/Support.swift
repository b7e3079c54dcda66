import H225
import H245
import H323Endpoint
import PER
import Testing
import Wire

let beginning = Instant(milliseconds: 1000)

func address(_ port: UInt16, host: UInt32) -> SocketAddress { SocketAddress(ip: IPAddress(v4: host), port: port) }

/// 192.0.2.1 calls 192.0.2.2; 198.51.100.9 is a stranger.
let (callerHost, calleeHost, strangerHost) = (UInt32(0xC000_0201), UInt32(0xC000_0202), UInt32(0xC633_6409))

let terminal = { () -> EndpointType in
  var type = EndpointType(mc: false, undefinedNode: false)
  type.terminal = TerminalInfo()
  return type
}()

func localMedia(
  _ port: UInt16, host: UInt32, _ audio: [AudioCapability] = [.g711Ulaw64k(20), .g711Alaw64k(20)]
) -> H323LocalMedia {
  H323LocalMedia(
    media: address(port, host: host), mediaControl: address(port + 1, host: host),
    capabilities: LocalCapabilities(audio: audio))
}

func calling(media: H323LocalMedia?, to host: UInt32 = calleeHost) -> H323Calling {
  H323Calling(
    to: address(1720, host: host), destination: [.h323ID("council"), .dialledDigits("1001")],
    source: [.h323ID("expert"), .dialledDigits("2002")], callIdentifier: GloballyUniqueID(high: 1, low: 2),
    conferenceID: GloballyUniqueID(high: 3, low: 4), media: media)
}

/// How an end is set up.
struct Options: Sendable, Hashable, CustomStringConvertible {
  var usesFastStart = true
  var tunnelsH245 = true

  static let all = [true, false].flatMap { fast in
    [true, false].map { Options(usesFastStart: fast, tunnelsH245: $0) }
  }

  var configuration: H323EndpointConfiguration {
    var configuration = H323EndpointConfiguration(endpointType: terminal, terminalType: 60, display: "end")
    configuration.usesFastStart = usesFastStart
    configuration.tunnelsH245 = tunnelsH245
    return configuration
  }

  var description: String { "\(usesFastStart ? "fast" : "slow")\(tunnelsH245 ? ", tunnelled" : "")" }
}

extension H323Media {
  var isBothWays: Bool { outgoing != nil && incoming != nil }
}
