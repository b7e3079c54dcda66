import Guard
import Testing
import Wire

/// Which alerts fire, and what they do to the posture.
@Suite struct AlertBookTests {
  /// One thing that happens to a book.
  enum Event: Sendable {
    /// These begin or go on.
    case fires([String], severity: String = "critical")
    /// These end.
    case ends([String])
    /// The operator sets a posture.
    case sets(Posture)
    /// So many seconds pass.
    case passes(Double)
    /// The policy is read anew.
    case policy(Posture?)
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let name: String
    var policy = AlertPolicy(raisesTo: .elevated)
    var start = Posture.normal
    /// Each event, the posture after it, and what changed, as `A+` (fires), `A-` (resolved), `A?` (forgotten).
    let events: [(Event, Posture, String)]
    var testDescription: String { name }
  }

  static let rows = [
    Row(
      name: "an alert raises, its end lowers",
      events: [(.fires(["A"]), .elevated, "A+"), (.ends(["A"]), .normal, "A-")]),
    Row(
      name: "what is told again is nothing new",
      events: [
        (.fires(["A"]), .elevated, "A+"), (.fires(["A"]), .elevated, ""), (.fires(["A"]), .elevated, ""),
        (.ends(["A"]), .normal, "A-"), (.ends(["A"]), .normal, ""),
      ]),
    Row(
      name: "only the last end lowers",
      events: [
        (.fires(["A", "B"]), .elevated, "A+ B+"), (.ends(["A"]), .elevated, "A-"), (.fires(["C"]), .elevated, "C+"),
        (.ends(["B"]), .elevated, "B-"), (.ends(["C"]), .normal, "C-"),
      ]),
    Row(
      name: "without a posture to raise to, alerts are written down", policy: AlertPolicy(),
      events: [(.fires(["A"]), .normal, "A+"), (.ends(["A"]), .normal, "A-")]),
    Row(
      name: "another severity raises nothing",
      events: [
        (.fires(["A"], severity: "warning"), .normal, "A+"), (.fires(["B"], severity: ""), .normal, "B+"),
        (.fires(["C"], severity: "Critical"), .normal, "C+"), (.ends(["A"]), .normal, "A-"),
      ]),
    Row(
      name: "a warning does not hold up what a critical one raised",
      events: [
        (.fires(["W"], severity: "warning"), .normal, "W+"), (.fires(["A"]), .elevated, "A+"),
        (.ends(["A"]), .normal, "A-"), (.ends(["W"]), .normal, "W-"),
      ]),
    Row(
      name: "severities are the operator's choice",
      policy: AlertPolicy(raisesTo: .closed, severities: ["warning", "page"]),
      events: [
        (.fires(["A"]), .normal, "A+"), (.fires(["B"], severity: "page"), .closed, "B+"), (.ends(["B"]), .normal, "B-"),
      ]),
    Row(
      name: "never below what the operator set", start: .elevated,
      events: [(.fires(["A"]), .elevated, "A+"), (.ends(["A"]), .elevated, "A-")]),
    Row(
      name: "from elevated to closed and back", policy: AlertPolicy(raisesTo: .closed), start: .elevated,
      events: [(.fires(["A"]), .closed, "A+"), (.ends(["A"]), .elevated, "A-")]),
    Row(
      name: "never up to less than what holds", start: .closed,
      events: [(.fires(["A"]), .closed, "A+"), (.ends(["A"]), .closed, "A-")]),
    Row(
      name: "the operator's more careful posture stays",
      events: [(.fires(["A"]), .elevated, "A+"), (.sets(.closed), .closed, ""), (.ends(["A"]), .closed, "A-")]),
    Row(
      name: "the operator's less careful posture stays, though the alert goes on",
      events: [
        (.fires(["A"]), .elevated, "A+"), (.sets(.normal), .normal, ""), (.fires(["A"]), .normal, ""),
        (.ends(["A"]), .normal, "A-"),
      ]),
    Row(
      name: "the same posture by hand is the operator's from then on",
      events: [(.fires(["A"]), .elevated, "A+"), (.sets(.elevated), .elevated, ""), (.ends(["A"]), .elevated, "A-")]),
    Row(
      name: "a new alert raises again after the operator, and is the only one to wait for",
      events: [
        (.fires(["A"]), .elevated, "A+"), (.sets(.normal), .normal, ""), (.fires(["A", "B"]), .elevated, "B+"),
        (.ends(["B"]), .normal, "B-"), (.ends(["A"]), .normal, "A-"),
      ]),
    Row(
      name: "one that ended and begins again is new",
      events: [
        (.fires(["A"]), .elevated, "A+"), (.sets(.normal), .normal, ""), (.ends(["A"]), .normal, "A-"),
        (.fires(["A"]), .elevated, "A+"), (.ends(["A"]), .normal, "A-"),
      ]),
    Row(
      name: "silence ends it", policy: AlertPolicy(raisesTo: .elevated, forgetAfter: .seconds(60)),
      events: [
        (.fires(["A", "B"]), .elevated, "A+ B+"), (.passes(40), .elevated, ""), (.fires(["B"]), .elevated, ""),
        (.passes(19), .elevated, ""), (.passes(1), .elevated, "A?"), (.passes(39), .elevated, ""),
        (.passes(1), .normal, "B?"), (.ends(["B"]), .normal, ""),
      ]),
    Row(
      name: "unless it does not", policy: AlertPolicy(raisesTo: .elevated, forgetAfter: nil),
      events: [(.fires(["A"]), .elevated, "A+"), (.passes(1e9), .elevated, ""), (.ends(["A"]), .normal, "A-")]),
    Row(
      name: "a new policy holds for what begins under it",
      events: [
        (.fires(["A"]), .elevated, "A+"), (.policy(nil), .elevated, ""), (.fires(["B"]), .elevated, "B+"),
        (.ends(["A"]), .normal, "A-"), (.policy(.elevated), .normal, ""), (.fires(["B"]), .normal, ""),
        (.fires(["C"]), .elevated, "C+"), (.policy(.closed), .elevated, ""), (.fires(["D"]), .closed, "D+"),
        (.ends(["C"]), .closed, "C-"), (.ends(["D"]), .normal, "D-"),
      ]),
  ]

