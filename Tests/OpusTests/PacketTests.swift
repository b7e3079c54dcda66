import Opus
import Testing

struct OpusPacketTests {
  /// RFC 6716 table 2 and §3.2: the first byte, and the second where it counts the frames.
  @Test(arguments: [
    ([UInt8(0x00), 1], OpusPacket.Mode.silk, 480, 1), ([0x08, 1, 2], .silk, 960, 1), ([0x10, 1, 2], .silk, 1_920, 1),
    ([0x18, 1, 2], .silk, 2_880, 1), ([0x58, 0], .silk, 2_880, 1), ([0x60, 0], .hybrid, 480, 1),
    ([0x68, 0], .hybrid, 960, 1), ([0x80, 0], .celt, 120, 1), ([0xE0, 0], .celt, 120, 1), ([0xF8, 0], .celt, 960, 1),
    ([0x09, 1, 2], .silk, 960, 2), ([0x0A, 1, 2], .silk, 960, 2), ([0x0B, 6, 1], .silk, 960, 6),
    ([0x83, 0x30, 1], .celt, 120, 48), ([0x83, 0xC1, 1], .celt, 120, 1),
  ])
  func reads(bytes: [UInt8], mode: OpusPacket.Mode, frameSamples: Int, frameCount: Int) throws {
    let packet = try OpusPacket(bytes.span)
    #expect(packet.mode == mode)
    #expect(packet.frameSamples == frameSamples)
    #expect(packet.frameCount == frameCount)
    #expect(packet.samples == frameSamples * frameCount)
    #expect(!packet.isStereo)
  }

  @Test(
    arguments: [
      [], [0x01, 1], [0x02], [0x03], [0x03, 0], [0x03, 0x40], [0x83, 49], [0x0B, 7], [0x1B, 3], [0x13, 4],
    ] as [[UInt8]])
  func refuses(bytes: [UInt8]) {
    #expect(throws: OpusError.invalidPacket) { () throws(OpusError) in try OpusPacket(bytes.span) }
  }

  @Test func lengths() throws {
    let longest = [UInt8](repeating: 0, count: OpusLimits.maxPacketBytes)
    _ = try OpusPacket(longest.span)
    let beyond = [UInt8](repeating: 0, count: OpusLimits.maxPacketBytes + 1)
    #expect(throws: OpusError.tooLong) { () throws(OpusError) in try OpusPacket(beyond.span) }
    let stereo: [UInt8] = [0x0C]
    let packet = try OpusPacket(stereo.span)
    #expect(packet.isStereo)
    #expect(packet.isEmpty)
  }
}

struct OpusParameterTests {
  @Test func reads() {
    let all = OpusParameters(
      "maxplaybackrate=16000; sprop-maxcapturerate=24000; maxaveragebitrate=20000; stereo=1; sprop-stereo=1; cbr=1;"
        + " UseInbandFEC=1;usedtx = 1 ;minptime=10;unknown=7;alone")
    #expect(all.maxPlaybackRate == 16_000)
    #expect(all.maxCaptureRate == 24_000)
    #expect(all.maxAverageBitsPerSecond == 20_000)
    #expect(all.isStereo && all.sendsStereo && all.usesConstantBitRate && all.usesInbandFEC && all.usesDTX)
    #expect(all.minPacketMilliseconds == 10)
    #expect(OpusParameters(all.text) == all)
    #expect(
      all.text
        == "minptime=10;maxplaybackrate=16000;sprop-maxcapturerate=24000;maxaveragebitrate=20000;stereo=1;"
        + "sprop-stereo=1;cbr=1;useinbandfec=1;usedtx=1")
  }

  /// Missing, out of range or no number: what is meant anyway (RFC 7587 §6.1).
  @Test(arguments: [
    "", "useinbandfec=0", "useinbandfec=2", "maxplaybackrate=7999", "maxplaybackrate=48001", "maxaveragebitrate=5999",
    "maxaveragebitrate=510001", "maxplaybackrate=99999999999999999999", "stereo=yes", "stereo", ";;;=", "minptime=0",
  ])
  func defaults(text: String) {
    #expect(OpusParameters(text) == OpusParameters())
    #expect(OpusParameters(text).text == "")
  }

  @Test func limitsAnEncoder() {
    let ours = OpusEncoderConfiguration(.wideband, bitsPerSecond: 30_000, usesInbandFEC: true, usesDTX: true)
    let limited = ours.limited(by: OpusParameters("maxaveragebitrate=20000;maxplaybackrate=8000;useinbandfec=1"))
    #expect(limited.bitsPerSecond == 20_000)
    #expect(limited.maxPlaybackRate == 8_000)
    #expect(limited.usesInbandFEC && !limited.usesDTX)
    #expect(!ours.limited(by: OpusParameters()).usesInbandFEC)
  }

  @Test func lengthLimit() {
    let filling = String(repeating: " ", count: OpusLimits.maxParameterBytes - 8)
    #expect(OpusParameters(filling + "stereo=1").isStereo)
    #expect(!OpusParameters(filling + " stereo=1").isStereo)
  }
}
