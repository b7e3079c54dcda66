import Wire

/// From whom the inside of the network is hidden (`hide_topology`): what comes from an address inside and goes to one
/// outside loses the Vias and Record-Routes of the hops behind us, and, if wanted, its Contact.
public struct TopologyHiding: Sendable, Hashable {
  /// Where everybody may see everything.
  public var inside: [CIDR]
  /// Whether the addresses of the parties themselves are hidden, too.
  public var hidesContacts: Bool

  /// Hides those inside from all others.
  public init(inside: [CIDR], hidesContacts: Bool = false) {
    self.inside = inside
    self.hidesContacts = hidesContacts
  }

  /// Whether what comes from the one is to be hidden from the other.
  func hides(_ source: IPAddress, from destination: IPAddress) -> Bool { isInside(source) && !isInside(destination) }

  private func isInside(_ address: IPAddress) -> Bool { inside.contains { $0.contains(address) } }
}

/// What of a request is hidden from the hop it goes to.
struct Mask {
  /// Whether the Contact is.
  let hidesContacts: Bool
  /// Whether its sender has asked for it (RFC 3323), rather than the operator.
  let isPrivate: Bool
  /// What the hop's Record-Route value carries sealed; nil when the request makes no dialog.
  var routes: [UInt8]?
}

/// What is kept of a request for its responses, where something may be hidden.
struct HiddenHeaders {
  /// The values of its Via headers as they go back; empty while nobody outside has been sent the request.
  var vias: [[UInt8]] = []
  /// How many Record-Route values it came with.
  let recordRoutes: Int
  /// Whether its sender has asked for privacy.
  var isPrivate = false
}
