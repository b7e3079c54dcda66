extension SIPMandatoryFields {
  /// The method of `CSeq`; `view` is the message these fields are of.
  public func method(in view: SIPMessageView) -> SIPMethod {
    SIPMethod(token: view.bytes, cseqMethod.range)
  }
}
