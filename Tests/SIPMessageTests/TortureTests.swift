import Foundation
import SIPMessage
import Testing

/// The messages of RFC 4475 and RFC 5118, each with the outcome this library has chosen among those the RFC allows.
@Suite("Torture messages of RFC 4475 and RFC 5118")
struct TortureTests {
  /// One message: its file, and what must come of it. The sections' own text is in RFCs/rfc4475.md and RFCs/rfc5118.md.
  struct Case: Sendable, CustomTestStringConvertible {
    var file: String
    var outcome: Outcome
    var testDescription: String { file }

    init(_ file: String, _ outcome: Outcome = .accepted) {
      self.file = file
      self.outcome = outcome
    }

    /// A 400 (or the status that fits better) reaches the sender.
    static func refused(
      _ file: String, _ reason: SIPParseError.Reason, _ header: SIPHeaderName? = nil, _ status: Int = 400
    )
      -> Case
    {
      Case(file, .refused(reason, header, status: status))
    }
  }

  static let cases: [Case] = [
    // RFC 4475 §3.1.1: valid
    Case("wsinv.dat"), Case("intmeth.dat"), Case("esc01.dat"), Case("escnull.dat"), Case("esc02.dat"),
    Case("lwsdisp.dat"), Case("longreq.dat"), Case("dblreq.dat"), Case("semiuri.dat"), Case("transports.dat"),
    Case("mpart01.dat"), Case("unreason.dat"), Case("noreason.dat"),
    // §3.1.2: invalid
    .refused("badinv01.dat", .malformedParameter, .via),
    .refused("clerr.dat", .bodyTooShort),
    .refused("ncl.dat", .malformedNumber, .contentLength),
    .refused("scalar02.dat", .numberOutOfRange, .cseq),
    Case("scalarlg.dat", .dropped(.numberOutOfRange, .cseq)),
    .refused("quotbal.dat", .unterminatedQuotedString, .to),
    .refused("ltgtruri.dat", .angleBracketsAroundRequestURI),
    .refused("lwsruri.dat", .whiteSpaceInRequestURI),
    .refused("lwsstart.dat", .whiteSpaceInRequestURI),
    .refused("trws.dat", .malformedStartLine),
    .refused("escruri.dat", .headersInRequestURI),
    Case("baddate.dat"),  // §3.1.2.12 lets an element that has no use for Date ignore it
    .refused("regbadct.dat", .bracketsRequired, .contact),
    .refused("badaspec.dat", .malformedURI, .to),
    .refused("baddn.dat", .missingEmptyLine),  // the archive's copy ends before the empty line
    .refused("badvers.dat", .unsupportedVersion, nil, 505),
    .refused("mismatch01.dat", .methodMismatch, .cseq),
    .refused("mismatch02.dat", .methodMismatch, .cseq),
    Case("bigcode.dat", .dropped(.malformedStatusCode, nil)),
    // §3.2, §3.3, §3.4: for the layers above, unless the syntax already says no
    Case("badbranch.dat"),
    .refused("insuf.dat", .missingHeader, .from),
    .refused("unkscm.dat", .unsupportedURIScheme, nil, 416),
    .refused("novelsc.dat", .unsupportedURIScheme, nil, 416),
    Case("unksm2.dat"), Case("bext01.dat"), Case("invut.dat"), Case("regaut01.dat"),
    .refused("multi01.dat", .duplicateHeader, .cseq),
    .refused("mcl01.dat", .conflictingContentLength, .contentLength),
    Case("bcast.dat"), Case("zeromf.dat"), Case("cparam01.dat"), Case("cparam02.dat"), Case("regescrt.dat"),
    Case("sdp01.dat"), Case("inv2543.dat"),
    Case("test.dat", .dropped(.malformedStartLine, nil)),
    // RFC 5118
    Case("rfc5118/ipv6-good.dat"),
    .refused("rfc5118/ipv6-bad.dat", .malformedRequestURI),
    Case("rfc5118/port-ambiguous.dat"), Case("rfc5118/port-unambiguous.dat"),
    Case("rfc5118/via-received-param-with-delim.dat"), Case("rfc5118/via-received-param-no-delim.dat"),
    Case("rfc5118/ipv6-in-sdp.dat"), Case("rfc5118/mult-ip-in-header.dat"), Case("rfc5118/mult-ip-in-sdp.dat"),
    Case("rfc5118/ipv4-mapped-ipv6.dat"), Case("rfc5118/ipv6-bug-abnf-3-colons.dat"),
    Case("rfc5118/ipv6-correct-abnf-2-colons.dat"),
  ]

  @Test("comes to what it must come to", arguments: cases)
  func outcome(_ row: Case) throws {
    guard let bytes = try Conformance.bytes(row.file) else { return }
    #expect(Outcome(bytes) == row.outcome)
  }

  @Test("no file of the archive is left out")
  func everyFileHasACase() throws {
    guard let torture = Conformance.torture else { return }
    let index = try String(contentsOf: torture.appendingPathComponent("index.tsv"), encoding: .utf8)
    let files = index.split(separator: "\n").dropFirst().map { line in
      let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
      return (columns[0] == "rfc5118" ? "rfc5118/" : "") + columns[1] + ".dat"
    }
    #expect(files.count == 62)
    #expect(Set(files) == Set(TortureTests.cases.map(\.file)))
  }
}
