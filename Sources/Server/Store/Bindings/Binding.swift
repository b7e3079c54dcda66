import Wire

/// One contact of one address of record (RFC 3261 §10.3), with what is needed to reach it.
public struct Binding: Sendable, Hashable {
  /// The Contact's URI as it was registered.
  public var contact: String
  /// What tells this contact from the AOR's others. The registrar machine, which can compare URIs (§19.1.4), chooses it:
  /// for a contact equivalent to one that is there it is that one's key.
  public var key: String
  /// The q value in thousandths: 1,000 when the Contact has none.
  public var q: UInt16 = 1_000
  /// When it lapses.
  public var expiresAt: UTCTimestamp
  /// Of the REGISTER that wrote it.
  public var callID: String
  /// Of the REGISTER that wrote it.
  public var cseq: UInt32
  /// Where the REGISTER came from.
  public var source: SocketAddress
  /// Over which transport: `udp`, `tcp`, ….
  public var transport: String
  /// The connection it came over; 0: none. Means something only in the process that wrote it: 0 after a restart.
  public var connection: UInt64 = 0
  /// Which of our listeners it came to.
  public var listener: UInt16 = 0
  /// The Path values of the REGISTER, in order (RFC 3327).
  public var path: [String] = []
  /// Which phone it is: the value of `+sip.instance`, angle brackets included (RFC 5626 §4.1).
  public var instance: String?
  /// Which of the phone's flows it is (RFC 5626 §4.2). A binding with one is reachable over its flow and no other way.
  public var regID: UInt32?
  /// The Contact's other parameters as they were written, each with its `;`.
  public var parameters = ""
  /// When the REGISTER that wrote it came.
  public var updatedAt: UTCTimestamp
  /// The User-Agent, for people who look.
  public var userAgent: String?

  /// A binding.
  public init(
    contact: String, key: String, q: UInt16 = 1_000, expiresAt: UTCTimestamp, callID: String, cseq: UInt32,
    source: SocketAddress, transport: String, connection: UInt64 = 0, listener: UInt16 = 0, path: [String] = [],
    instance: String? = nil, regID: UInt32? = nil, parameters: String = "", updatedAt: UTCTimestamp = .epoch,
    userAgent: String? = nil
  ) {
    self.contact = contact
    self.key = key
    self.q = q
    self.expiresAt = expiresAt
    self.callID = callID
    self.cseq = cseq
    self.source = source
    self.transport = transport
    self.connection = connection
    self.listener = listener
    self.path = path
    self.instance = instance
    self.regID = regID
    self.parameters = parameters
    self.updatedAt = updatedAt
    self.userAgent = userAgent
  }
}

/// What a REGISTER wants done to one contact.
public enum BindingChange: Sendable, Hashable {
  /// Added, or put in the place of the one with the same key.
  case put(Binding)
  /// Removed (`expires=0`); no such binding: nothing to do.
  case remove(key: String)
}

extension Binding {
  /// Whether it lives and dies with the connection it came over (RFC 5626 §6): a flow, or a WebSocket client, to which
  /// nothing else leads (RFC 7118 §5).
  var isBoundToConnection: Bool {
    connection != 0 && (regID != nil || transport == "ws" || transport == "wss")
  }
}

/// What became of a REGISTER's changes: all of them are made or none.
public enum BindingResult: Sendable, Hashable {
  /// Made; the AOR's bindings as they are now, best first.
  case updated([Binding])
  /// A binding was written by a REGISTER of the same Call-ID with this or a higher CSeq (§10.3 step 7): 500 to the
  /// client, nothing is changed.
  case outOfOrder
  /// The AOR changed since the caller looked (``BindingTable/update(_:callID:cseq:changes:ifVersion:now:whenWritten:)``): look again.
  case conflict
  /// The AOR would have more bindings than allowed, or the table more AORs.
  case full
}