  @Test(arguments: rows) func table(row: Row) {
    var book = AlertBook(policy: row.policy, posture: row.start)
    var now = Instant.at(1)
    for (number, (event, posture, expected)) in row.events.enumerated() {
      let before = book.posture
      let outcome = Self.run(event, on: &book, &now)
      #expect(book.posture == posture, "after event \(number)")
      #expect(outcome.changes.map(Self.text).joined(separator: " ") == expected, "event \(number)")
      if case .sets = event {} else { #expect(outcome.posture == (before == posture ? nil : posture)) }
      #expect(outcome.leftOut == 0)
    }
  }

  static func run(_ event: Event, on book: inout AlertBook, _ now: inout Instant) -> AlertOutcome {
    switch event {
    case .fires(let names, let severity):
      return book.received(AlertNotification(names.map { .init(alert($0, severity)) }), now: now)
    case .ends(let names):
      return book.received(AlertNotification(names.map { .init(alert($0), isResolved: true) }), now: now)
    case .sets(let posture): book.operatorSet(posture)
    case .passes(let seconds):
      now += .seconds(seconds)
      return book.passed(to: now)
    case .policy(let posture): book.policy.raisesTo = posture
    }
    return AlertOutcome()
  }

  static func alert(_ name: String, _ severity: String = "critical", startsAt: Int64 = 0) -> Alert {
    Alert(fingerprint: name, name: name, severity: severity, startsAt: .at(startsAt))
  }

  static func text(_ change: AlertChange) -> String {
    switch change.status {
    case .firing: "\(change.alert.name)+"
    case .resolved: "\(change.alert.name)-"
    case .forgotten: "\(change.alert.name)?"
    }
  }

  // MARK: Particular cases

  @Test func theCauseIsNamed() {
    var book = AlertBook(policy: AlertPolicy(raisesTo: .elevated))
    let warning = AlertNotification.Entry(Self.alert("W", "warning"))
    let raised = book.received(
      AlertNotification([warning, .init(Self.alert("A")), .init(Self.alert("B"))]), now: .at(0))
    #expect(raised.cause?.name == "A")
    #expect(book.raise == AlertBook.Raise(from: .normal, to: .elevated))
    _ = book.received(AlertNotification([.init(Self.alert("A"), isResolved: true)]), now: .at(0))
    let lowered = book.received(AlertNotification([.init(Self.alert("B"), isResolved: true)]), now: .at(0))
    #expect(lowered.cause?.name == "B" && lowered.posture == .normal && book.raise == nil)
  }

  /// One group may say that one alert has ended and another has begun: the posture stays up.
  @Test func oneEndsWhileAnotherBegins() {
    var book = AlertBook(policy: AlertPolicy(raisesTo: .elevated))
    _ = book.received(AlertNotification([.init(Self.alert("A"))]), now: .at(0))
    let outcome = book.received(
      AlertNotification([.init(Self.alert("B")), .init(Self.alert("A"), isResolved: true)]), now: .at(1))
    #expect(outcome.changes.map(Self.text) == ["A-", "B+"])
    #expect(outcome.posture == nil && book.posture == .elevated)
  }

  /// Two Alertmanagers: one is late with the end of an earlier time that the alert fired.
  @Test func lateNewsOfAnEarlierTimeIsNone() {
    var book = AlertBook(policy: AlertPolicy(raisesTo: .elevated))
    let late = AlertNotification([.init(Self.alert("A", startsAt: 0), isResolved: true, endsAt: .at(50))])
    _ = book.received(AlertNotification([.init(Self.alert("A", startsAt: 100))]), now: .at(100))
    #expect(book.received(late, now: .at(101)).isNone)
    #expect(book.posture == .elevated)
    let end = AlertNotification([.init(Self.alert("A", startsAt: 100), isResolved: true, endsAt: .at(100))])
    #expect(book.received(end, now: .at(102)).changes.map(\.endsAt) == [.at(100)])
    // Also where the end of the first time was lost: the second one moves the beginning.
    _ = book.received(AlertNotification([.init(Self.alert("A", startsAt: 0))]), now: .at(0))
    #expect(book.received(AlertNotification([.init(Self.alert("A", startsAt: 100))]), now: .at(100)).isNone)
    #expect(book.received(late, now: .at(101)).isNone)
  }

  @Test func isBounded() {
    var book = AlertBook(policy: AlertPolicy(raisesTo: .elevated))
    for number in 0..<AlertLimits.maxFiring {
      let outcome = book.received(AlertNotification([.init(Self.alert("\(number)", "warning"))]), now: .at(0))
      #expect(outcome.changes.count == 1 && outcome.leftOut == 0)
    }
    let beyond = book.received(
      AlertNotification([.init(Self.alert("A")), .init(Self.alert("0", "warning")), .init(Self.alert("B"))]),
      now: .at(0))
    #expect(beyond.leftOut == 2 && beyond.isNone)
    #expect(book.firing.count == AlertLimits.maxFiring && book.posture == .normal)
    // What ends in the same notification makes room.
    let swapped = book.received(
      AlertNotification([.init(Self.alert("A")), .init(Self.alert("7", "warning"), isResolved: true)]), now: .at(0))
    #expect(swapped.leftOut == 0 && swapped.changes.map(Self.text) == ["7-", "A+"])
    #expect(book.posture == .elevated)
    let isRestored = book.restore(Self.alert("more"), counts: true, now: .at(0))
    #expect(!isRestored)
  }

  @Test func theOldestIsListedFirst() {
    var book = AlertBook()
    for (name, start) in [("B", 5), ("A", 5), ("C", 1)] as [(String, Int64)] {
      _ = book.received(AlertNotification([.init(Self.alert(name, startsAt: start))]), now: .at(9))
    }
    #expect(book.firing.map(\.alert.name) == ["C", "A", "B"])
  }

  // MARK: Across a restart

  /// What is written down of a book makes it again.
  func restarted(_ book: AlertBook, now: Instant) -> AlertBook {
    var new = AlertBook(policy: book.policy, posture: book.posture)
    if let raise = book.raise { new.restoreRaise(from: raise.from) }
    for known in book.firing {
      let isRestored = new.restore(known.alert, counts: known.counts, now: now)
      #expect(isRestored)
    }
    return new
  }

  @Test func aRestartInBetween() {
    var book = AlertBook(policy: AlertPolicy(raisesTo: .elevated, forgetAfter: .seconds(60)))
    _ = book.received(AlertNotification([.init(Self.alert("A")), .init(Self.alert("W", "warning"))]), now: .at(0))
    book = restarted(book, now: .at(1_000))
    #expect(book.posture == .elevated && book.firing.map(\.counts) == [true, false])
    // Told again, it is not new; and nobody knows what was said while the process was down, so the time begins anew.
    #expect(book.received(AlertNotification([.init(Self.alert("A"))]), now: .at(1_001)).isNone)
    #expect(book.passed(to: .at(1_059)).isNone)
    #expect(
      book.received(AlertNotification([.init(Self.alert("A"), isResolved: true)]), now: .at(1_059)).posture == .normal)
  }

