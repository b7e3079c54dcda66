import Wire

/// `CSeq` (§20.16).
public struct CSeqField: Sendable, Hashable {
  /// The sequence number, below 2³¹ (§8.1.1.5).
  public internal(set) var number: UInt32 = 0
  /// The method.
  public internal(set) var method = SIPMethod.invite
  /// The method's place.
  public internal(set) var methodRange = ByteRange.zero
}

/// The topmost Route, or any other value of Route, Record-Route, Path or Service-Route (§20.34).
public struct RouteField: Sendable, Hashable {
  /// The address with its parameters.
  public internal(set) var address = AddressField()
  /// Its URI taken apart: `lr`, host, port, transport.
  public internal(set) var uri = SIPURIField()

  /// This value within its line.
  public var value: ByteRange { address.value }
}

/// One value of Contact (§20.10).
public enum ContactField: Sendable, Hashable {
  /// `*`: all bindings (§10.2.2).
  case all
  /// An address with its parameters.
  case address(AddressField)
}
