import Wire

/// How the samples of a WAV file are written (RFC 2361).
public enum WAVEncoding: UInt16, Sendable, Hashable, CaseIterable {
  /// Linear, 16 bits, least significant byte first.
  case pcm16 = 1
  /// G.711 A-law, as in a packet.
  case alaw = 6
  /// G.711 µ-law, as in a packet.
  case mulaw = 7

  /// Bytes of one sample of one channel.
  public var sampleBytes: Int { self == .pcm16 ? 2 : 1 }
}

/// Writes a WAV file (Microsoft's and IBM's RIFF of 1991, RFC 2361) as bytes; whoever owns the file puts them there.
///
/// A WAV file says in its head how long it is. The head is written at once, for no samples, and again after every second
/// of sound: who reads the file of a process that died misses a second at most. For calls longer than ``RecordingLimits``
/// allow there is ``RecordingError/full``, and another file.
public struct WAVWriter: Sendable {
  /// How the samples are written.
  public let encoding: WAVEncoding
  /// Samples a second, of each channel.
  public let sampleRate: UInt32
  /// 1, or 2 for both sides of a call: samples take turns.
  public let channels: UInt16
  /// Bytes of samples so far.
  public private(set) var dataBytes: UInt64 = 0

  private var patchedBytes: UInt64 = 0

  /// A writer of an empty file.
  public init(_ encoding: WAVEncoding, sampleRate: UInt32, channels: UInt16 = 1) {
    self.encoding = encoding
    self.sampleRate = max(sampleRate, 1)
    self.channels = min(max(channels, 1), 2)
  }

  /// Whether the head that was written last says so much less than there is that it should be written again.
  public var isPatchDue: Bool {
    let second = UInt64(sampleRate) * UInt64(blockBytes)
    return dataBytes - patchedBytes >= second * UInt64(RecordingLimits.secondsBetweenPatches)
  }

  private var blockBytes: Int { encoding.sampleBytes * Int(channels) }

  /// The head of the file as it is now, to be written at its beginning: before anything else, whenever ``isPatchDue``, and
  /// at the end.
  public mutating func head() -> [UInt8] {
    patchedBytes = dataBytes
    // Sound that is not linear wants its number of samples in a chunk of its own.
    let isLinear = encoding == .pcm16
    let formatBytes: UInt32 = isLinear ? 16 : 18
    let headBytes = UInt64(isLinear ? 44 : 58)
    let count = UInt32(truncatingIfNeeded: dataBytes)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(headBytes))
    bytes.append(contentsOf: "RIFF".utf8)
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: headBytes - 8 + dataBytes + (dataBytes & 1)))
    bytes.append(contentsOf: "WAVEfmt ".utf8)
    bytes.append(littleEndian: formatBytes)
    bytes.append(littleEndian: encoding.rawValue)
    bytes.append(littleEndian: channels)
    bytes.append(littleEndian: sampleRate)
    bytes.append(littleEndian: sampleRate &* UInt32(blockBytes))
    bytes.append(littleEndian: UInt16(blockBytes))
    bytes.append(littleEndian: UInt16(encoding.sampleBytes * 8))
    if !isLinear {
      bytes.append(littleEndian: UInt16(0))
      bytes.append(contentsOf: "fact".utf8)
      bytes.append(littleEndian: UInt32(4))
      bytes.append(littleEndian: count / UInt32(channels))
    }
    bytes.append(contentsOf: "data".utf8)
    bytes.append(littleEndian: count)
    return bytes
  }

  /// Appends linear samples, of two channels by turns.
  ///
  /// - Parameters:
  ///   - bytes: what belongs to the end of the file is appended to it.
  public mutating func append(_ samples: Span<Int16>, into bytes: inout [UInt8]) throws(RecordingError) {
    guard encoding == .pcm16, samples.count % Int(channels) == 0 else { throw .channels }
    try count(2 * samples.count)
    for index in 0..<samples.count { bytes.append(littleEndian: samples[index]) }
  }

  /// Appends octets of G.711, of two channels by turns.
  public mutating func append(octets: Span<UInt8>, into bytes: inout [UInt8]) throws(RecordingError) {
    guard encoding != .pcm16, octets.count % Int(channels) == 0 else { throw .channels }
    try count(octets.count)
    bytes.append(copying: octets)
  }

  /// Appends both sides of a call, each of as many samples as the longer one: what is missing is silence.
  public mutating func append(
    _ left: Span<Int16>, _ right: Span<Int16>, into bytes: inout [UInt8]
  ) throws(RecordingError) {
    guard encoding == .pcm16, channels == 2 else { throw .channels }
    let longer = max(left.count, right.count)
    try count(4 * longer)
    for index in 0..<longer {
      bytes.append(littleEndian: index < left.count ? left[index] : 0)
      bytes.append(littleEndian: index < right.count ? right[index] : 0)
    }
  }

  /// What belongs behind the last samples: a chunk has an even number of bytes.
  public var tail: [UInt8] { dataBytes & 1 == 1 ? [0] : [] }

  private mutating func count(_ new: Int) throws(RecordingError) {
    guard UInt64(new) <= RecordingLimits.maxWAVDataBytes - dataBytes else { throw .full }
    dataBytes += UInt64(new)
  }

  /// As if so many bytes of samples had been written.
  package mutating func skip(bytes: UInt64) { dataBytes += bytes }
}