  /// The file of the posture was written, that of the alerts was not: the posture goes back, and the alert, which its
  /// sender tells again because nobody had answered, raises it anew.
  @Test func aCrashBetweenTheTwoFiles() {
    var book = AlertBook(policy: AlertPolicy(raisesTo: .elevated), posture: .elevated)
    book.restoreRaise(from: .normal)
    #expect(book.passed(to: .at(1)).posture == .normal)
    #expect(book.received(AlertNotification([.init(Self.alert("A"))]), now: .at(2)).posture == .elevated)
    #expect(
      book.received(AlertNotification([.init(Self.alert("A"), isResolved: true)]), now: .at(3)).posture == .normal)
  }

  @Test(arguments: [(Posture.normal, Posture.normal), (.normal, .elevated), (.elevated, .closed), (.closed, .closed)])
  func aRaiseThatMakesNoSenseIsNone(posture: Posture, from: Posture) {
    var book = AlertBook(policy: AlertPolicy(raisesTo: .elevated), posture: posture)
    book.restoreRaise(from: from)
    #expect(book.raise == nil)
    #expect(book.passed(to: .at(1)).isNone && book.posture == posture)
  }

  // MARK: Whatever happens

  /// Random events: the posture is never less careful than what the operator set last, nothing is told twice, and when
  /// everything has ended the operator's posture holds.
  @Test(arguments: 0..<200) func storm(seed: Int) {
    var random = SplitMix64(seed: UInt64(seed) &* 0x9E37_79B9 &+ 1)
    func pick<Element>(_ list: [Element]) -> Element { list[Int(random.next() % UInt64(list.count))] }
    var book = AlertBook(
      policy: AlertPolicy(
        raisesTo: pick([nil, .elevated, .closed]), severities: pick([["critical"], ["critical", "warning"]]),
        forgetAfter: pick([nil, .seconds(30), .seconds(300)])),
      posture: pick(Posture.allCases))
    var operators = book.posture
    var known: Set<String> = []
    var now = Instant.at(0)
    for _ in 0..<200 {
      let names = (0..<(1 + random.next() % 3)).map { _ in pick(["A", "B", "C", "D"]) }
      let event: Event = pick([
        .fires(names), .fires(names, severity: "warning"), .ends(names), .sets(pick(Posture.allCases)), .passes(20),
        .policy(pick([nil, .elevated, .closed])),
      ])
      if case .sets(let posture) = event { operators = posture }
      let outcome = Self.run(event, on: &book, &now)
      for change in outcome.changes {
        switch change.status {
        case .firing: #expect(known.insert(change.alert.name).inserted)
        case .resolved, .forgotten: #expect(known.remove(change.alert.name) != nil)
        }
      }
      #expect(Set(book.firing.map(\.alert.name)) == known)
      #expect(!operators.isMoreCareful(than: book.posture))
      #expect((book.posture != operators) == (book.raise != nil))
      if random.next() % 8 == 0 { book = restarted(book, now: now) }
    }
    _ = Self.run(.ends(["A", "B", "C", "D"]), on: &book, &now)
    #expect(book.firing.isEmpty && book.raise == nil && book.posture == operators)
  }
}
