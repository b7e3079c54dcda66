import H225
import H245
import PER
import Wire

/// An H.323 endpoint: makes and takes calls, runs their call signalling (H.225.0 §7, Q.931) and their control channels
/// (H.245, tunnelled or on a connection of its own), with fast connect or without (H.323 §8).
///
/// It owns no socket and no clock. A driver gives it what arrives and the time, and does what it says.
public struct H323Endpoint: ~Copyable {
  /// Who we are.
  public let configuration: H323EndpointConfiguration

  /// An endpoint without calls.
  ///
  /// - Parameter seed: random and secret; call references and H.245 determination numbers come of it.
  public init(configuration: H323EndpointConfiguration, seed: UInt64) {
    self.configuration = configuration
  }

  /// Calls held.
  public var callCount: Int { 0 }

  /// When `advance` has to be called next.
  public var nextDeadline: Instant? { nil }

  /// Fires every timer whose time has come.
  public mutating func advance(now: Instant, into sink: inout H323EndpointSink) {}

  // MARK: Connections

  /// Somebody has connected: to the call-signalling listener, or (with `to`) to where a `listen` was answered for.
  public mutating func accepted(
    from remote: SocketAddress, local: SocketAddress, to listening: H323Link? = nil, now: Instant,
    into sink: inout H323EndpointSink
  ) -> H323Link? { nil }

  /// A `connect` has come about; our end of it.
  public mutating func opened(_ link: H323Link, local: SocketAddress, now: Instant, into sink: inout H323EndpointSink) {}

  /// A `listen` has come about, or (nil) could not.
  public mutating func listening(
    _ link: H323Link, at address: SocketAddress?, now: Instant, into sink: inout H323EndpointSink
  ) {}

  /// One message, without its TPKT header.
  public mutating func received(
    _ message: Span<UInt8>, on link: H323Link, now: Instant, into sink: inout H323EndpointSink
  ) {}

  /// A connection is gone, or could not be opened.
  public mutating func closed(_ link: H323Link, now: Instant, into sink: inout H323EndpointSink) {}

  // MARK: Calls

  /// Makes a call.
  public mutating func call(_ calling: H323Calling, now: Instant, into sink: inout H323EndpointSink) -> H323CallHandle? {
    nil
  }

  /// CallProceeding.
  public mutating func proceed(_ call: H323CallHandle, now: Instant, into sink: inout H323EndpointSink) {}

  /// Alerting; with media where the caller is to hear something already.
  public mutating func alert(
    _ call: H323CallHandle, media: H323LocalMedia? = nil, now: Instant, into sink: inout H323EndpointSink
  ) {}

  /// Connect.
  public mutating func answer(
    _ call: H323CallHandle, media: H323LocalMedia, now: Instant, into sink: inout H323EndpointSink
  ) {}

  /// Ends a call in any state, with a cause of Q.931.
  public mutating func release(
    _ call: H323CallHandle, cause: UInt8, reason: ReleaseCompleteReason? = nil, now: Instant,
    into sink: inout H323EndpointSink
  ) {}

  /// Our side has changed: another address, other codecs; nil asks the peer to send nothing (hold, H.323 §8.4.6).
  public mutating func setMedia(
    _ call: H323CallHandle, _ media: H323LocalMedia?, now: Instant, into sink: inout H323EndpointSink
  ) {}

  /// Sends a digit in the way the peer takes.
  public mutating func send(
    digit: UInt8, milliseconds: UInt16? = nil, to call: H323CallHandle, now: Instant, into sink: inout H323EndpointSink
  ) {}

  /// The agreed audio; nil when the call is gone.
  public func media(of call: H323CallHandle) -> H323Media? { nil }
}
