import AdminQuery
import Guard
import Testing
import Wire

@Suite struct QueryStringTests {
  @Test(arguments: [
    ("", []), ("&&", []), ("a=1&b=2", [("a", "1"), ("b", "2")]), ("a", [("a", "")]), ("=x", [("", "x")]),
    ("a==&b=%3D%26", [("a", "="), ("b", "=&")]), ("a=+%20", [("a", "+ ")]), ("%C3%A9=%c3%a9", [("é", "é")]),
  ])
  func reads(text: String, expected: [(String, String)]) throws {
    let query = try QueryString(parsing: text)
    #expect(query.parameters == expected.map { QueryString.Parameter($0.0, $0.1) })
    #expect(try QueryString(parsing: query.text) == query)
  }

  static let refused: [(String, QueryError)] = [
    ("a=%", .notPercentEncoded), ("a=%4", .notPercentEncoded), ("a=%zz", .notPercentEncoded),
    ("a=%ff", .notPercentEncoded), ("%ff=a", .notPercentEncoded), ("a=1&a=2", .twice("a")), ("a&%61", .twice("a")),
    ("token=x", .holdsToken), ("Access_Token=x", .holdsToken), ("a=1&authorization=x", .holdsToken),
    ("%74oken=x", .holdsToken),
  ]

  @Test(arguments: refused) func refuses(text: String, error: QueryError) {
    #expect(throws: error) { try QueryString(parsing: text) }
  }

  @Test func limits() throws {
    let longest = "a=" + String(repeating: "x", count: QueryLimits.maxBytes - 2)
    #expect(try QueryString(parsing: longest).parameters.count == 1)
    #expect(throws: QueryError.tooLong) { try QueryString(parsing: longest + "x") }
    let most = (0..<QueryLimits.maxParameters).map { "p\($0)=1" }.joined(separator: "&")
    #expect(try QueryString(parsing: most).parameters.count == QueryLimits.maxParameters)
    #expect(throws: QueryError.tooMany) { try QueryString(parsing: most + "&q=1") }
  }

  @Test func noneWhereNoneBelongs() throws {
    try QueryString(parsing: "&").expectNone()
    #expect(throws: QueryError.unknown("x", known: [])) { try QueryString(parsing: "x=1").expectNone() }
  }
}

@Suite struct PageQueryTests {
  private func page(_ text: String) throws -> PageQuery {
    try PageQuery(QueryString(parsing: text), filters: ["state", "trace_id"])
  }

  @Test func reads() throws {
    #expect(try page("") == PageQuery())
    #expect(try page("limit=1").limit == 1)
    #expect(try page("limit=1000").limit == PageQuery.maxLimit)
    let full = try page("trace_id=a%20b&cursor=1-2&limit=7")
    #expect(full == PageQuery(limit: 7, cursor: "1-2", filters: ["trace_id": "a b"]))
  }

  @Test(arguments: ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=99999999999999999999"])
  func limit(text: String) {
    #expect(throws: QueryError.value("limit", "a number from 1 to 1000")) { try page(text) }
  }

  @Test func aMistakeIsHeardOf() throws {
    let error = #expect(throws: QueryError.self) { try page("stat=x") }
    #expect(error?.reason == "there is no parameter stat here, only limit, cursor, state, trace_id")
  }
}

@Suite struct EventQueryTests {
  private func events(_ text: String, _ last: String? = nil) throws -> EventQuery {
    try EventQuery(QueryString(parsing: text), lastEventID: last)
  }

  @Test func reads() throws {
    let bare = try events("")
    #expect(bare.traceID == nil && bare.events == [] && bare.since == nil && bare.after == nil)
    let full = try events("trace_id=t-1&event=call,guard.decision&since=2026-01-02T03:04:05Z", "17")
    #expect(full.traceID == "t-1")
    #expect(full.events == ["call", "guard.decision"])
    #expect(full.since == UTCTimestamp(rfc3339: "2026-01-02T03:04:05Z"))
    #expect(full.after == 17)
    #expect(try events("", "").after == nil)
    #expect(try events("", "18446744073709551615").after == .max)
  }

  @Test(arguments: [
    ("event=", nil), ("event=call,", nil), ("event=Call", nil), ("event=a b", nil), ("since=yesterday", nil),
    ("limit=1", nil), ("", "x"), ("", "-1"), ("", "+1"), ("", "18446744073709551616"), ("", " 1"),
  ])
  func refuses(text: String, last: String?) {
    #expect(throws: QueryError.self) { try events(text, last) }
  }

  @Test func limits() throws {
    let names = Array(repeating: "call", count: QueryLimits.maxEventNames)
    #expect(try events("event=\(names.joined(separator: ","))").events == names)
    #expect(throws: QueryError.self) { try events("event=\((names + ["call"]).joined(separator: ","))") }
    let longest = String(repeating: "a", count: 64)
    #expect(try events("event=\(longest)").events == [longest])
    #expect(throws: QueryError.self) { try events("event=\(longest)a") }
  }
}

@Suite struct CouncilOrderTests {
  static let orders: [(String, RoomOrder)] = [
    ("{}", RoomOrder()), (#"{"id":"council"}"#, RoomOrder(id: "council")),
    (
      #"{"id":"council-A.b_c-1","trace_id":"t","capacity":1,"seconds":1}"#,
      RoomOrder(id: "council-A.b_c-1", traceID: "t", capacity: 1, seconds: 1)
    ),
    (#"{"capacity":25,"seconds":86400}"#, RoomOrder(capacity: 25, seconds: 86_400)),
  ]

  @Test(arguments: orders) func aRoomIsOrdered(text: String, order: RoomOrder) throws {
    #expect(try RoomOrder(JSONValue(parsing: text)) == order)
  }

  @Test(arguments: [
    "[]", "null", "\"council\"", #"{"id":null}"#, #"{"id":"council-"}"#, #"{"id":"councils"}"#,
    #"{"id":"council-a b"}"#,
    #"{"id":"council-é"}"#, #"{"trace_id":""}"#, #"{"capacity":0}"#, #"{"capacity":26}"#, #"{"capacity":"3"}"#,
    #"{"capacity":1.5}"#, #"{"seconds":0}"#, #"{"seconds":86401}"#, #"{"room":"council"}"#,
  ])
  func whatIsNoneIsRefused(text: String) throws {
    let body = try JSONValue(parsing: text)
    #expect(throws: QueryError.self) { try RoomOrder(body) }
  }

  @Test func aNameHasItsLength() throws {
    let longest = "council-" + String(repeating: "x", count: TraceID.maxBytes)
    #expect(RoomName.isRoom(longest))
    #expect(!RoomName.isRoom(longest + "x"))
  }

  @Test func somebodyIsMuted() throws {
    #expect(try ParticipantOrder(["muted": true]) == ParticipantOrder(isMuted: true))
    #expect(try ParticipantOrder(["muted": false]) == ParticipantOrder(isMuted: false))
    for body: JSONValue in [[:], [], "muted", ["muted": 1], ["muted": true, "more": 1]] {
      #expect(throws: QueryError.self) { try ParticipantOrder(body) }
    }
  }
}
