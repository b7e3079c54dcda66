import Wire

/// Whatever has connections as an ``H323Endpoint`` has them: the endpoint itself, and machines that hold one and have more to
/// do after each of its events than it has.
public protocol H323EndpointOwner: ~Copyable {
  /// Where it puts what is to be done.
  associatedtype Sink

  /// Lets something happen to the endpoint, and does what that leads to.
  mutating func withEndpoint<Result>(
    now: Instant, into sink: inout Sink, _ body: (inout H323Endpoint, inout H323EndpointSink) -> Result
  ) -> Result
}

extension H323EndpointOwner where Self: ~Copyable {
  /// Somebody has connected; see ``H323Endpoint/accepted(from:local:to:now:into:)``.
  public mutating func accepted(
    from remote: SocketAddress, local: SocketAddress, to listening: H323Link? = nil, now: Instant,
    into sink: inout Sink
  ) -> H323Link? {
    withEndpoint(now: now, into: &sink) { endpoint, wanted in
      endpoint.accepted(from: remote, local: local, to: listening, now: now, into: &wanted)
    }
  }

  /// A `connect` has come about.
  public mutating func opened(_ link: H323Link, local: SocketAddress, now: Instant, into sink: inout Sink) {
    withEndpoint(now: now, into: &sink) { $0.opened(link, local: local, now: now, into: &$1) }
  }

  /// A `listen` has come about, or (nil) could not.
  public mutating func listening(
    _ link: H323Link, at address: SocketAddress?, now: Instant, into sink: inout Sink
  ) {
    withEndpoint(now: now, into: &sink) { $0.listening(link, at: address, now: now, into: &$1) }
  }

  /// One message, without its TPKT header.
  public mutating func received(_ message: Span<UInt8>, on link: H323Link, now: Instant, into sink: inout Sink) {
    withEndpoint(now: now, into: &sink) { $0.received(message, on: link, now: now, into: &$1) }
  }

  /// A connection is gone, or could not be opened.
  public mutating func closed(_ link: H323Link, now: Instant, into sink: inout Sink) {
    withEndpoint(now: now, into: &sink) { $0.closed(link, now: now, into: &$1) }
  }
}

extension H323Endpoint: H323EndpointOwner {
  /// See ``H323EndpointOwner``.
  public mutating func withEndpoint<Result>(
    now: Instant, into sink: inout H323EndpointSink, _ body: (inout H323Endpoint, inout H323EndpointSink) -> Result
  ) -> Result { body(&self, &sink) }
}
