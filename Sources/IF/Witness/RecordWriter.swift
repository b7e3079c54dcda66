import OpenSSLCrypto
import Wire

/// Writes a record as canonical JSON (RFC 8785), straight from the event: the keys are known and sorted by hand, so no
/// tree is built and nothing is sorted but `details`.
///
/// A record is written in two halves around the place of `hash`, because the hash covers exactly those two.
struct RecordWriter {
  /// When set, no text is longer than this many UTF-8 bytes, and `details` says `"shortened":true`.
  var textLimit: Int?
  /// When set, nothing else stands in `details`.
  var dropsDetails = false

  /// What stands at the end of a text that was cut.
  static let ellipsis: [UInt8] = [0xE2, 0x80, 0xA6]

  /// The size of `,"hash":"…"`.
  static let hashMemberBytes = 10 + Digest32.textBytes

  /// `{"call_id":…` up to and with `"event":…`.
  func writeHead(_ event: WitnessEvent, to output: inout [UInt8]) {
    output.append(UInt8(ascii: "{"))
    if let callID = event.callID {
      Self.append("\"call_id\":", to: &output)
      write(callID, to: &output)
      output.append(UInt8(ascii: ","))
    }
    Self.append("\"component\":", to: &output)
    write(event.component, to: &output)
    if !event.details.isEmpty || textLimit != nil {
      Self.append(",\"details\":", to: &output)
      write(members: dropsDetails ? [] : event.details, marked: textLimit != nil, depth: 1, to: &output)
    }
    Self.append(",\"event\":", to: &output)
    write(event.name.text, to: &output)
  }

  /// `,"method":…` up to the closing brace; without a place for an event that is in no log.
  func writeTail(
    _ event: WitnessEvent, place: (sequence: UInt64, previous: Digest32)?, to output: inout [UInt8]
  ) {
    if let method = event.method {
      Self.append(",\"method\":", to: &output)
      write(method, to: &output)
    }
    if let peer = event.peer {
      Self.append(",\"peer\":", to: &output)
      write(peer, to: &output)
    }
    if let place {
      Self.append(",\"prev_hash\":\"", to: &output)
      place.previous.appendRecordText(to: &output)
      Self.append("\",\"seq\":", to: &output)
      Decimal.append(place.sequence, to: &output)
    }
    if let status = event.status {
      Self.append(",\"status\":", to: &output)
      write(Int64(status), to: &output)
    }
    Self.append(",\"time\":\"", to: &output)
    event.time.appendRFC3339(to: &output)
    output.append(UInt8(ascii: "\""))
    if let traceID = event.traceID {
      Self.append(",\"trace_id\":", to: &output)
      write(traceID, to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }

  private func write(_ peer: WitnessPeer, to output: inout [UInt8]) {
    Self.append("{\"address\":\"", to: &output)
    peer.address.appendText(to: &output)
    output.append(UInt8(ascii: "\""))
    if let tls = peer.tls {
      Self.append(",\"tls\":", to: &output)
      write(tls, to: &output)
    }
    Self.append(",\"transport\":", to: &output)
    write(peer.transport, to: &output)
    output.append(UInt8(ascii: "}"))
  }

  private func write(_ value: WitnessValue, depth: Int, to output: inout [UInt8]) {
    switch value {
    case .list, .members:
      guard depth < WitnessLimits.maxDetailDepth else { return Self.append("\"…\"", to: &output) }
      writeContainer(value, depth: depth + 1, to: &output)
    case .text(let text):
      write(text, to: &output)
    case .integer(let number):
      write(number, to: &output)
    case .bool(let isTrue):
      Self.append(isTrue ? "true" : "false", to: &output)
    case .peer(let peer):
      write(peer, to: &output)
    }
  }

  private func writeContainer(_ value: WitnessValue, depth: Int, to output: inout [UInt8]) {
    switch value {
    case .text, .integer, .bool, .peer: break
    case .list(let values):
      output.append(UInt8(ascii: "["))
      var isFirst = true
      for value in values {
        if !isFirst { output.append(UInt8(ascii: ",")) }
        isFirst = false
        write(value, depth: depth, to: &output)
      }
      output.append(UInt8(ascii: "]"))
    case .members(let members):
      write(members: members, marked: false, depth: depth, to: &output)
    }
  }

  /// Members in the order of RFC 8785 §3.2.3; the first of two with one key counts, and the withheld ones are left out.
  private func write(members: [WitnessDetail], marked: Bool, depth: Int, to output: inout [UInt8]) {
    var members = members
    if marked { members.insert(WitnessDetail("shortened", true), at: 0) }
    // Nearly always they come in their order, and then no two have one key.
    var isInOrder = true
    for index in members.indices.dropFirst()
    where UTF16Order.compare(members[index - 1].key, members[index].key) >= 0 {
      isInOrder = false
      members = Self.sorted(members)
      break
    }
    output.append(UInt8(ascii: "{"))
    var previousKey: String?
    for member in members {
      // By bytes: to Swift's == canonically equivalent names are one, to JSON two.
      if !isInOrder, let previousKey, UTF16Order.compare(previousKey, member.key) == 0 { continue }
      let key = member.key.utf8
      if WithheldNames.contain(key.span) { continue }
      if previousKey != nil { output.append(UInt8(ascii: ",")) }
      previousKey = member.key
      write(key: member.key, to: &output)
      write(member.value, depth: depth, to: &output)
    }
    output.append(UInt8(ascii: "}"))
  }

  private static func sorted(_ members: [WitnessDetail]) -> [WitnessDetail] {
    let order = members.indices.sorted { left, right in
      let order = UTF16Order.compare(members[left].key, members[right].key)
      return order != 0 ? order < 0 : left < right
    }
    return order.map { members[$0] }
  }

  /// Keys are never cut: two of them could become one.
  private func write(key: String, to output: inout [UInt8]) {
    CanonicalText.append(key, limit: nil, to: &output)
    output.append(UInt8(ascii: ":"))
  }

  private func write(_ text: String, to output: inout [UInt8]) {
    CanonicalText.append(text, limit: textLimit, to: &output)
  }

  /// Whole numbers that a double holds exactly are numbers; others are texts.
  private func write(_ number: Int64, to output: inout [UInt8]) {
    if number.magnitude < 1 << 53 {
      Decimal.append(number, to: &output)
    } else {
      output.append(UInt8(ascii: "\""))
      Decimal.append(number, to: &output)
      output.append(UInt8(ascii: "\""))
    }
  }

  private static func append(_ text: StaticString, to output: inout [UInt8]) { output.append(verbatim: text) }
}
