import SIPMessage
import SIPTransaction
import Wire

/// What is kept of one party of a call so that a request of ours can reach it inside the dialog (RFC 3261 §12): who it
/// is, where it is reached, and how its own requests are numbered.
///
/// One buffer holds the text, the remote target last, since that alone changes. A party that would need more than
/// ``ProxyLimits/partyBytes`` is not remembered: it can be called, and not be hung up on by the operator.
struct CallParty: Sendable {
  /// Address, route set and remote target, one behind the other.
  private(set) var bytes: [UInt8] = []
  /// As From and To write it: `<sip:alice@if.internal>;tag=1`.
  private(set) var address = ByteRange.zero
  /// The URI in `address`.
  private(set) var uri = ByteRange.zero
  /// The tag in `address`; empty from an RFC 2543 client.
  private(set) var tag = ByteRange.zero
  /// Whom the party called, as a URI; of the caller only.
  private(set) var dialled = ByteRange.zero
  /// The Route value that leads there, first hop first; empty without one.
  private(set) var routes = ByteRange.zero
  /// The URI of the first Route.
  private(set) var firstRoute = ByteRange.zero
  /// The remote target: the URI of its newest Contact.
  private(set) var target = ByteRange.zero
  /// Where its messages come from.
  let hop: Hop
  /// The highest CSeq number of its requests; 0 before the first.
  var sequence: UInt32 = 0

  /// Whether a request of ours can be addressed to it.
  var isReachable: Bool { !target.isEmpty }

  /// The caller, from the INVITE as it came: what Record-Route lists lies between us and it, nearest first (§12.1.1).
  init?(caller view: SIPMessageView, _ fields: SIPMandatoryFields, hop: Hop, limit: Int) {
    self.hop = hop
    sequence = fields.cseqNumber
    bytes.reserveCapacity(
      fields.from.uri.count + (fields.from.tag?.count ?? 0) + fields.to.uri.count + Self.contact(fields).count + 8)
    appendAddress(view, fields.from)
    dialled = append(view.slice(fields.to.uri))
    var values: [RouteField] = []
    var next = (try? view.firstRoute(.recordRoute)) ?? nil
    while let value = next {
      values.append(value)
      next = (try? view.route(after: value, of: .recordRoute)) ?? nil
    }
    appendRoutes(view, values)
    target = append(view.slice(Self.contact(fields)))
    guard bytes.count <= limit else { return nil }
  }

  /// The callee, from its 2xx: `routes` are the Record-Route values between us and it, nearest to us first.
  init?(
    callee view: SIPMessageView, _ fields: SIPMandatoryFields, routes: [RouteField], hop: Hop, limit: Int
  ) {
    self.hop = hop
    bytes.reserveCapacity(fields.to.uri.count + (fields.to.tag?.count ?? 0) + Self.contact(fields).count + 8)
    appendAddress(view, fields.to)
    appendRoutes(view, routes)
    target = append(view.slice(Self.contact(fields)))
    guard bytes.count <= limit else { return nil }
  }

  /// A re-INVITE or UPDATE has succeeded: the party is reached there from now on (§12.2). An absent or overlong Contact
  /// changes nothing.
  mutating func refreshTarget(_ view: SIPMessageView, _ contact: ByteRange, limit: Int) {
    guard !contact.isEmpty, bytes.count - target.count + contact.count <= limit else { return }
    let uri = view.slice(contact)
    if uri.count == target.count {
      var index = 0
      while index < uri.count, uri[index] == bytes[target.lowerBound + index] { index += 1 }
      if index == uri.count { return }
    }
    bytes.removeLast(target.count)
    target = append(uri)
  }

  /// Whether this is the party's tag.
  func hasTag(_ other: Span<UInt8>) -> Bool {
    guard other.count == tag.count else { return false }
    for index in 0..<other.count where other[index] != bytes[tag.lowerBound + index] { return false }
    return true
  }

  /// A part as text, for people.
  func text(_ range: ByteRange) -> String { String(decoding: bytes[range.range], as: UTF8.self) }

  /// The URI of a message's first Contact; empty without one.
  static func contact(_ fields: SIPMandatoryFields) -> ByteRange {
    if case .address(let address) = fields.contact { address.uri } else { .zero }
  }

  private mutating func appendAddress(_ view: SIPMessageView, _ field: AddressField) {
    bytes.append(UInt8(ascii: "<"))
    uri = append(view.slice(field.uri))
    bytes.append(UInt8(ascii: ">"))
    if let tag = field.tag {
      bytes.append(contentsOf: Self.tagMark)
      self.tag = append(view.slice(tag))
    }
    address = ByteRange(0..<bytes.count)
  }

  private mutating func appendRoutes(_ view: SIPMessageView, _ values: [RouteField]) {
    guard let first = values.first else { return }
    let start = bytes.count
    for (number, value) in values.enumerated() {
      if number > 0 { bytes.append(contentsOf: Wording.separator) }
      let place = append(view.slice(value.value))
      if number == 0 {
        firstRoute = first.uri.whole.shifted(by: place.lowerBound - value.value.lowerBound)
      }
    }
    routes = ByteRange(start..<bytes.count)
  }

  private mutating func append(_ part: Span<UInt8>) -> ByteRange {
    let start = bytes.count
    bytes.append(copying: part)
    return ByteRange(start..<bytes.count)
  }

  private static let tagMark = Array(";tag=".utf8)
}

/// The dialog of a call as it passed through us. A class, so that a request inside it is noted without moving the call.
final class CallDialog {
  /// Who called; nil when it is too long to be remembered.
  var caller: CallParty?
  /// Who answered; nil before that, or when it is too long to be remembered.
  var callee: CallParty?
  /// The user whose credentials were right.
  let user: String?
  /// Whether the operator ended the call before it was answered, so that an answer which was already under way has to
  /// be ended too; and whether that has been done.
  var hangUp = HangUpState.none
  /// By how much the numbers of a party's requests are written higher, since we have sent some in its name.
  var callerShift: UInt32 = 0
  var calleeShift: UInt32 = 0
  /// The newest INVITE of each, and by how much its number was.
  var callerInvite: (sequence: UInt32, shift: UInt32)?
  var calleeInvite: (sequence: UInt32, shift: UInt32)?

  enum HangUpState {
    /// Nobody has.
    case none
    /// The branches are being cancelled.
    case cancelled(HangUpReason)
    /// An answer came nevertheless, and got its BYE.
    case finished
  }

  init(caller: CallParty?, user: String?) {
    self.caller = caller
    self.user = user
  }

  /// A request inside the dialog goes through: later ones of ours on that side must have a higher number (§12.2.1.1).
  func note(sequence: UInt32, isFromCaller: Bool) {
    if isFromCaller {
      if let known = caller?.sequence, sequence > known { caller?.sequence = sequence }
    } else if let known = callee?.sequence, sequence > known {
      callee?.sequence = sequence
    }
  }
}
