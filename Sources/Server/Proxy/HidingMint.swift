import OpenSSLCrypto
import Wire

/// Makes and reads what a peer outside carries in the place of addresses that are hidden from it (RFC 3323 §5.1): the
/// routes behind us, in a parameter of our own Record-Route value, and the Contact of a party, in the user part of a URI
/// of ours. Nothing is remembered, so a dialog outlives a restart.
///
///     parameter   base64url( sealed( length 2 ‖ text ‖ zeros up to the next 32 ) )
///     user part   "ifh." ‖ the same
///
/// Each is bound to the Call-ID and the tag of the party that it leads to: it is good in requests of that dialog, in that
/// direction, and in no other.
struct HidingMint: ~Copyable {
  private let routes: TextSeal
  private let contacts: TextSeal

  /// What the user part of a hidden Contact begins with.
  static let prefix = Array("ifh.".utf8)
  /// The fewest characters of such a user part: of a tag and 32 bytes.
  static let leastUser = 4 + 64
  private static let lengthBytes = 2

  init(key: [UInt8]) {
    routes = TextSeal(key: key, purpose: "hidden routes")
    contacts = TextSeal(key: key, purpose: "hidden contact")
  }

  /// Appends what stands for routes; a text of at most ``ProxyLimits/hiddenBytes``.
  func appendRoutes(_ text: [UInt8], callID: Span<UInt8>, tag: Span<UInt8>, to bytes: inout [UInt8]) {
    Self.append(routes.seal(Self.padded(text), bound: Self.bound(callID, tag)), to: &bytes)
  }

  /// The text that a parameter stands for; nil when it is none of ours, or another dialog's.
  func routes(_ parameter: Span<UInt8>, callID: Span<UInt8>, tag: Span<UInt8>) -> [UInt8]? {
    guard let bytes = try? Base64.decode(parameter, .urlSafe) else { return nil }
    return routes.open(bytes, bound: Self.bound(callID, tag)).flatMap { Self.unpadded($0) }
  }

  /// Appends the user part that stands for a URI.
  func appendContact(_ uri: [UInt8], callID: Span<UInt8>, tag: Span<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: Self.prefix)
    Self.append(contacts.seal(Self.padded(uri), bound: Self.bound(callID, tag)), to: &bytes)
  }

  /// The URI that a user part stands for; nil when it is none of ours, or another dialog's.
  func contact(_ user: Span<UInt8>, callID: Span<UInt8>, tag: Span<UInt8>) -> [UInt8]? {
    guard Self.isHidden(user), let bytes = try? Base64.decode(user.extracting(Self.prefix.count..<user.count), .urlSafe)
    else { return nil }
    return contacts.open(bytes, bound: Self.bound(callID, tag)).flatMap { Self.unpadded($0) }
  }

  /// Whether a user part looks like one of a hidden Contact.
  static func isHidden(_ user: Span<UInt8>) -> Bool {
    guard user.count >= leastUser else { return false }
    for index in prefix.indices where user[index] != prefix[index] { return false }
    return true
  }

  private static func append(_ sealed: [UInt8], to bytes: inout [UInt8]) {
    Base64.append(sealed.span, .urlSafe, to: &bytes)
  }

  /// Neither a Call-ID nor a tag has a zero in it.
  private static func bound(_ callID: Span<UInt8>, _ tag: Span<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(callID.count + tag.count + 2)
    for index in callID.indices { bytes.append(callID[index]) }
    bytes.append(0)
    for index in tag.indices { bytes.append(tag[index]) }
    bytes.append(0)
    return bytes
  }

  /// With its length before it, and so long that the length says little.
  private static func padded(_ text: [UInt8]) -> [UInt8] {
    var bytes = [UInt8(truncatingIfNeeded: text.count >> 8), UInt8(truncatingIfNeeded: text.count)] + text
    while bytes.count % 32 != 0 { bytes.append(0) }
    return bytes
  }

  private static func unpadded(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.count >= lengthBytes else { return nil }
    let length = Int(bytes[0]) << 8 | Int(bytes[1])
    guard lengthBytes + length <= bytes.count else { return nil }
    return Array(bytes[lengthBytes..<lengthBytes + length])
  }
}
