public import H323Endpoint
public import Wire

/// What came of a guardian's call.
public struct GuardianReport: Sendable {
  /// How far it came.
  public enum Stage: String, Sendable, Hashable, CaseIterable {
    /// It looked for a gatekeeper, or was registering.
    case registration
    /// It asked to be admitted.
    case admission
    /// It called.
    case call
    /// It was in the room.
    case room
  }

  /// The room.
  public var room: String
  /// How far it came.
  public var stage: Stage
  /// What went wrong, for a person; nil when nothing did.
  public var failure: String?
  /// From the first RAS message to RCF; nil without a gatekeeper.
  public var registration: Duration?
  /// From ARQ to ACF.
  public var admission: Duration?
  /// From Setup to Connect.
  public var setup: Duration?
  /// From Setup to the first packet that was heard.
  public var media: Duration?
  /// From Connect to the end.
  public var duration: Duration?
  /// The gatekeeper that it registered with.
  public var gatekeeper: SocketAddress?
  /// Where it called.
  public var called: SocketAddress?
  /// What it sent at last.
  public var outgoing: LegStream?
  /// What it received at last.
  public var incoming: LegStream?
  /// What was counted.
  public var statistics = LegStatistics()
  /// What was heard.
  public var sound = SoundAnalyzer()
  /// Digits that came.
  public var digits = ""
  /// How the call ended.
  public var release: H323Release?

  /// One of a call that has not begun.
  public init(room: String) {
    self.room = room
    stage = .registration
  }

  /// Whether it was in the room and heard something of it.
  public var isGood: Bool { failure == nil && setup != nil && statistics.packetsReceived > 0 }

  /// As JSON: times in milliseconds, levels in dBov.
  public var json: JSONValue {
    var object: JSONObject = [
      "room": .string(room), "stage": .string(stage.rawValue), "result": .string(isGood ? "good" : "failed"),
    ]
    if let failure {
      object["failure"] = .string(failure)
    } else if !isGood {
      object["failure"] = "nothing was heard: no RTP came"
    }
    for (name, time) in [
      ("registration_ms", registration), ("admission_ms", admission), ("setup_ms", setup), ("media_ms", media),
      ("duration_ms", duration),
    ] {
      if let time { object[name] = Self.milliseconds(time) }
    }
    if let gatekeeper { object["gatekeeper"] = .string(gatekeeper.description) }
    if let called { object["called"] = .string(called.description) }
    object["sent"] = sent
    object["received"] = received
    object["heard"] = heard
    if let roundTrip = statistics.roundTrip { object["round_trip_ms"] = Self.milliseconds(roundTrip) }
    if let range = statistics.roundTripRange {
      object["round_trip_min_ms"] = Self.milliseconds(range.lowerBound)
      object["round_trip_max_ms"] = Self.milliseconds(range.upperBound)
    }
    if !digits.isEmpty { object["digits"] = .string(digits) }
    if let release { object["release"] = Self.json(release) }
    return .object(object)
  }

  private var sent: JSONValue {
    var object: JSONObject = [
      "packets": .integer(Int64(clamping: statistics.packetsSent)),
      "octets": .integer(Int64(clamping: statistics.octetsSent)),
    ]
    if let outgoing {
      object["codec"] = .string(outgoing.name)
      object["address"] = .string(outgoing.media.description)
    }
    if let lost = statistics.reportedLost { object["lost"] = .integer(lost) }
    if let jitter = statistics.reportedJitter { object["jitter_ms"] = Self.milliseconds(jitter) }
    return .object(object)
  }

  private var received: JSONValue {
    var object: JSONObject = [
      "packets": .integer(Int64(clamping: statistics.packetsReceived)),
      "octets": .integer(Int64(clamping: statistics.octetsReceived)), "lost": .integer(statistics.lost),
      "jitter_ms": Self.milliseconds(statistics.jitter), "dropped": .integer(Int64(clamping: statistics.dropped)),
      "late": .integer(Int64(statistics.buffer.late)), "duplicates": .integer(Int64(statistics.buffer.duplicates)),
      "concealed_percent": Self.rounded(100 * statistics.buffer.concealedShare),
    ]
    if let incoming { object["codec"] = .string(incoming.name) }
    return .object(object)
  }

  private var heard: JSONValue {
    [
      "level_dbov": Self.rounded(sound.level), "peak_dbov": Self.rounded(sound.peakLevel),
      "seconds": Self.rounded(Double(sound.sampleCount) / Double(ToneGenerator.sampleRate)),
      "tones": .array(
        sound.tones.map { ["hertz": Self.rounded($0.hertz), "level_dbov": Self.rounded($0.level)] }),
    ]
  }

  private static func json(_ release: H323Release) -> JSONValue {
    let side =
      switch release.side {
      case .us: "us"
      case .peer: "peer"
      case .connection: "connection"
      case .timer: "timer"
      case .fault: "fault"
      }
    var object: JSONObject = ["by": .string(side), "cause": .integer(Int64(release.cause))]
    if let reason = release.reason { object["reason"] = .string(GuardianWords.name(of: reason)) }
    return .object(object)
  }

  private static func milliseconds(_ time: Duration) -> JSONValue { rounded(time.seconds * 1_000) }

  /// To a tenth.
  private static func rounded(_ value: Double) -> JSONValue { .number((value * 10).rounded() / 10) }
}
