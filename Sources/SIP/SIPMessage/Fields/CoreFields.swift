import Wire

/// `CSeq` (§20.16).
public struct CSeqField: Sendable, Hashable {
  /// The sequence number, below 2³¹ (§8.1.1.5).
  public var number: UInt32
  /// The method.
  public var method: SIPMethod
  /// The method's place.
  public var methodRange: ByteRange
}

/// The topmost Route, or any other value of Route, Record-Route, Path or Service-Route (§20.34).
public struct RouteField: Sendable, Hashable {
  /// The address with its parameters.
  public var address: AddressField
  /// Its URI taken apart: `lr`, host, port, transport.
  public var uri: SIPURIField

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
