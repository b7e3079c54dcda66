import SIPMessage
import Testing

@Suite("Content-Type, Accept, Content-Disposition, multipart bodies")
struct MediaTypeTests {
  @Test("Content-Type (§20.15)")
  func contentType() throws {
    check(
      MediaType.self,
      valid: [
        ("application/sdp", nil), ("Text/HTML ; charset = ISO-8859-4", "text/html;charset=ISO-8859-4"),
        ("multipart/mixed;boundary=\"a b\"", nil), ("*/*", nil),
        (
          "multipart/signed;\r\n  protocol=\"application/pkcs7-signature\";micalg=sha1;boundary=7a9cbec02ceef655",
          "multipart/signed;protocol=\"application/pkcs7-signature\";micalg=sha1;boundary=7a9cbec02ceef655"
        ),
      ],
      invalid: [
        ("", .emptyValue, 0), ("application", .unexpectedEnd, 11), ("application/", .unexpectedEnd, 12),
        ("/sdp", .malformedToken, 0), ("a/b/c", .trailingBytes, 3), ("a/b, c/d", .trailingBytes, 3),
        ("a/b;c=d;C=e", .duplicateParameter, 8),
      ])
    #expect(MediaType.sdp.text == "application/sdp")
    #expect(reason { () throws(SIPParseError) in _ = try MediaType("a b", "c") } == .malformedToken)
  }

  @Test("Accept (§20.1)")
  func accept() throws {
    let accept = try AcceptHeader("application/sdp;level=1, application/x-private;q=0, text/*;q=0.3, */*;q=0")
    #expect(accept.accepts(.sdp))
    #expect(try !accept.accepts(MediaType("application", "x-private")))
    #expect(accept.accepts(.plainText))
    #expect(try !accept.accepts(MediaType("image", "png")))
    #expect(try AcceptHeader(accept.text) == accept)
    #expect(try AcceptHeader("").types.isEmpty)
    #expect(try !AcceptHeader("").accepts(.sdp))
    #expect(reason { () throws(SIPParseError) in _ = try AcceptHeader("a/b,") } == .unexpectedEnd)
    #expect(reason { () throws(SIPParseError) in _ = try AcceptHeader("a") } == .unexpectedEnd)
  }

  @Test("Content-Disposition (§20.11)")
  func disposition() throws {
    check(
      ContentDispositionHeader.self,
      valid: [("session", nil), ("Session;handling=optional", "session;handling=optional"), ("icon;x=\"y\"", nil)],
      invalid: [("", .emptyValue, 0), ("a b", .trailingBytes, 2), (";x", .malformedToken, 0)])
    #expect(try ContentDispositionHeader(type: "Render").text == "render")
    #expect(reason { () throws(SIPParseError) in _ = try ContentDispositionHeader(type: "a b") } == .malformedToken)
    #expect(try ContentDispositionHeader("render").isRequired)
    #expect(try ContentDispositionHeader("render;handling=required").isRequired)
    #expect(try !ContentDispositionHeader("render;handling=OPTIONAL").isRequired)
  }
}

@Suite("Multipart bodies: RFC 2046 §5.1")
struct MultipartBodyTests {
  private func split(
    _ body: String, _ type: String = "multipart/mixed;boundary=b", limits: MultipartBody.Limits = .init()
  ) throws(SIPParseError) -> MultipartBody {
    let utf8 = body.utf8
    return try MultipartBody(parsing: utf8.span, as: try MediaType(type), limits: limits)
  }

  private func text(_ body: String, _ part: MultipartBody.Part) -> String {
    String(decoding: Array(body.utf8)[part.content.range], as: UTF8.self)
  }

  @Test("Parts, their headers, their contents")
  func parts() throws {
    let body =
      "preamble\r\n--b\r\nContent-Type: application/sdp\r\nX: y\r\n folded\r\nContent-Disposition : session;handling=optional\r\n\r\nv=0\r\n\r\n--b \t\r\n\r\nplain --b\r\n--bb\r\n\r\n--b\r\n\r\n--b--\r\nepilogue\r\n--b\r\n"
    let multipart = try split(body)
    #expect(multipart.parts.map { text(body, $0) } == ["v=0\r\n", "plain --b\r\n--bb\r\n", ""])
    #expect(multipart.parts.map(\.type) == [.sdp, .plainText, .plainText])
    #expect(multipart.parts[0].disposition?.isRequired == false)
    #expect(multipart.parts[1].headers.isEmpty)
  }

