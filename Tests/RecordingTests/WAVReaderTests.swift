import Recording
import Testing
import Wire

struct WAVReaderTests {
  /// A file as the writer makes it.
  static func file(
    _ samples: [Int16] = [1, -2, 0x1234], _ encoding: WAVEncoding = .pcm16, rate: UInt32 = 8_000, channels: UInt16 = 1
  ) throws -> [UInt8] {
    var writer = WAVWriter(encoding, sampleRate: rate, channels: channels)
    var sound: [UInt8] = []
    if encoding == .pcm16 {
      try writer.append(samples.span, into: &sound)
    } else {
      try writer.append(octets: [UInt8](repeating: 0x55, count: samples.count).span, into: &sound)
    }
    return writer.head() + sound + writer.tail
  }

  /// Reads a file from its beginning.
  static func read(_ file: [UInt8]) throws(WAVError) -> [Int16] { try WAVSamples(parsing: file.span).samples }

  @Test func whatWasWrittenIsRead() throws {
    let file = try Self.file()
    #expect(try Self.read(file) == [1, -2, 0x1234])
  }

  @Test func chunksOfOthersArePassedBy() throws {
    var file = try Self.file()
    // Three octets and one to make them even.
    file.insert(contentsOf: Array("LIST".utf8) + [3, 0, 0, 0, 1, 2, 3, 0], at: 36)
    #expect(try Self.read(file) == [1, -2, 0x1234])
  }

  @Test func aHeadThatSaysTooMuchIsHeldToWhatIsThere() throws {
    var file = try Self.file()
    file[40] = 0xFF
    file[41] = 0xFF
    #expect(try Self.read(file) == [1, -2, 0x1234])
  }

  @Test func whatIsNotPlayedSaysWhy() throws {
    let cases: [([UInt8], WAVError)] = [
      ([], .notWAV), (Array("RIFF1234WAVX".utf8), .notWAV), (Array("RIFF1234WAVE".utf8), .broken),
      (try Self.file([1], .alaw), .encoding(6)), (try Self.file([1, 2], channels: 2), .channels(2)),
      (try Self.file([1], rate: 44_100), .sampleRate(44_100)), (try Self.file([]), .empty),
    ]
    for (file, error) in cases {
      #expect(throws: error) { try Self.read(file) }
      #expect(!"\(error)".isEmpty)
    }
    #expect("\(WAVError.sampleRate(44_100))" == "it has 44100 samples a second; 8000 are needed")
  }

  /// However a file is cut, it is refused or read; nothing traps.
  @Test func everyCutIsBorne() throws {
    let file = try Self.file()
    for count in 0..<file.count {
      let cut = Array(file[..<count])
      let read = try? Self.read(cut)
      #expect((read != nil) == (count >= 46), "\(count)")
    }
  }

  @Test func theLongest() throws {
    let longest = [Int16](repeating: 1, count: WAVSamples.maxSamples)
    #expect(try Self.read(Self.file(longest)).count == WAVSamples.maxSamples)
    #expect(throws: WAVError.tooLong) { try Self.read(Self.file(longest + [1])) }
    let chunk: [UInt8] = Array("LIST".utf8) + [0, 0, 0, 0]
    let whole = try Self.file()
    let most = Array(repeating: chunk, count: WAVSamples.maxChunks - 2).flatMap { $0 }
    #expect(try Self.read(whole[..<36] + most + whole[36...]).count == 3)
    #expect(throws: WAVError.broken) { try Self.read(whole[..<36] + most + chunk + whole[36...]) }
  }
}
