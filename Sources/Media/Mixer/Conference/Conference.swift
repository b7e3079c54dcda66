import Codecs
import Jitter
import RTP
import Wire

/// An audio conference without sockets: packets in, and every 20 ms a packet out for each leg, in which it hears all
/// others and not itself.
///
/// Each leg has its jitter buffer and its encoding; all are mixed at 8 kHz, G.722 by its lower band. The driver hands over
/// packets as they come (``received(_:from:now:)``), calls ``tick(now:)`` every 20 ms, and then asks for each leg's packet
/// (``writePacket(for:into:)``). What silent legs hear is encoded once for each law. RTCP is the driver's, with one
/// `RTPSession` for each leg.
public struct Conference: Sendable {
  /// The time between two ticks.
  public static let tickTime = Duration.milliseconds(20)
  /// Samples, octets of G.711 and of G.722, and units of timestamps in a tick.
  public static let tickSamples = 160
  /// The most bytes of a packet that is written.
  public static let maxPacketBytes = RTPHeader.fixedByteCount + 4 * RTPLimits.maxContributingSources + tickSamples

  private var mixer: AudioMixer
  /// By the mixer's places.
  private var members: [ConferenceMember?]
  private var samples = [Int16](repeating: 0, count: Conference.tickSamples)
  /// What silent legs hear, in µ-law and A-law, once it is encoded.
  private var sharedMu = [UInt8](repeating: 0, count: Conference.tickSamples)
  private var sharedA = [UInt8](repeating: 0, count: Conference.tickSamples)
  private var (isMuMade, isAMade) = (false, false)
  /// Those who are heard in this tick: their places and sources.
  private var contributors: [(place: Int, ssrc: UInt32)] = []
  private var sources: [UInt32] = []

  /// A conference without legs, for so many at most, held within 1 to ``MixerLimits/maxLegs``.
  public init(maxLegs: Int = MixerLimits.maxLegs) {
    let legs = min(max(maxLegs, 1), MixerLimits.maxLegs)
    mixer = AudioMixer(frameSamples: Conference.tickSamples, maxLegs: legs)
    members = [ConferenceMember?](repeating: nil, count: legs)
    contributors.reserveCapacity(legs)
    sources.reserveCapacity(RTPLimits.maxContributingSources)
  }

  /// Adds a leg.
  public mutating func join(_ configuration: ConferenceLegConfiguration) throws(MixerError) -> ConferenceLeg {
    let leg = try mixer.addLeg()
    members[leg.place] = ConferenceMember(leg, configuration)
    return leg
  }

  /// Removes a leg; false when there is none.
  @discardableResult
  public mutating func leave(_ leg: ConferenceLeg) -> Bool {
    guard mixer.removeLeg(leg) else { return false }
    members[leg.place] = nil
    contributors.removeAll { $0.place == leg.place }
    (isMuMade, isAMade) = (false, false)
    return true
  }

  /// Gives a leg another codec, source or payload types. What it is sent goes on in sequence; what it says begins anew
  /// only where its payload types mean something else now. False when there is no such leg.
  @discardableResult
  public mutating func change(_ leg: ConferenceLeg, to configuration: ConferenceLegConfiguration) -> Bool {
    guard let old = member(leg) else { return false }
    members[leg.place] = ConferenceMember(leg, configuration, continuing: old)
    return true
  }

  /// Lets ticks go by in which a leg is sent nothing, as on hold: its timestamps go on as time does.
  public mutating func pass(_ leg: ConferenceLeg, ticks: Int = 1) {
    guard mixer.isThere(leg), leg.place < members.count else { return }
    members[leg.place]?.pass(UInt32(truncatingIfNeeded: ticks) &* UInt32(Conference.tickSamples))
  }

  /// The legs there are.
  public var legCount: Int { mixer.legCount }

  /// The leg that speaks, or spoke last.
  public var activeSpeaker: ConferenceLeg? { mixer.activeSpeaker }

  /// As of ``AudioMixer/setGain(_:of:)``.
  public mutating func setGain(_ gain: Float, of leg: ConferenceLeg) { mixer.setGain(gain, of: leg) }

  /// As of ``AudioMixer/setMuted(_:of:)``.
  public mutating func setMuted(_ isMuted: Bool, of leg: ConferenceLeg) { mixer.setMuted(isMuted, of: leg) }

  /// How loud a leg has been in the last moments, as of ``AudioMixer/level(of:)``.
  public func level(of leg: ConferenceLeg) -> Float { mixer.level(of: leg) }

  /// What a leg's buffer has seen and done; nil when there is no such leg.
  public func statistics(of leg: ConferenceLeg) -> JitterStatistics? { member(leg)?.buffer.statistics }

  /// What a leg's buffer gave in the last tick; nil when there is no such leg.
  public func lastFrame(of leg: ConferenceLeg) -> JitterFrame? { member(leg)?.frame }

  /// Takes an RTP packet of a leg, in the clear.
  @discardableResult
  public mutating func received(_ packet: Span<UInt8>, from leg: ConferenceLeg, now: Instant) -> ConferenceArrival {
    guard mixer.isThere(leg), leg.place < members.count else { return .unknownLeg }
    let view: RTPPacketView
    do throws(RTPParseError) {
      view = try RTPPacketView(packet)
    } catch {
      return .malformed(error)
    }
    let outcome = members[leg.place]?.buffer.insert(view, now: now) ?? .unknownPayloadType
    if outcome == .telephoneEvent, let event = TelephoneEvent(view.payload) {
      return .telephoneEvent(event, timestamp: view.header.timestamp)
    }
    return .buffered(outcome)
  }

