import Wire

/// How many calls of each expert go on at this moment, whichever reactor carries them.
///
/// A value that the driver holds under a lock. A place is taken with the rate (DOMAIN §5, step 7) and given back when the
/// call ends, however it ends; a call that is tried again under the same Call-ID and From-tag has one place, which is free
/// when every attempt has been given back. Bounded by the experts of the registry times their limits: nobody else's calls
/// are counted here.
public struct CallsAtOnce: Sendable {
  private var experts: [String: [CallKey: Int]] = [:]

  /// Nobody is calling.
  public init() {}

  /// Takes a place for a call; false when the expert has `limit` of them.
  public mutating func take(_ expert: String, call: CallKey, limit: Int) -> Bool {
    if let attempts = experts[expert]?[call] {
      experts[expert]?[call] = attempts + 1
      return true
    }
    guard experts[expert]?.count ?? 0 < limit else { return false }
    experts[expert, default: [:]][call] = 1
    return true
  }

  /// Gives one attempt's place back; one that was never taken is no error.
  public mutating func giveBack(_ expert: String, call: CallKey) {
    guard let attempts = experts[expert]?[call] else { return }
    experts[expert]?[call] = attempts > 1 ? attempts - 1 : nil
    if experts[expert]?.isEmpty == true { experts[expert] = nil }
  }

  /// The calls of one expert.
  public func count(_ expert: String) -> Int { experts[expert]?.count ?? 0 }

  /// Experts who are calling.
  public var expertCount: Int { experts.count }
}

/// How much one expert may call: the configuration's limits, or the registry's for this expert, in the posture of now.
public struct CallQuota: Sendable, Hashable {
  /// New calls in one window.
  public var perWindow: Int
  /// Calls that go on at one time.
  public var atOnce: Int

  /// A quota.
  public init(perWindow: Int, atOnce: Int) {
    self.perWindow = perWindow
    self.atOnce = atOnce
  }

  /// What holds for an expert: its entry's own numbers go before the configuration's, and the posture halves the rate.
  public init(_ expert: Expert, default configured: CallQuota, posture: Posture) {
    perWindow = posture.callsPerWindow(expert.callsPerWindow ?? configured.perWindow)
    atOnce = expert.callsAtOnce ?? configured.atOnce
  }
}
