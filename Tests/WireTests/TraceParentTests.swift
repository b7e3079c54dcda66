import Testing
import Wire

/// W3C Trace Context, level 1, §3.2 and §4.3.
@Suite struct TraceParentTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let example = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  @Test func theStandardsExample() throws {
    let read = try #require(TraceParent(Self.example))
    #expect(read.traceID == Self.trace)
    #expect(read.traceWords.high == 0x4bf9_2f35_77b3_4da6 && read.traceWords.low == 0xa3ce_929d_0e0e_4736)
    #expect(read.parentID == 0x00f0_67aa_0ba9_02b7 && read.isSampled)
    #expect(read.description == Self.example)
    #expect(Self.example.utf8.count == TraceParent.byteCount)
  }

  @Test(
    "flags: only sampled has a meaning, and only it is written",
    arguments: [("00", false), ("01", true), ("02", false), ("03", true), ("fe", false), ("ff", true)])
  func flags(digits: String, isSampled: Bool) throws {
    let read = try #require(TraceParent("00-\(Self.trace)-00f067aa0ba902b7-\(digits)"))
    #expect(read.isSampled == isSampled)
    #expect(read.description.hasSuffix(isSampled ? "-01" : "-00"))
  }

  @Test(
    "a later version is read as far as it is known",
    arguments: ["", "-", "-what the future brings", "-00"])
  func laterVersions(rest: String) throws {
    for version in ["01", "cc", "fe"] {
      let read = try #require(TraceParent("\(version)-\(Self.trace)-00f067aa0ba902b7-01\(rest)"))
      #expect(read.description == Self.example)
    }
  }

  @Test(
    "what is not valid is none",
    arguments: [
      "", "00", "00-", Self.example + "-", Self.example + "-00", Self.example + " ", " " + Self.example,
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-011",
      "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00F067AA0BA902B7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
      "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e47366-00f067aa0ba902b7-01",
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
      "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.",
      "00-é4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b-01",
    ])
  func notValid(text: String) {
    #expect(TraceParent(text) == nil)
  }

  @Test func ours() throws {
    #expect(TraceParent(traceID: (0, 0), parentID: 1) == nil)
    #expect(TraceParent(traceID: (1, 0), parentID: 0) == nil)
    let low = try #require(TraceParent(traceID: (0, 1), parentID: 1, isSampled: false))
    #expect(low.description == "00-00000000000000000000000000000001-0000000000000001-00")
    #expect(TraceParent(low.description) == low)
    let call = try #require(TraceParent(traceID: Self.trace, parentID: 0x00f0_67aa_0ba9_02b7))
    #expect(call.description == Self.example)
    for text in [
      "", "council-7", String(repeating: "0", count: 32), Self.trace.uppercased(), Self.trace + "0",
      String(Self.trace.dropLast()),
    ] {
      #expect(TraceParent(traceID: text, parentID: 1) == nil, "\(text)")
    }
    let next = call.continued(by: 0xab)
    #expect(next.description == "00-\(Self.trace)-00000000000000ab-01")
    #expect(call.continued(by: 0).parentID == 1)
    let unsampled = try #require(TraceParent("00-\(Self.trace)-00f067aa0ba902b7-00"))
    #expect(!unsampled.continued(by: 7).isSampled)
  }
}
