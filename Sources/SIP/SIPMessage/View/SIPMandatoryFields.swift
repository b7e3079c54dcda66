import Wire

/// What every request and response says (§8.1.1), taken apart once: the proof that `SIPMessageView.validate()` has passed.
///
/// All places hold for every copy of the message's bytes.
public struct SIPMandatoryFields: Sendable, Hashable {
  /// The Request-URI; nil in a response.
  public var requestURI: SIPURIField?
  /// The topmost Via.
  public var topmostVia: ViaField
  /// `From`.
  public var from: AddressField
  /// `To`.
  public var to: AddressField
  /// `Call-ID`.
  public var callID: ByteRange
  /// `CSeq`; in a request its method is the start line's.
  public var cseq: CSeqField
  /// `Max-Forwards`; nil when it is missing (RFC 2543).
  public var maxForwards: UInt8?
  /// `Expires`; nil when it is missing.
  public var expires: UInt32?
  /// The topmost Route; nil without one.
  public var topmostRoute: RouteField?
  /// The first Contact; nil without one.
  public var contact: ContactField?
}
