import Wire

/// One host of a service (RFC 2782).
public struct SRVRecord: Sendable, Hashable {
  /// Lower ones are tried first.
  public var priority: UInt16
  /// The share among equals in priority.
  public var weight: UInt16
  /// The port of the service on that host.
  public var port: UInt16
  /// The host; the root says that there is no such service.
  public var target: DNSName

  /// A record.
  public init(priority: UInt16, weight: UInt16, port: UInt16, target: DNSName) {
    self.priority = priority
    self.weight = weight
    self.port = port
    self.target = target
  }
}

/// One service of a domain (RFC 3403 §4), as far as RFC 3263 makes use of it.
public struct NAPTRRecord: Sendable, Hashable {
  /// Lower ones must be taken before higher ones.
  public var order: UInt16
  /// Lower ones should be taken first among those of one order.
  public var preference: UInt16
  /// In lower case: `s` leads to SRV records, `a` to addresses.
  public var flags: String
  /// In upper case: `SIP+D2U`.
  public var service: String
  /// Whether there is a rewriting expression. RFC 3263 knows none, and a record that has one has no replacement.
  public var hasExpression: Bool
  /// Where it leads.
  public var replacement: DNSName

  /// A record.
  public init(
    order: UInt16, preference: UInt16, flags: String, service: String, hasExpression: Bool = false,
    replacement: DNSName
  ) {
    self.order = order
    self.preference = preference
    self.flags = flags
    self.service = service
    self.hasExpression = hasExpression
    self.replacement = replacement
  }
}

/// A record of an answer, of a type that we ask for or follow.
public struct DNSRecord: Sendable, Hashable {
  /// What a record holds.
  public enum Content: Sendable, Hashable {
    /// A or AAAA.
    case address(IPAddress)
    /// CNAME: the owner is another name for this one.
    case alias(DNSName)
    /// SRV.
    case service(SRVRecord)
    /// NAPTR.
    case pointer(NAPTRRecord)
  }

  /// Whose record it is.
  public var owner: DNSName
  /// For how many seconds it may be kept.
  public var timeToLive: UInt32
  /// What it says.
  public var content: Content

  /// A record.
  public init(owner: DNSName, timeToLive: UInt32, content: Content) {
    self.owner = owner
    self.timeToLive = timeToLive
    self.content = content
  }
}

/// The records that answer one question, at least one.
public enum DNSRecords: Sendable, Hashable {
  /// Of A or AAAA.
  case addresses([IPAddress])
  /// Of SRV.
  case services([SRVRecord])
  /// Of NAPTR.
  case pointers([NAPTRRecord])

  /// How many.
  public var count: Int {
    switch self {
    case .addresses(let list): list.count
    case .services(let list): list.count
    case .pointers(let list): list.count
    }
  }
}
