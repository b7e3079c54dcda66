/// A call of an ``H323Endpoint``.
public struct H323CallHandle: Sendable, Hashable {
  /// A number that is never used again.
  public let number: UInt64

  package init(number: UInt64) { self.number = number }
}

/// A TCP connection of an ``H323Endpoint``, for call signalling or for H.245; the driver keeps what stands behind it.
public struct H323Link: Sendable, Hashable {
  /// A number that is never used again.
  public let number: UInt64

  package init(number: UInt64) { self.number = number }
}
