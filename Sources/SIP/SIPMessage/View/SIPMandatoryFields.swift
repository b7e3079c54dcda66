import Wire

/// What every request and response says (§8.1.1), taken apart once: the proof that `SIPMessageView.validate()` has passed.
///
/// All places hold for every copy of the message's bytes.
public struct SIPMandatoryFields: Sendable, Hashable {
  /// The Request-URI; all of its places are empty in a response.
  public internal(set) var requestURI = SIPURIField()
  /// The topmost Via.
  public internal(set) var topmostVia = ViaField()
  /// How many Via values there are, over all lines.
  public internal(set) var viaCount: UInt16 = 0
  /// `From`.
  public internal(set) var from = AddressField()
  /// `To`.
  public internal(set) var to = AddressField()
  /// `Call-ID`.
  public internal(set) var callID = ByteRange.zero
  /// The number of `CSeq`.
  public internal(set) var cseqNumber: UInt32 = 0
  /// The method of `CSeq`; in a request it is the start line's.
  public internal(set) var cseqMethod = ByteRange.zero
  /// `Max-Forwards`; nil when it is missing (RFC 2543).
  public internal(set) var maxForwards: UInt8?
  /// `Expires`; nil when it is missing.
  public internal(set) var expires: UInt32?
  /// The topmost Route; nil without one.
  public internal(set) var topmostRoute: RouteField?
  /// The first Contact; nil without one.
  public internal(set) var contact: ContactField?

  init() {}
}
