/// One entry of `escalation_targets`.
public struct EscalationTarget: Sendable, Hashable {
  /// `user@host`, either part with `*` for any run of characters.
  public let pattern: String
  /// The hazard that a call to this target is about, for callers whose phones cannot say so.
  public let hazard: Hazard?
}

/// The URIs that need IF headers and a guard decision: `escalation_targets` of the configuration.
///
/// Guard takes targets as normalised addresses of record (`user@host`: escapes resolved, host in lower case, no
/// trailing dot, no scheme, port or parameters; `SIPURI.normalizedAOR`) and does not import what makes them. A URI
/// without a host (`tel:`) has no such form and is never a target. On top of the normalisation, the user is compared
/// without regard to ASCII case and without what follows its first `;`: RFC 3261 says `Council` and `council` are two
/// users, but the phone system behind may not, and a call too many that needs a decision harms nobody, one too few
/// does.
public struct EscalationTargets: Sendable, Equatable {
  /// In the order of the configuration.
  public private(set) var targets: [EscalationTarget] = []

  /// The entries without `*`, then those with one, each in the order of the configuration.
  private var entries: [Entry] = []

  private struct Entry: Sendable, Equatable {
    let user: WildcardPattern
    let host: WildcardPattern
    let target: EscalationTarget
    var isExact: Bool { user.isExact && host.isExact }
  }

  /// Targets that match nothing.
  public init() {}

  /// Adds an entry: `sip:council@if.internal`, `sip:expert-*@*`, or one with the hazard it stands for.
  ///
  /// - Throws: what is wrong with the URI, as a sentence for a person.
  public mutating func add(_ uri: String, hazard: Hazard? = nil) throws(AddressProblem) {
    let (user, host) = try AddressOfRecord.split(uri)
    guard let decoded = AddressOfRecord.resolvingEscapes(in: user) else {
      throw AddressProblem("\(uri) has a broken % escape, or one that stands for a control character or for @")
    }
    guard !decoded.contains(";") else {
      throw AddressProblem("\(uri) has a parameter in its user, which is not looked at when targets are compared")
    }
    // A star is no host character; with a label's in its place the rest can be checked as usual.
    let stand = String(host.map { $0 == "*" ? "x" : $0 })
    guard var hostPattern = AddressOfRecord.normalisedHost(Substring(stand)) else {
      throw AddressProblem("\(uri) needs a plain host (or *) after the @, without port or parameters")
    }
    if stand != host {
      hostPattern = host.lowercased()
      if hostPattern.hasSuffix(".") { hostPattern.removeLast() }
    }
    let target = EscalationTarget(pattern: "\(decoded)@\(hostPattern)", hazard: hazard)
    targets.append(target)
    let entry = Entry(
      user: WildcardPattern(String(decoding: decoded.utf8.map(Self.lowercased), as: UTF8.self)),
      host: WildcardPattern(hostPattern), target: target)
    let place = entry.isExact ? entries.firstIndex { !$0.isExact } : nil
    entries.insert(entry, at: place ?? entries.endIndex)
  }

  /// The entry that a normalised address of record falls under, or nil when it is no escalation target.
  ///
  /// An entry without `*` goes before all with one; otherwise the first of the configuration wins. So
  /// `sip:council-safety@…` with a hazard is found although `sip:council-*@…` stands above it.
  public func match(_ address: String) -> EscalationTarget? {
    guard !entries.isEmpty else { return nil }
    var bytes = Array(address.utf8)
    for index in bytes.indices { bytes[index] = Self.lowercased(bytes[index]) }
    guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return nil }
    let user = bytes[..<(bytes[..<at].firstIndex(of: UInt8(ascii: ";")) ?? at)]
    let host = bytes[(at + 1)...]
    return entries.first { $0.host.matches(host) && $0.user.matches(user) }?.target
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }
}
