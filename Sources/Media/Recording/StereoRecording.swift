import RTP
import Transcoder
import Wire

/// Which of the two who talk, and so which channel.
public enum RecordedSide: UInt8, Sendable, Hashable, CaseIterable {
  /// The first channel.
  case left
  /// The second.
  case right
}

/// A call as it sounded, both sides at once: RTP packets in, the bytes of a WAV file of two channels at 8 kHz out.
///
/// Each side has a clock of its own. Its first packet lies where it came; the next ones lie as far behind it as their
/// timestamps say, so that neither loss nor jitter moves what is heard. Where that and the time of arrival come to differ
/// by more than ``RecordingLimits/maxOffset``, after a pause of the sender's clock or in the course of an hour, the side
/// begins anew where it is. What is missing is silence; so are comfort noise, telephone events and codecs that are not
/// known here. What comes later than ``RecordingLimits/delay`` is left out.
///
/// A machine: ``received(_:from:now:into:)`` for every packet, ``advance(now:into:)`` now and then, ``finish(now:into:)``
/// at the end. Samples are written when they are ``RecordingLimits/delay`` old.
public struct StereoRecording: ~Copyable {
  /// The file that is being written: its head is asked for as ``WAVWriter`` has it.
  public private(set) var writer = WAVWriter(.pcm16, sampleRate: UInt32(rate), channels: 2)

  private let start: Instant
  private var left = Side()
  private var right = Side()
  /// Samples that wait, by turns; the first one's place, in samples from the start.
  private var waiting: [Int16]
  private var base: Int64 = 0

  private static let rate: Int64 = 8_000
  /// Samples of one side that may wait: those of the delay, and of packets that are ahead of their time.
  private static let window = Int64(RecordingLimits.delay.recordedSamples + RecordingLimits.maxOffset.recordedSamples)

  /// A recording that begins now.
  public init(start: Instant) {
    self.start = start
    waiting = [Int16](repeating: 0, count: Int(2 * Self.window))
  }

  /// What the payload types of a side's packets stand for, from now on.
  public mutating func set(_ codecs: [UInt8: SpeechCodec], of side: RecordedSide) {
    switch side {
    case .left: left.set(codecs)
    case .right: right.set(codecs)
    }
  }

  /// A packet has come: what belongs to the end of the file is appended. One that is no RTP, or not known, is passed over.
  public mutating func received(
    _ packet: Span<UInt8>, from side: RecordedSide, now: Instant, into bytes: inout [UInt8]
  ) throws(RecordingError) {
    try advance(now: now, into: &bytes)
    guard let view = try? RTPPacketView(packet) else { return }
    let arrived = place(of: now)
    let heard =
      switch side {
      case .left: left.hear(view.header, view.payload, arrived: arrived)
      case .right: right.hear(view.header, view.payload, arrived: arrived)
      }
    guard let heard else { return }
    switch side {
    case .left: put(left.samples, heard, channel: 0)
    case .right: put(right.samples, heard, channel: 1)
    }
  }

  /// Time has passed.
  public mutating func advance(now: Instant, into bytes: inout [UInt8]) throws(RecordingError) {
    try write(to: place(of: now) - Int64(RecordingLimits.delay.recordedSamples), into: &bytes)
  }

  /// It is over: what waits is written, as far as now.
  public mutating func finish(now: Instant, into bytes: inout [UInt8]) throws(RecordingError) {
    try write(to: place(of: now), into: &bytes)
    bytes += writer.tail
  }

  /// The head of the file as it is now.
  public mutating func head() -> [UInt8] { writer.head() }

  // MARK: Samples

  private func place(of now: Instant) -> Int64 {
    max(0, start.duration(to: now).saturatingNanoseconds / (1_000_000_000 / Self.rate))
  }

  /// What of a packet lies before the window has been written already, and what lies behind it comes too early by far.
  private mutating func put(_ samples: [Int16], _ heard: Range<Int64>, channel: Int) {
    for place in max(heard.lowerBound, base)..<max(heard.upperBound, base) where place < base + Self.window {
      let index = Int(place % Self.window)
      waiting[2 * index + channel] = samples[Int(place - heard.lowerBound)]
    }
  }

  private mutating func write(to end: Int64, into bytes: inout [UInt8]) throws(RecordingError) {
    // In pieces, however long nobody asked.
    var piece: [Int16] = []
    while base < end {
      let count = min(end - base, Self.window)
      piece.removeAll(keepingCapacity: true)
      for place in base..<(base + count) {
        let index = 2 * Int(place % Self.window)
        piece.append(waiting[index])
        piece.append(waiting[index + 1])
        waiting[index] = 0
        waiting[index + 1] = 0
      }
      try writer.append(piece.span, into: &bytes)
      base += count
    }
  }
}

/// One side's clock and codecs.
private struct Side: ~Copyable {
  private var codecs: [UInt8: SpeechCodec] = [:]
  private var decoder: SpeechDecoder?
  private var payloadType: UInt8?
  private var source: UInt32?
  /// A timestamp, and where its sample lies.
  private var timestamp: UInt32 = 0
  private var anchor: Int64 = 0
  /// Behind the newest sample.
  private var end: Int64 = 0
  /// What the newest packet has become, from its beginning.
  private(set) var samples: [Int16]

  init() {
    samples = [Int16](repeating: 0, count: 8 * TranscoderLimits.maxPacketMilliseconds)
  }

  mutating func set(_ codecs: [UInt8: SpeechCodec]) {
    guard codecs != self.codecs else { return }
    self.codecs = codecs
    payloadType = nil
    decoder = nil
  }

  /// Where the samples of a packet lie; nil when it has none.
  mutating func hear(_ header: RTPHeader, _ payload: Span<UInt8>, arrived: Int64) -> Range<Int64>? {
    guard let codec = codecs[header.payloadType] else { return nil }
    if payloadType != header.payloadType || source != header.ssrc {
      guard let made = try? SpeechDecoder(codec, isWideband: false) else { return nil }
      decoder = consume made
      payloadType = header.payloadType
    }
    guard let count = try? decoder?.decode(payload, into: &samples, in: 0..<samples.count), count > 0 else {
      return nil
    }
    let units = Int64(Int32(bitPattern: header.timestamp &- timestamp))
    let most = Int64(RecordingLimits.maxOffset.recordedSamples)
    var place = anchor + units * 8_000 / Int64(codec.clockRate)
    let isAnew = source != header.ssrc || abs(place - arrived) > most
    if isAnew {
      source = header.ssrc
      // Behind what was said before, unless that is ahead of time by far.
      place = end - arrived > most ? arrived : max(arrived, end)
    }
    if isAnew || units > 0 { (anchor, timestamp) = (place, header.timestamp) }
    end = max(end, place + Int64(count))
    return place..<(place + Int64(count))
  }
}

extension Duration {
  /// So many samples at 8 kHz.
  fileprivate var recordedSamples: Int { Int(saturatingNanoseconds / 125_000) }
}
