public import Wire

/// Names a new call: its Call-ID and From-tag, as a keyed hash of 128 bits.
///
/// A call that is retried with credentials, or again after a refusal, keeps both and so keeps its key.
public struct CallKey: Sendable, Hashable {
  let high: UInt64
  let low: UInt64

  /// Hashes half of it, since it is a keyed hash itself.
  public func hash(into hasher: inout Hasher) { hasher.combine(low) }

  /// The hash that a table asks for: what is a keyed hash needs no other one over it.
  public func _rawHashValue(seed: Int) -> Int { Int(truncatingIfNeeded: low) ^ seed }

  /// The key of a call; `hashKey` is the process's own, so that nobody can aim for a collision.
  public init(callID: Span<UInt8>, fromTag: Span<UInt8>, hashKey: (UInt64, UInt64)) {
    var hash = SipHash(key: hashKey)
    hash.combine(UInt64(callID.count))
    hash.combine(callID)
    hash.combine(fromTag)
    (high, low) = hash.finalize128()
  }

  /// The same from strings.
  public init(callID: String, fromTag: String, hashKey: (UInt64, UInt64)) {
    let callID = callID.utf8
    let fromTag = fromTag.utf8
    self.init(callID: callID.span, fromTag: fromTag.span, hashKey: hashKey)
  }
}

/// At most so many new calls of one expert in any window of time (DOMAIN §5, step 7).
///
/// The window slides exactly: the times of the calls that count are kept, not a counter per minute. A call that was
/// counted at `t` counts until just before `t + window`. A retry of the same call counts once, a refused call not at
/// all. Bounded by `maxExperts` times `limit` entries; an expert for whom there is no room is refused.
public struct RateWindow: Sendable {
  /// What became of a call.
  public enum Answer: Sendable, Equatable {
    /// It counts from now on.
    case admitted
    /// It is a call that counts already.
    case counted
    /// There are too many. The next place is free after `retryAfter`.
    case refused(retryAfter: Duration)
  }

  /// The length of the window.
  public let window: Duration
  private var experts: AgingTable<String, [Call]>

  private struct Call: Sendable {
    let key: CallKey
    let countedAt: Instant
    /// The attempts that were let through; the call counts until all of them have been given back.
    var attempts = 1
  }

  /// A window in which nobody has called yet.
  public init(window: Duration = .seconds(60), maxExperts: Int = 65_536) {
    self.window = window
    experts = AgingTable(capacity: maxExperts, period: window)
  }

  /// Asks for a place for a new call and takes it if there is one.
  ///
  /// - Parameters:
  ///   - expert: the digest user of the expert who calls or is called.
  ///   - limit: calls per window (`Posture.callsPerWindow(_:)`); it may change between calls.
  public mutating func admit(_ expert: String, call: CallKey, limit: Int, now: Instant) -> Answer {
    let window = window
    let answer = experts.update(expert, now: now) { entry -> Answer in
      var calls = entry ?? []
      calls.removeAll { now - $0.countedAt >= window }
      defer { entry = calls.isEmpty ? nil : calls }
      if let position = calls.firstIndex(where: { $0.key == call }) {
        calls[position].attempts += 1
        return .counted
      }
      guard calls.count < limit else {
        // With `limit` lowered meanwhile, more than one call has to leave the window first.
        let blocking = calls.count - limit
        return .refused(retryAfter: limit > 0 ? calls[blocking].countedAt + window - now : window)
      }
      calls.append(Call(key: call, countedAt: now))
      return .admitted
    }
    return answer ?? .refused(retryAfter: window)
  }

  /// Gives back what one `admitted` or `counted` answer took, for an attempt that a later rule refused: it shall consume
  /// nothing. The call's place is free again when every attempt has been given back, so a refused retry does not free the
  /// place of the call that is already going on under the same Call-ID and From-tag.
  public mutating func forget(_ expert: String, call: CallKey, now: Instant) {
    guard experts.value(for: expert) != nil else { return }
    _ = experts.update(expert, now: now) { entry in
      guard let position = entry?.firstIndex(where: { $0.key == call }) else { return }
      entry?[position].attempts -= 1
      if entry?[position].attempts == 0 { entry?.remove(at: position) }
      if entry?.isEmpty == true { entry = nil }
    }
  }

  /// How many experts are remembered.
  public var count: Int { experts.count }
}

extension Duration {
  /// Whole seconds, rounded up and at least 1: what `Retry-After` (RFC 3261 §20.33) says about a time to come.
  public var retryAfterSeconds: Int {
    let (seconds, attoseconds) = components
    return max(1, Int(clamping: seconds) + (attoseconds > 0 ? 1 : 0))
  }
}
