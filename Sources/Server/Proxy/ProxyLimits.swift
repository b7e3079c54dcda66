/// Every bound of the proxy core. Each has a test at its edge.
public struct ProxyLimits: Sendable, Equatable {
  /// Calls one reactor keeps, ended ones that still linger included.
  public var calls = 100_000
  /// Requests being worked on by one reactor at once.
  public var contexts = 50_000
  /// ACKs of one reactor that wait for DNS.
  public var heldAcks = 1_000
  /// Responses of one reactor that wait for ports.
  public var heldResponses = 1_000
  /// OPTIONS of one reactor that are under way to hops of static routes.
  public var probes = 256
  /// Targets one request is forked to.
  public var targets = 10
  /// How long a call may stay up without a refresh before it is taken for lost, in seconds.
  public var callSeconds = 86_400
  /// How long an ended call is remembered, in seconds: longer than any retransmission.
  public var lingerSeconds = 40
  /// Bytes kept of one party of a call, to reach it from outside the call: two of them and the rest are below 4 kB.
  public var partyBytes = 1_500
  /// Bytes of routes, or of a Contact, that one hidden part of a message stands for.
  public var hiddenBytes = 2_048
  /// Contacts one REGISTER may carry.
  public var contactsPerRegister = 10
  /// Bytes of one Contact's own parameters, which are kept and returned.
  public var contactParameterBytes = 1_024
  /// Bytes of one `+sip.instance`.
  public var instanceBytes = 256
  /// Path values one REGISTER may carry.
  public var pathValues = 8
  /// Credentials headers looked at in one request.
  public var credentials = 8

  /// The defaults.
  public init() {}
}
