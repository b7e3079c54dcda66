import H225
import H245
import H323Endpoint
import Mixer
import Wire

/// How a ``Council`` is run.
package struct CouncilConfiguration: Sendable {
  /// What it is in H.323.
  package var endpoint: H323EndpointConfiguration
  /// The most participants of a room, 1 to `MixerLimits.maxLegs`.
  package var capacity = 25
  /// How long a room lasts at most.
  package var lifetime = Duration.seconds(4 * 3_600)
  /// How long a room that the operator has opened waits for the first who comes.
  package var openPatience = Duration.seconds(3_600)
  /// How long nothing may come of a participant that has something to send; nil for ever.
  package var mediaTimeout: Duration? = .seconds(30)
  /// How long admission and ports may take.
  package var setupPatience = Duration.seconds(10)
  /// The codecs it takes, most wanted first. All is mixed at 8 kHz, so G.722 is for those that have nothing else.
  package var audio: [AudioCapability] = [.g711Ulaw64k(20), .g711Alaw64k(20), .g722At64k(20)]
  /// The payload type under which it takes telephone events.
  package var telephoneEventPayloadType: UInt8 = 101
  /// Whether what it sends names those who are heard in it, as mixers should (RFC 3550 §7.1). Not unless told: there are
  /// terminals that take the names for sound.
  package var namesContributors = false
  /// SDES CNAME of what it sends, the same in all its sessions; nil for a random one (RFC 7022 §4.2).
  package var cname: [UInt8]?

  /// A council with this name on displays.
  package init(display: String = "council") {
    var type = EndpointType(mc: true, undefinedNode: false)
    type.mcu = McuInfo()
    endpoint = H323EndpointConfiguration(endpointType: type, terminalType: 180, display: display)
  }

  /// What it says of itself in H.245.
  var capabilities: LocalCapabilities {
    LocalCapabilities(
      audio: audio, telephoneEventPayloadType: telephoneEventPayloadType, isConference: true)
  }
}

/// The limits of one reactor's part of the council.
package enum CouncilLimits {
  /// The most rooms.
  package static let maxRooms = 128
  /// The most calls, admitted or not: their number has 30 bits in a socket's tag, and memory ends before.
  package static let maxLegs = 512
  /// The most bytes of a name that a caller shows.
  package static let maxNameBytes = 128
  /// The most ticks that are made up for at once; of those before, only the time goes by.
  package static let maxLateTicks = 5
  /// How long behind a `*` the next key belongs to it.
  package static let commandPatience = Duration.seconds(3)
}
