public import Wire

/// Which alerts fire, and whether one of them has raised the posture.
///
///                         first alert that counts
///     ┌────────────────┐  and asks for more care   ┌──────────────────┐
///     │ the operator's ├──────────────────────────▶│ raised (from, to)│
///     │    posture     │◀──────────────────────────┤                  │
///     └────────────────┘  the last alert that      └──────────────────┘
///              ▲          counts ends or is forgotten        │
///              └─────────────────────────────────────────────┘
///                  the operator sets any posture: it stays
///
/// An alert counts when it begins, its severity is among ``AlertPolicy/severities`` and there is a posture to raise to.
/// Once the operator has set a posture, the alerts that fire then count no more: they have been answered. One that begins
/// later counts again. What is raised goes back to what it was raised from, which is what the operator had set, and
/// never below.
///
/// The same alert may be told any number of times (Alertmanager repeats itself, and there may be two of them): it begins
/// once and ends once. At most ``AlertLimits/maxFiring`` are known at a time; one beyond that is left out, which the
/// outcome says, so that its sender is told to come again.
///
/// A value: the driver lets a copy take a notification, writes down what must survive, and keeps the copy.
public struct AlertBook: Sendable, Equatable {
  /// An alert that fires.
  public struct Firing: Sendable, Equatable {
    /// The alert as it was first told.
    public var alert: Alert
    /// Whether it holds the posture up.
    public var counts: Bool
    /// When it was last told.
    fileprivate(set) var heardAt: Instant
  }

  /// The posture before an alert raised it, and after.
  public struct Raise: Sendable, Hashable {
    /// What the operator had set.
    public var from: Posture
    /// What holds while it is raised.
    public var to: Posture

    /// A raise.
    public init(from: Posture, to: Posture) {
      self.from = from
      self.to = to
    }
  }

  /// What the operator wants done.
  public var policy: AlertPolicy
  /// The posture that holds now.
  public private(set) var posture: Posture
  /// What raised it; nil: the posture is the operator's.
  public private(set) var raise: Raise?
  private var alerts: [String: Firing] = [:]

  /// A book in which nothing fires.
  public init(policy: AlertPolicy = AlertPolicy(), posture: Posture = .normal) {
    self.policy = policy
    self.posture = posture
  }

  /// The alerts that fire, the oldest first.
  public var firing: [Firing] {
    alerts.values.sorted { ($0.alert.startsAt, $0.alert.fingerprint) < ($1.alert.startsAt, $1.alert.fingerprint) }
  }

  // MARK: Events

  /// A notification came.
  public mutating func received(_ notification: AlertNotification, now: Instant) -> AlertOutcome {
    var outcome = AlertOutcome()
    // What ends makes room for what begins.
    for entry in notification.entries where entry.isResolved {
      guard let known = alerts[entry.alert.fingerprint], entry.endsAt.map({ $0 >= known.alert.startsAt }) ?? true else {
        // Never heard of, told already, or late news of an earlier time that it fired.
        continue
      }
      alerts[entry.alert.fingerprint] = nil
      outcome.changes.append(AlertChange(known.alert, .resolved, endsAt: entry.endsAt))
    }
    var cause: Alert?
    for entry in notification.entries where !entry.isResolved {
      let fingerprint = entry.alert.fingerprint
      if var known = alerts[fingerprint] {
        known.heardAt = now
        known.alert.startsAt = max(known.alert.startsAt, entry.alert.startsAt)
        alerts[fingerprint] = known
        continue
      }
      guard alerts.count < AlertLimits.maxFiring else {
        outcome.leftOut += 1
        continue
      }
      let counts = policy.raisesTo != nil && policy.severities.contains(entry.alert.severity)
      alerts[fingerprint] = Firing(alert: entry.alert, counts: counts, heardAt: now)
      outcome.changes.append(AlertChange(entry.alert, .firing))
      if counts { cause = cause ?? entry.alert }
    }
    settle(cause: cause, &outcome)
    return outcome
  }

  /// Time has passed: what was not told for so long no longer fires.
  public mutating func passed(to now: Instant) -> AlertOutcome {
    var outcome = AlertOutcome()
    if let forgetAfter = policy.forgetAfter {
      for known in firing where now - known.heardAt >= forgetAfter {
        alerts[known.alert.fingerprint] = nil
        outcome.changes.append(AlertChange(known.alert, .forgotten))
      }
    }
    settle(cause: nil, &outcome)
    return outcome
  }

  /// The operator set a posture. It holds until somebody sets another one, or an alert begins that asks for more care.
  public mutating func operatorSet(_ posture: Posture) {
    self.posture = posture
    raise = nil
    for fingerprint in alerts.keys { alerts[fingerprint]?.counts = false }
  }

  /// Raises or lowers the posture as what fires demands.
  private mutating func settle(cause: Alert?, _ outcome: inout AlertOutcome) {
    if let cause, let target = policy.raisesTo, target.isMoreCareful(than: posture) {
      raise = Raise(from: raise?.from ?? posture, to: target)
      posture = target
      outcome.posture = target
      outcome.cause = cause
    } else if let raised = raise, !alerts.values.contains(where: \.counts) {
      raise = nil
      posture = raised.from
      outcome.posture = raised.from
      outcome.cause = outcome.changes.last?.alert
    }
  }

  // MARK: Across a restart

  /// Takes up a posture that an alert had raised; what makes no sense is the operator's posture from now on.
  public mutating func restoreRaise(from posture: Posture) {
    guard self.posture.isMoreCareful(than: posture) else { return }
    raise = Raise(from: posture, to: self.posture)
  }

  /// Takes up an alert that fired, as if it were told now; false when there is no room for it, or it is there already.
  public mutating func restore(_ alert: Alert, counts: Bool, now: Instant) -> Bool {
    guard alerts.count < AlertLimits.maxFiring, alerts[alert.fingerprint] == nil else { return false }
    alerts[alert.fingerprint] = Firing(alert: alert, counts: counts, heardAt: now)
    return true
  }
}

/// What became of one alert.
public struct AlertChange: Sendable, Hashable {
  /// The three things that can happen to it.
  public enum Status: String, Sendable, Hashable, CaseIterable {
    /// It began.
    case firing
    /// Its sender says that it ended.
    case resolved
    /// Nobody spoke of it any more.
    case forgotten
  }

  /// The alert.
  public var alert: Alert
  /// What happened.
  public var status: Status
  /// When it ended, by the sender's clock.
  public var endsAt: UTCTimestamp?

  /// A change.
  public init(_ alert: Alert, _ status: Status, endsAt: UTCTimestamp? = nil) {
    self.alert = alert
    self.status = status
    self.endsAt = endsAt
  }
}

/// What an event changed.
public struct AlertOutcome: Sendable, Equatable {
  /// The alerts that began and ended; empty when everything was known.
  public var changes: [AlertChange] = []
  /// The posture that holds from now on; nil: the one that held.
  public var posture: Posture?
  /// Because of which alert; nil when none is known any more.
  public var cause: Alert?
  /// Alerts for which there was no room.
  public var leftOut = 0

  /// Nothing.
  public init() {}

  /// Whether nothing changed.
  public var isNone: Bool { changes.isEmpty && posture == nil }
}
