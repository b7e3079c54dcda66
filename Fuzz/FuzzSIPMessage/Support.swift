import FuzzSupport
import SIPMessage
import Wire

/// The default limits with room for what the checks add to a message that was just within them.
let roomy: SIPLimits = {
  var limits = SIPLimits()
  limits.maxMessageBytes += 8_192
  limits.maxStartLineBytes += 256
  limits.maxHeaderLineBytes += 256
  limits.maxHeaders += 8
  limits.maxParameters += 4
  return limits
}()

/// The message that was written; nothing (after a trap) when it is refused.
func parsed(_ bytes: [UInt8], _ what: String) -> SIPMessage? {
  do throws(SIPParseError) {
    let message = try SIPMessage(parsing: bytes, limits: roomy)
    try message.view.validate()
    return message
  } catch {
    require(false, "\(what) is refused: \(error)")
    return nil
  }
}

func isEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  for place in 0..<left.count where left[place] != right[place] { return false }
  return true
}

/// Whether a part of one message has the bytes of a part of another; two parts that are not there are equal.
func isEqual(_ view: SIPMessageView, _ range: ByteRange?, _ other: SIPMessageView, _ otherRange: ByteRange?) -> Bool {
  guard let range, let otherRange else { return range == nil && otherRange == nil }
  return isEqual(view.slice(range), other.slice(otherRange))
}

/// Every header line but the one at `skipped` came through unchanged, in order, and nothing but `added` came with them.
func requireSameLines(
  _ view: SIPMessageView, skipping skipped: Int? = nil, _ result: SIPMessageView, adding added: Int? = nil,
  _ what: String
) {
  let count = view.headerCount - (skipped == nil ? 0 : 1)
  require(result.headerCount - (added == nil ? 0 : 1) == count, "\(what): another count of headers")
  var place = 0
  var other = 0
  for _ in 0..<count {
    if place == skipped { place += 1 }
    if other == added { other += 1 }
    let isSame = isEqual(view, view.header(at: place).line, result, result.header(at: other).line)
    require(isSame, "\(what): header \(place) changed")
    place += 1
    other += 1
  }
  require(isEqual(view, view.body, result, result.body), "\(what): the body changed")
}
