// Route, Record-Route, Path, Service-Route: hops, always in brackets. The hops of one message are those of all lines
// together, in order.

/// One value of Route (RFC 3261 §20.34): a hop still to be visited.
public struct RouteHeader: AddressHeader {
  /// `Route`
  public static var headerName: SIPHeaderName? { .route }
  /// Brackets are required.
  public static var requiresBrackets: Bool { true }
  /// The hop.
  public let address: NameAddress
  /// The parameters.
  public let parameters: HeaderParameters

  /// A value of these parts.
  public init(_ address: NameAddress, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    self.address = address
    self.parameters = parameters
  }
}

/// One value of Record-Route (RFC 3261 §20.30): a proxy that stays in the path of the dialog.
public struct RecordRouteHeader: AddressHeader {
  /// `Record-Route`
  public static var headerName: SIPHeaderName? { .recordRoute }
  /// Brackets are required.
  public static var requiresBrackets: Bool { true }
  /// The hop.
  public let address: NameAddress
  /// The parameters.
  public let parameters: HeaderParameters

  /// A value of these parts.
  public init(_ address: NameAddress, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    self.address = address
    self.parameters = parameters
  }
}

/// One value of Path (RFC 3327 §4): a proxy between registrar and phone that wants to see requests to the phone.
public struct PathHeader: AddressHeader {
  /// `Path`
  public static var headerName: SIPHeaderName? { .path }
  /// Brackets are required.
  public static var requiresBrackets: Bool { true }
  /// The hop.
  public let address: NameAddress
  /// The parameters.
  public let parameters: HeaderParameters

  /// A value of these parts.
  public init(_ address: NameAddress, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    self.address = address
    self.parameters = parameters
  }
}

/// One value of Service-Route (RFC 3608 §5): a hop that the registrar wants the phone's own requests to visit.
public struct ServiceRouteHeader: AddressHeader {
  /// `Service-Route`
  public static var headerName: SIPHeaderName? { .serviceRoute }
  /// Brackets are required.
  public static var requiresBrackets: Bool { true }
  /// The hop.
  public let address: NameAddress
  /// The parameters.
  public let parameters: HeaderParameters

  /// A value of these parts.
  public init(_ address: NameAddress, parameters: HeaderParameters = HeaderParameters()) throws(SIPParseError) {
    self.address = address
    self.parameters = parameters
  }
}