  /// Takes 20 ms out of every leg's buffer and mixes them.
  ///
  /// - Parameter now: when the tick is due, rather than when it comes to pass.
  public mutating func tick(now: Instant) {
    mixer.advance()
    contributors.removeAll(keepingCapacity: true)
    (isMuMade, isAMade) = (false, false)
    for place in members.indices where members[place] != nil {
      Conference.pull(&members[place], &samples, into: &mixer, now)
      // By parts: a copy of a member would retain everything in it.
      guard let leg = members[place]?.leg, mixer.isSpeaking(leg), let ssrc = members[place]?.buffer.ssrc else {
        continue
      }
      contributors.append((place, ssrc))
    }
  }

  private static func pull(
    _ member: inout ConferenceMember?, _ samples: inout [Int16], into mixer: inout AudioMixer, _ now: Instant
  ) {
    guard let leg = member?.leg else { return }
    var span = samples.mutableSpan
    guard let frame = member?.buffer.pull(into: &span, now: now) else { return }
    member?.frame = frame
    // Comfort noise is for one listener; that of a whole room would add up.
    if frame.kind == .speech || frame.kind == .concealed { mixer.add(span.span, from: leg) }
  }

  /// Writes the packet a leg is to be sent in this tick; to be asked for once in each.
  ///
  /// - Parameter packet: room for ``maxPacketBytes``.
  /// - Returns: the bytes of the packet; nil when none is to be sent.
  public mutating func writePacket(for leg: ConferenceLeg, into packet: inout MutableSpan<UInt8>) -> Int? {
    guard mixer.isThere(leg), leg.place < members.count, let encoding = members[leg.place]?.configuration.encoding
    else {
      return nil
    }
    let ticks = UInt32(Conference.tickSamples)
    let output = mixer.output(for: leg)
    if output == .silence, members[leg.place]?.configuration.comfortNoise != nil {
      return members[leg.place]?.writePause(into: &packet, ticks: ticks)
    }
    listSources(for: leg)
    guard
      let start = Conference.writeHeader(&members[leg.place], sources, into: &packet, ticks)
    else { return nil }
    let end = start + Conference.tickSamples
    var payload = packet._mutatingExtracting(start..<end)
    switch (encoding, output) {
    case (.g711(let law), .silence): payload.update(repeating: law.silence)
    case (.g711(let law), .shared): writeShared(law, leg, into: &payload)
    case (.g711(let law), .own):
      Conference.mix(&mixer, leg, into: &samples)
      law.encode(samples.span, into: &payload)
    case (.g722, _):
      Conference.mix(&mixer, leg, into: &samples)
      Conference.encodeG722(&members[leg.place], samples, into: &payload)
    }
    return end
  }

  private mutating func writeShared(_ law: G711Law, _ leg: ConferenceLeg, into payload: inout MutableSpan<UInt8>) {
    switch law {
    case .mu:
      if !isMuMade { Conference.encode(&mixer, leg, law, &samples, into: &sharedMu) }
      isMuMade = true
      for index in payload.indices { payload[index] = sharedMu[index] }
    case .a:
      if !isAMade { Conference.encode(&mixer, leg, law, &samples, into: &sharedA) }
      isAMade = true
      for index in payload.indices { payload[index] = sharedA[index] }
    }
  }

  /// Those a leg hears, as many as a header names.
  private mutating func listSources(for leg: ConferenceLeg) {
    sources.removeAll(keepingCapacity: true)
    guard members[leg.place]?.configuration.namesContributors == true else { return }
    for contributor in contributors where contributor.place != leg.place {
      guard sources.count < RTPLimits.maxContributingSources else { return }
      sources.append(contributor.ssrc)
    }
  }

  private func member(_ leg: ConferenceLeg) -> ConferenceMember? {
    mixer.isThere(leg) && leg.place < members.count ? members[leg.place] : nil
  }

  // Of parts of the conference, not of the whole: a span of one part would keep all of it busy.

  private static func writeHeader(
    _ member: inout ConferenceMember?, _ sources: [UInt32], into packet: inout MutableSpan<UInt8>, _ ticks: UInt32
  ) -> Int? {
    member?.writeHeader(
      into: &packet, contributors: sources.span, ticks: ticks, payloadBytes: Conference.tickSamples)
  }

  private static func mix(_ mixer: inout AudioMixer, _ leg: ConferenceLeg, into samples: inout [Int16]) {
    var span = samples.mutableSpan
    _ = mixer.mixed(for: leg, into: &span)
  }

  private static func encode(
    _ mixer: inout AudioMixer, _ leg: ConferenceLeg, _ law: G711Law, _ samples: inout [Int16],
    into octets: inout [UInt8]
  ) {
    mix(&mixer, leg, into: &samples)
    var span = octets.mutableSpan
    law.encode(samples.span, into: &span)
  }

  private static func encodeG722(
    _ member: inout ConferenceMember?, _ samples: [Int16], into payload: inout MutableSpan<UInt8>
  ) {
    member?.encodeG722(samples.span, into: &payload)
  }
}
