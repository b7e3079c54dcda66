import FuzzSupport
import SIPMessage

/// Two URIs, cut apart at the first line feed, and the same bytes as every typed header.
///
/// Whatever parses has a text that parses to an equal value. A URI is equivalent to itself, equivalence is symmetric,
/// equivalent URIs have one address-of-record, and an address-of-record is its own.
private func check(_ bytes: Span<UInt8>) {
  var cut = 0
  while cut < bytes.count, bytes[cut] != 0x0A { cut += 1 }
  let left = uri(bytes.extracting(0..<cut))
  let right = uri(bytes.extracting(min(cut + 1, bytes.count)..<bytes.count))
  if let left, let right {
    let isEquivalent = left.isEquivalent(to: right)
    require(right.isEquivalent(to: left) == isEquivalent, "\(left) and \(right) are equivalent one way only")
    require(!isEquivalent || left.normalizedAOR == right.normalizedAOR, "\(left) and \(right) have two addresses")
    require(left != right || isEquivalent, "\(left) and \(right) are equal but not equivalent")
  }
  checkHeaders(bytes)
  checkBody(bytes)
}

private func uri(_ bytes: Span<UInt8>) -> AddrSpec? {
  roundTrip(NameAddress.self, bytes)
  guard let uri = roundTrip(AddrSpec.self, bytes) else {
    require((try? SIPURI(parsing: bytes)) == nil, "a SIP URI and no address")
    return nil
  }
  require(uri.isEquivalent(to: uri), "\(uri) is not equivalent to itself")
  guard let sip = uri.sip else { return uri }
  require((try? SIPURI(parsing: bytes)) == sip, "\(sip) is two things")
  let aor = sip.normalizedAOR
  let again = try? SIPURI("sip:" + aor)
  require(again?.normalizedAOR == aor, "\(sip) has an unstable address: \(aor)")
  require(aor.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(aor) has control characters")
  require(sip.asRequestURI.headers.isEmpty && sip.asRequestURI.method == nil, "\(sip) is no Request-URI")
  return uri
}

private func checkHeaders(_ bytes: Span<UInt8>) {
  roundTrip(TelURI.self, bytes)
  if let from = roundTrip(FromHeader.self, bytes) {
    require(from.isEquivalent(to: from), "\(from) is not equivalent to itself")
  }
  roundTrip(ToHeader.self, bytes)
  roundTrip(ContactHeader.self, bytes)
  roundTrip(RouteHeader.self, bytes)
  roundTrip(ReferToHeader.self, bytes)
  roundTrip(PAssertedIdentityHeader.self, bytes)
  roundTrip(ViaHeader.self, bytes)
  roundTrip(CSeqHeader.self, bytes)
  roundTrip(CallIDHeader.self, bytes)
  roundTrip(RAckHeader.self, bytes)
  roundTrip(RSeqHeader.self, bytes)
  roundTrip(ReplacesHeader.self, bytes)
  roundTrip(MaxForwardsHeader.self, bytes)
  roundTrip(ExpiresHeader.self, bytes)
  roundTrip(RetryAfterHeader.self, bytes)
  roundTrip(SessionExpiresHeader.self, bytes)
  roundTrip(MinSEHeader.self, bytes)
  roundTrip(DateHeader.self, bytes)
  roundTrip(ReasonHeader.self, bytes)
  roundTrip(WarningHeader.self, bytes)
  roundTrip(AuthenticationHeader.self, bytes)
  roundTrip(AuthenticationInfoHeader.self, bytes)
  roundTrip(AllowHeader.self, bytes)
  roundTrip(OptionTags.self, bytes)
  roundTrip(PrivacyHeader.self, bytes)
  roundTrip(MediaType.self, bytes)
  roundTrip(ContentDispositionHeader.self, bytes)
  roundTrip(EventHeader.self, bytes)
  roundTrip(IdentityHeader.self, bytes)
  if let list = try? AuthenticationHeader.parseList(bytes) {
    require((try? AuthenticationHeader.parseList(list.listText)) == list, "the list \(list.listText) does not survive")
  }
  if let list = try? ContactList(parsing: bytes) {
    require((try? ContactList(list.text)) == list, "the list \(list.text) does not survive")
  }
}

@discardableResult
private func roundTrip<Value: SIPValue>(_ type: Value.Type, _ bytes: Span<UInt8>) -> Value? {
  let value: Value
  do throws(SIPParseError) {
    value = try Value(parsing: bytes)
  } catch {
    require((0...bytes.count).contains(error.offset), "\(type): an error outside the bytes: \(error)")
    return nil
  }
  let text = value.text
  require(!text.utf8.contains(0x0D) && !text.utf8.contains(0x0A), "\(type): a line break in \(text)")
  do throws(SIPParseError) {
    let again = try Value(text)
    require(again == value, "\(type): \(text) means something else")
  } catch {
    require(false, "\(type): \(text) is refused: \(error)")
  }
  return value
}

/// Parts lie within the body, in order, the inner ones within the outer.
private func checkBody(_ bytes: Span<UInt8>) {
  guard let type = try? MediaType("multipart/mixed;boundary=b") else { return }
  guard let body = try? MultipartBody(parsing: bytes, as: type) else { return }
  func check(_ parts: [MultipartBody.Part], _ lower: Int, _ upper: Int) {
    var lower = lower
    for part in parts {
      require(part.headers.lowerBound >= lower && part.headers.upperBound <= part.content.lowerBound, "parts overlap")
      require(part.content.upperBound <= upper, "a part beyond its body")
      check(part.parts, part.content.lowerBound, part.content.upperBound)
      lower = part.content.upperBound
    }
  }
  check(body.parts, 0, bytes.count)
}

/// What libFuzzer calls.
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
