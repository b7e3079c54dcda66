import Guard
import SIPMessage
import Wire

/// What a request inside a dialog belongs to.
struct DialogReference {
  var call: CallKey?
  var traceID: String?
  /// Whether who began the dialog sends it.
  var isFromCaller = false
}

/// The Route headers of a request as far as they concern us (RFC 3261 §16.4).
struct RouteSet {
  /// The topmost Route values that are ours, and so go: header and beginning of each.
  var ours: [(place: Int, lower: UInt32)] = []
  /// The cookie in one of ours.
  var cookie: UInt64?
  /// The flow tokens in ours, of who began the dialog and of who was called.
  var callerFlow: ByteRange?
  var calleeFlow: ByteRange?
  /// Whether one of ours carries routes that were hidden from the sender (``HidingMint``).
  var isHidden = false
  /// Whether something is there in the place of what was hidden that is none of ours.
  var isForged = false
  /// Whether one of ours says that the sender has asked for privacy.
  var isPrivate = false
  /// The first value that remains: the next hop.
  var next: RouteField?
  /// The last value, when the hop before us routed strictly: the Request-URI was ours, and this is the real one.
  var displaced: RouteField?
  /// The URI that decides where the request goes when no Route remains: the Request-URI, or the displaced one.
  let target: SIPURIField
  /// Whether the request is for this node itself: no Route remains, and the Request-URI is ours and names nobody.
  var isForUs = false

  /// Whether a value that is not ours remains.
  var hasForeign: Bool { next != nil }
  /// Where the first value that remains begins.
  var rest: (place: Int, lower: UInt32)? { next.map { ($0.address.place, $0.value.lower) } }
  /// Whether the next hop is a strict router, which wants to find itself in the Request-URI (§16.6 item 6).
  var isNextStrict: Bool { next.map { !$0.uri.isLooseRouter } ?? false }

  init(target: SIPURIField) { self.target = target }
}

// Dialogs, by the cookie that our Record-Route carries (RFC 3261 §16.12; DOMAIN §4).
extension ProxyCore {
  /// The dialog of a request with a To tag, if its cookie is good: compared with the call we know, or made again from
  /// Call-ID and tag when we know of none (after a restart, or on another node with the same key).
  mutating func dialog(
    of view: SIPMessageView, _ fields: SIPMandatoryFields, cookie: UInt64?
  ) -> DialogReference? {
    guard let cookie, let from = fields.from.tag, let to = fields.to.tag else { return nil }
    let callID = fields.callID
    // The caller's tag stands in From when the caller sends, in To when the callee does.
    for (tag, isFromCaller) in [(from, true), (to, false)] {
      let key = CallKey(callID: view.slice(callID), fromTag: view.slice(tag), hashKey: hashKey)
      if let call = calls[key] {
        guard call.cookie == cookie else { return nil }
        call.dialog?.note(sequence: fields.cseqNumber, isFromCaller: isFromCaller)
        return DialogReference(call: key, traceID: call.traceID, isFromCaller: isFromCaller)
      }
    }
    for (tag, isFromCaller) in [(from, true), (to, false)]
    where cookies.cookie(callID: view.slice(callID), tag: view.slice(tag)) == cookie {
      return DialogReference(isFromCaller: isFromCaller)
    }
    return nil
  }
}

extension Span<UInt8> {
  /// ASCII comparison; a trailing dot of a host name makes no difference.
  func equalsIgnoringCase(_ text: String) -> Bool {
    var length = count
    if length > 1, self[length - 1] == 0x2E { length -= 1 }
    let utf8 = text.utf8
    guard length == utf8.count else { return false }
    var index = 0
    for byte in utf8 {
      let own = self[index]
      guard (own &- 65 < 26 ? own | 32 : own) == (byte &- 65 < 26 ? byte | 32 : byte) else { return false }
      index += 1
    }
    return true
  }
}
