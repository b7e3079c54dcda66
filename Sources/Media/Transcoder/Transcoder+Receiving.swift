import Codecs
import Opus
import RTP
import Wire

extension Transcoder {
  /// A packet has come. All packets that the one before became must have been fetched.
  public mutating func receive(_ packet: Span<UInt8>) throws(TranscoderError) -> Outcome {
    guard isDrained else { throw .notDrained }
    guard let view = try? RTPPacketView(packet) else { throw .malformed }
    let header = view.header
    let isSpeech = header.payloadType == input.payloadType
    guard isSpeech || header.payloadType == input.comfortNoise || header.payloadType == input.telephoneEvent else {
      throw .payloadType(header.payloadType)
    }
    let lost = follow(header)
    if lost < 0 { return .late }
    if isSpeech {
      try receiveSpeech(view.payload, timestamp: header.timestamp, lost: lost)
      return .speech
    }
    if header.payloadType == input.comfortNoise {
      receiveNoise(view.payload, timestamp: header.timestamp)
      return .comfortNoise
    }
    guard let event = TelephoneEvent(view.payload) else { throw .payload }
    return receiveEvent(event, header)
  }

  /// The other side is silent: one packet time of the noise that it described. To be called once per packet time while
  /// ``wantsFilling``; the packet is then fetched.
  public mutating func fill() {
    let (start, frame) = (waitingCount, frame)
    guard wantsFilling, isDrained, start + frame <= waiting.count else { return }
    noise.generate(into: &waiting, in: start..<(start + frame))
    waitingCount += frame
    ahead += frame
  }

  // MARK: The stream that comes

  /// Follows the sequence numbers; returns how many packets are missing before this one, or −1 when it comes late.
  private mutating func follow(_ header: RTPHeader) -> Int {
    let distance = Int(Int16(bitPattern: header.sequenceNumber &- sequence))
    let isAnew =
      source != header.ssrc || distance < -TranscoderLimits.maxMisorder || distance > TranscoderLimits.maxDropout
    if !isAnew, distance <= 0 { return -1 }
    sequence = header.sequenceNumber
    guard isAnew else { return distance - 1 }
    // Another source goes on where the one before ended.
    source = header.ssrc
    expected = header.timestamp
    ahead = 0
    return 0
  }

  private mutating func receiveSpeech(
    _ payload: Span<UInt8>, timestamp: UInt32, lost: Int
  ) throws(TranscoderError) {
    isInNoise = false
    let gap = gap(before: timestamp)
    var made = 0
    let longest = rate * TranscoderLimits.maxPacketMilliseconds
    if lost > 0, gap > 0 {
      // Opus makes up multiples of 2.5 ms; so do the others, then.
      made = min(gap, rate * TranscoderLimits.maxConcealedMilliseconds) / (rate * 5 / 2) * (rate * 5 / 2)
      decoder.conceal(before: payload, into: &decoded, in: 0..<made)
    }
    let count = try decoder.decode(payload, into: &decoded, in: made..<(made + longest))
    if gap - made > 0 {
      append(0..<made)
      begin(pause: gap - made)
      append(made..<(made + count))
    } else {
      append(0..<(made + count))
    }
    expected = timestamp &+ UInt32(truncatingIfNeeded: count * Int(input.codec.clockRate) / (rate * 1_000))
  }

  private mutating func receiveNoise(_ payload: Span<UInt8>, timestamp: UInt32) {
    guard let description = ComfortNoise(payload) else { return }
    begin(pause: gap(before: timestamp))
    expected = timestamp
    isInNoise = true
    if output.comfortNoise != nil {
      control = .comfortNoise(level: description.level)
    } else {
      noise.update(description)
    }
  }

  private mutating func receiveEvent(_ event: TelephoneEvent, _ header: RTPHeader) -> Outcome {
    guard output.telephoneEvent != nil else { return .telephoneEvent(event, isPassed: false) }
    let packet = events.convert(event, timestamp: header.timestamp, isMarked: header.marker)
    if packet.isFirst {
      // Where it began on the other stream: behind what is spoken, as far as here.
      let gap = max(0, gap(before: packet.start))
      pad()
      let start = position + Int64(waitingCount + max(0, gap - ahead))
      eventStart = self.timestamp(at: start)
    } else {
      pad()
    }
    // The event's own clock may be another than that of speech; its offset is in units of it.
    let unit = Int64(output.codec.clockRate), own = Int64(max(output.telephoneEventClockRate, 1))
    let offset = UInt32(truncatingIfNeeded: Int64(packet.offset) * unit / own)
    control = .telephoneEvent(packet.event, timestamp: eventStart &+ offset, isMarked: packet.isFirst)
    return .telephoneEvent(event, isPassed: true)
  }

  // MARK: The stream that goes

  /// Samples between what came last and a timestamp; 0 when it is before that.
  private func gap(before timestamp: UInt32) -> Int {
    let units = Int64(Int32(bitPattern: timestamp &- expected))
    return Int(max(0, units * Int64(rate) * 1_000 / Int64(input.codec.clockRate)))
  }

  /// A pause of so many samples, less what was made too much; what waits is sent before it.
  private mutating func begin(pause samples: Int) {
    pad()
    let used = min(ahead, samples)
    ahead -= used
    guard waitingCount > 0 else { return skip(samples - used) }
    pause = samples - used
    beforePause = waitingCount
  }

  /// Fills the packet that waits with what would follow.
  private mutating func pad() {
    guard waitingCount % frame != 0 else { return }
    let start = waitingCount
    let missing = frame - start % frame
    let isOpus = input.codec.isOpus
    guard start + missing <= waiting.count else { return }
    if isOpus {
      // libopus makes up whole frames only.
      for index in start..<(start + missing) { waiting[index] = 0 }
    } else {
      decoder.conceal(before: Span(), into: &waiting, in: start..<(start + missing))
    }
    waitingCount += missing
    ahead += missing
  }

  private mutating func append(_ range: Range<Int>) {
    // There is room: what waits is less than a packet, and padded at most to one.
    let start = waitingCount
    let count = min(range.count, waiting.count - start)
    for index in 0..<count { waiting[start + index] = decoded[range.lowerBound + index] }
    waitingCount += count
  }
}

extension ComfortNoiseGenerator {
  mutating func generate(into array: inout [Int16], in range: Range<Int>) {
    var span = array.mutableSpan
    var target = span._mutatingExtracting(range)
    generate(into: &target)
  }
}

extension SpeechCodec {
  var isOpus: Bool { if case .opus = self { true } else { false } }
}
