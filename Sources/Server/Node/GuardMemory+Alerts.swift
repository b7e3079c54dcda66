import Guard
import Store
import Wire

// The alerts that fire, so that a posture which one of them raised is lowered after a restart too, and what is told again
// is not taken for new.
extension GuardMemory {
  private static let alertsName = "alerts"
  /// As many alerts as a book holds, each with all its labels at their longest.
  private static let alertsLimits = JSONLimits(maxBytes: 4 << 20)

  /// The book to begin with.
  func alerts(_ policy: AlertPolicy, now: Instant) throws(StoreError) -> AlertBook {
    let (posture, raisedFrom) = try posture()
    var book = AlertBook(policy: policy, posture: posture)
    if let raisedFrom { book.restoreRaise(from: raisedFrom) }
    guard let bytes = try state.note(Self.alertsName, limit: Self.alertsLimits.maxBytes) else { return book }
    guard let list = try? JSONValue(parsing: bytes, limits: Self.alertsLimits).array else { throw damagedAlerts }
    for value in list {
      guard let alert = Alert(kept: value), let counts = value["counts"]?.bool,
        book.restore(alert, counts: counts, now: now)
      else { throw damagedAlerts }
    }
    return book
  }

  func keep(_ firing: [AlertBook.Firing]) throws(StoreError) {
    if firing.isEmpty { return try state.removeNote(Self.alertsName) }
    let list = firing.map { known -> JSONValue in
      var object = known.alert.json
      object["counts"] = .bool(known.counts)
      return .object(object)
    }
    try state.setNote(Self.alertsName, JSONValue.array(list).canonicalBytes())
  }

  private var damagedAlerts: StoreError {
    StoreError(
      .corrupt,
      "\(state.path)/\(Self.alertsName) does not hold what was written there; remove it, and what fires will be told again"
    )
  }
}

extension Alert {
  /// As it is kept and shown.
  var json: JSONObject {
    var object = JSONObject()
    object["fingerprint"] = .string(fingerprint)
    object["name"] = .string(name)
    object["severity"] = .string(severity)
    object["starts_at"] = .string(startsAt.rfc3339)
    var members = JSONObject()
    for label in labels { members[label.name] = .string(label.value) }
    object["labels"] = .object(members)
    if let summary { object["summary"] = .string(summary) }
    return object
  }

  /// As it was kept; nil when it was not.
  fileprivate init?(kept value: JSONValue) {
    guard let fingerprint = value["fingerprint"]?.string, let name = value["name"]?.string,
      let severity = value["severity"]?.string,
      let startsAt = value["starts_at"]?.string.flatMap({ UTCTimestamp(rfc3339: $0) }),
      let members = value["labels"]?.object, members.allSatisfy({ $0.value.string != nil })
    else { return nil }
    self.init(
      fingerprint: fingerprint, name: name, severity: severity, startsAt: startsAt,
      labels: members.map { Label($0.name, $0.value.string ?? "") }, summary: value["summary"]?.string)
  }
}
