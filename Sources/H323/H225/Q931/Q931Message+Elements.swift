import Wire

// Elements by their meaning. An accessor is nil when the element is not there or its contents are too short to mean
// anything: a peer's wrong element is kept and not believed.

extension Q931Message {
  /// Bearer capability.
  public var bearerCapability: Q931BearerCapability? {
    get { contents(of: Q931Element.bearerCapability).flatMap { Q931BearerCapability(contents: $0.span) } }
    set { setContents(of: Q931Element.bearerCapability, newValue?.contents) }
  }

  /// Cause.
  public var cause: Q931Cause? {
    get { contents(of: Q931Element.cause).flatMap { Q931Cause(contents: $0.span) } }
    set { setContents(of: Q931Element.cause, newValue?.contents) }
  }

  /// The state of a call in a Status (§4.5.7), 0...63.
  public var callState: UInt8? {
    get { contents(of: Q931Element.callState).flatMap { $0.first }.map { $0 & 0x3F } }
    set { setContents(of: Q931Element.callState, newValue.map { [$0 & 0x3F] }) }
  }

  /// The description of a Progress indicator (§4.5.23): 1 not end-to-end ISDN, 8 in-band information.
  public var progressDescription: UInt8? {
    get {
      contents(of: Q931Element.progressIndicator).flatMap { $0.count >= 2 ? $0[1] & 0x7F : nil }
    }
    set { setContents(of: Q931Element.progressIndicator, newValue.map { [0x80, 0x80 | $0] }) }
  }

  /// The description of a Notification indicator (§4.5.22): 0x79 on hold, 0x7A retrieved.
  public var notification: UInt8? {
    get { contents(of: Q931Element.notificationIndicator).flatMap { $0.first }.map { $0 & 0x7F } }
    set { setContents(of: Q931Element.notificationIndicator, newValue.map { [0x80 | $0] }) }
  }

  /// Display, without the zero octets some peers end it with; nil too when it is no UTF-8. What is written is cut to
  /// ``Q931Limits/maxDisplayOctets``, not inside a character.
  public var display: String? {
    get {
      guard let contents = contents(of: Q931Element.display) else { return nil }
      let count = contents.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
      return String(utf8: contents.span.extracting(0..<count))
    }
    set {
      guard var text = newValue else { return setContents(of: Q931Element.display, nil) }
      while text.utf8.count > Q931Limits.maxDisplayOctets { text.removeLast() }
      setContents(of: Q931Element.display, Array(text.utf8))
    }
  }

  /// Digits that were keyed during the call (§4.5.18); nil when they are no ASCII.
  public var keypad: String? {
    get { contents(of: Q931Element.keypad).flatMap { String(ascii: $0.span) } }
    set { setContents(of: Q931Element.keypad, newValue.map { Array($0.utf8.prefix(34)) }) }
  }

  /// Calling party number.
  public var callingPartyNumber: Q931Number? { number(Q931Element.callingPartyNumber) }

  /// Called party number.
  public var calledPartyNumber: Q931Number? { number(Q931Element.calledPartyNumber) }

  /// Connected number.
  public var connectedNumber: Q931Number? { number(Q931Element.connectedNumber) }

  /// Sets or takes away the calling party number.
  public mutating func setCallingPartyNumber(_ number: Q931Number?) throws(Q931Error) {
    try setNumber(Q931Element.callingPartyNumber, number)
  }

  /// Sets or takes away the called party number, without its octet 3a.
  public mutating func setCalledPartyNumber(_ number: Q931Number?) throws(Q931Error) {
    var number = number
    number?.presentation = nil
    try setNumber(Q931Element.calledPartyNumber, number)
  }

  /// Sets or takes away the connected number.
  public mutating func setConnectedNumber(_ number: Q931Number?) throws(Q931Error) {
    try setNumber(Q931Element.connectedNumber, number)
  }

  private func number(_ identifier: UInt8) -> Q931Number? {
    contents(of: identifier).flatMap { Q931Number(contents: $0.span) }
  }

  private mutating func setNumber(_ identifier: UInt8, _ number: Q931Number?) throws(Q931Error) {
    guard let number else { return setContents(of: identifier, nil) }
    setContents(of: identifier, try number.contents)
  }

  /// The H.323 part: the contents of User-user after its protocol discriminator, which must be 5 (X.208 and X.209, as
  /// H.225.0 §7.2.2.31 has it); nil when there is none or it is empty.
  public var userUser: [UInt8]? {
    get {
      guard let contents = contents(of: Q931Element.userUser), contents.count > 1, contents[0] == 5 else { return nil }
      return Array(contents[1...])
    }
    set { setContents(of: Q931Element.userUser, newValue.map { [5] + $0 }) }
  }
}