  @Test("Contents may be any bytes; nothing but a line of its own is a delimiter")
  func binary() throws {
    var body = Array("--b\r\nContent-Type: a/b\r\n\r\n".utf8)
    let content = Array(UInt8.min...UInt8.max) + Array("\r\n --b\r\n-- b\r\n\n--b--".utf8)
    body += content + Array("\r\n--b--".utf8)
    let multipart = try MultipartBody(parsing: body.span, as: try MediaType("multipart/x;boundary=b"))
    #expect(multipart.parts.map { Array(body[$0.content.range]) } == [content])
  }

  @Test("Parts within parts")
  func nested() throws {
    let body =
      "--o\r\nContent-Type: multipart/alternative; boundary=\"i i\"\r\n\r\n--i i\r\n\r\n1\r\n--i i\r\n\r\n2\r\n--i i--\r\n--o\r\n\r\n3\r\n--o--"
    let multipart = try split(body, "multipart/mixed;boundary=o")
    #expect(multipart.parts.count == 2)
    #expect(multipart.parts[0].parts.map { text(body, $0) } == ["1", "2"])
    #expect(text(body, multipart.parts[1]) == "3")
  }

  @Test("Refused")
  func refused() {
    for (body, type, expected) in [
      ("--b\r\n\r\n--b--", "text/plain;boundary=b", SIPParseError.Reason.unknownValue),
      ("--b\r\n\r\n--b--", "multipart/mixed", .missingParameter),
      ("--b\r\n\r\n--b--", "multipart/mixed;boundary=\"\"", .malformedParameter),
      ("--b\r\n\r\n--b--", "multipart/mixed;boundary=\"a \"", .malformedParameter),
      ("--b\r\n\r\n--b--", "multipart/mixed;boundary=\"a;\"", .malformedParameter),
      ("", "multipart/mixed;boundary=b", .unexpectedEnd),
      ("x\r\n", "multipart/mixed;boundary=b", .unexpectedEnd),
      ("--b\r\n\r\nx", "multipart/mixed;boundary=b", .unexpectedEnd),
      ("--b\r\n\r\nx\r\n--b\r\n", "multipart/mixed;boundary=b", .unexpectedEnd),
      ("--b--", "multipart/mixed;boundary=b", .emptyValue),
      ("--b\r\nContent-Type: x\r\n\r\n\r\n--b--", "multipart/mixed;boundary=b", .unexpectedEnd),
      (
        "--b\r\nContent-Type: a/b\r\nContent-type: a/b\r\n\r\n\r\n--b--", "multipart/mixed;boundary=b", .duplicateHeader
      ),
      ("--b\r\nno colon\r\n\r\n\r\n--b--", "multipart/mixed;boundary=b", .unexpectedByte),
      ("--b\r\nContent-Type: multipart/x\r\n\r\n\r\n--b--", "multipart/mixed;boundary=b", .missingParameter),
    ] {
      #expect(reason { () throws(SIPParseError) in _ = try split(body, type) } == expected, "\(body) as \(type)")
    }
  }

  @Test("Limits: parts, depth, header lines, boundary, at the edge and one beyond")
  func limits() throws {
    var limits = MultipartBody.Limits()
    limits.maxParts = 3
    limits.maxDepth = 2
    limits.maxHeaders = 2

    func parts(_ count: Int) -> String { String(repeating: "--b\r\n\r\nx\r\n", count: count) + "--b--" }
    #expect(try split(parts(3), limits: limits).parts.count == 3)
    #expect(reason { () throws(SIPParseError) in _ = try split(parts(4), limits: limits) } == .tooManyValues)

    func nested(_ depth: Int) -> String {
      depth == 1
        ? "--b1\r\n\r\nx\r\n--b1--"
        : "--b\(depth)\r\nContent-Type: multipart/mixed;boundary=b\(depth - 1)\r\n\r\n\(nested(depth - 1))\r\n--b\(depth)--"
    }
    #expect(try split(nested(2), "multipart/mixed;boundary=b2", limits: limits).parts.count == 1)
    #expect(
      reason { () throws(SIPParseError) in _ = try split(nested(3), "multipart/mixed;boundary=b3", limits: limits) }
        == .nestingTooDeep)

    func headers(_ count: Int) -> String { "--b\r\n" + String(repeating: "X: y\r\n", count: count) + "\r\n\r\n--b--" }
    #expect(try split(headers(2), limits: limits).parts.count == 1)
    #expect(reason { () throws(SIPParseError) in _ = try split(headers(3), limits: limits) } == .tooManyHeaders)

    let boundary = String(repeating: "x", count: MultipartBody.maxBoundaryBytes)
    #expect(try split("--\(boundary)\r\n\r\n--\(boundary)--", "multipart/mixed;boundary=\(boundary)").parts.count == 1)
    #expect(
      reason { () throws(SIPParseError) in
        _ = try split("--\(boundary)x\r\n\r\n--\(boundary)x--", "multipart/mixed;boundary=\(boundary)x")
      } == .malformedParameter)
  }
}
