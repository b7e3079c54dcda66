import AdminQuery
import FuzzSupport
import Guard
import Wire

/// Any query is refused, or is parameters that come back equal from their own text, none of them a token. What becomes of
/// it keeps its bounds, and a page or a stream that was accepted holds nothing that the query did not say.
private func check(_ bytes: Span<UInt8>) {
  guard let text = String(utf8: bytes) else { return }
  checkOrders(text)
  // What stands behind a line feed is a Last-Event-ID.
  let parts = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
  guard let query = try? QueryString(parsing: parts[0]) else { return }
  require(query.parameters.count <= QueryLimits.maxParameters, "too many parameters")
  require(Set(query.parameters.map(\.name)).count == query.parameters.count, "a name is there twice")
  require(
    !query.parameters.contains { ["token", "access_token", "authorization"].contains($0.name.lowercased()) }, "a token")
  if query.text.utf8.count <= QueryLimits.maxBytes {
    require((try? QueryString(parsing: query.text)) == query, "a query changes on the way")
  }
  let values = query.parameters.map(\.value)
  require((try? query.expectNone()) != nil || !query.parameters.isEmpty, "nothing is refused as something")
  if let page = try? PageQuery(query, filters: ["state", "trace_id", "call_id"]) {
    require((1...PageQuery.maxLimit).contains(page.limit), "a limit beyond its bounds")
    require(
      page.filters.count + (page.cursor == nil ? 0 : 1) <= query.parameters.count, "more filters than parameters")
    require(page.filters.values.allSatisfy(values.contains), "a filter of nowhere")
  }
  if let events = try? EventQuery(query, lastEventID: parts.count > 1 ? String(parts[1]) : nil) {
    require(events.events.count <= QueryLimits.maxEventNames, "too many events")
    require(!events.events.contains(""), "an event without a name")
    require(events.traceID.map(values.contains) ?? true, "a trace of nowhere")
    if let number = events.after, parts.count > 1 {
      require(parts[1].allSatisfy(\.isNumber) && UInt64(parts[1]) == number, "a number of nowhere")
    }
  }
}

/// The same of bodies: a room that is ordered has a name that names one, and keeps its bounds.
private func checkOrders(_ text: String) {
  guard text.first == "{", let body = try? JSONValue(parsing: text) else { return }
  if let order = try? RoomOrder(body) {
    require(order.id.map { RoomName.isRoom($0) } ?? true, "a room without a name")
    require(order.capacity.map { (1...RoomOrder.maxCapacity).contains($0) } ?? true, "a room for too many")
    require(order.seconds.map { (1...RoomOrder.maxSeconds).contains($0) } ?? true, "a room for too long")
  }
  if let order = try? ParticipantOrder(body) {
    require(body["muted"]?.bool == order.isMuted, "muted by nobody")
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
