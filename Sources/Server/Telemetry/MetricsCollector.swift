public import CoreMetrics
import Synchronization

/// The backend of swift-metrics: what libraries and embedders count appears on our page, under names that Prometheus
/// takes.
///
///     let collector = MetricsCollector()
///     MetricsSystem.bootstrap(collector)                // once per process, before anybody makes a metric
///     Counter(label: "my.requests", dimensions: [("kind", "good")]).increment()
///     // my_requests_total{kind="good"} 1
///
/// | swift-metrics | becomes | name ends in |
/// |---|---|---|
/// | `Counter`, `FloatingPointCounter` | counter | `_total` |
/// | `Meter`, `Gauge` | gauge | |
/// | `Recorder` | histogram over ``Options/recorderBounds`` | |
/// | `Timer` | histogram in seconds over ``Options/timerBounds`` | `_seconds` |
///
/// The number of series is bounded (``Limits``): a metric beyond it counts nowhere, which ``refusals`` and the page's
/// `ifsip_metrics_refused_total` say, and `onRefusal` hears. Metrics of one name and the same labels are one series,
/// which lives until each of them has been destroyed.
///
/// Safe from every thread: making a metric takes one lock, counting takes that of its series or none. The reactors of a
/// node do not use it; they count in values of their own (``SIPCounters``).
public final class MetricsCollector: MetricsFactory {
  /// How much libraries may bring.
  public struct Limits: Sendable {
    /// Series altogether; a histogram is one.
    public var maxSeries = 1_000
    /// Labels of one series.
    public var maxLabels = 10
    /// Bytes of a metric's or label's name.
    public var maxNameBytes = 128
    /// Bytes of a label's value.
    public var maxValueBytes = 256
    /// The defaults.
    public init() {}
  }

  /// How metrics appear.
  public struct Options: Sendable {
    /// How much there may be.
    public var limits = Limits()
    /// Bounds of timers, in seconds.
    public var timerBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    /// Bounds of recorders, which have no unit.
    public var recorderBounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000]
    /// Bounds of single recorders and timers, by the label they are made with.
    public var bounds: [String: [Double]] = [:]
    /// The defaults.
    public init() {}
  }

  /// Why a metric is not taken.
  public enum Refusal: String, Sendable, Hashable, CaseIterable {
    /// ``Limits/maxSeries`` is reached.
    case tooManySeries = "too-many-series"
    /// It has more labels than ``Limits/maxLabels``.
    case tooManyLabels = "too-many-labels"
    /// A name or a value is longer than it may be.
    case tooLong = "too-long"
    /// A name has no letter and no digit.
    case unnamed
    /// Something of another kind has its name.
    case nameTaken = "name-taken"
  }

  enum Series {
    case counter(CounterSeries)
    case sum(SumSeries)
    case gauge(GaugeSeries)
    case distribution(DistributionSeries)

    var kind: MetricsPage.Kind {
      switch self {
      case .counter, .sum: .counter
      case .gauge: .gauge
      case .distribution: .histogram
      }
    }
  }

  struct Key: Hashable {
    var name: String
    var labels: [String]
  }

  struct Entry {
    var series: Series
    /// The labels, names and values.
    var labels: [(name: String, value: String)]
    /// How many metrics of libraries stand for it.
    var uses = 1
  }

  struct Family {
    /// As samples have it.
    var name: String
    var kind: MetricsPage.Kind
    var unit: MetricsPage.Unit?
    /// What the library calls it.
    var label: String
    var entries: [Key: Entry] = [:]
  }

  struct State {
    /// By the name that OpenMetrics gives them.
    var families: [String: Family] = [:]
    var owners: [ObjectIdentifier: Key] = [:]
    var count = 0
    var refusals: [Refusal: UInt64] = [:]
    /// Families whose name our own page has; told of once.
    var hidden: Set<String> = []
  }

  let state = Mutex(State())
  private let options: Options
  private let onRefusal: @Sendable (_ reason: Refusal, _ label: String, _ times: UInt64) -> Void

  /// A collector without series.
  ///
  /// - Parameter onRefusal: hears of metrics that are not taken, for the log: of each reason the first, second, fourth,
  ///   eighth… time, so that it may speak up every time it is called.
  public init(
    options: Options = Options(),
    onRefusal: @escaping @Sendable (_ reason: Refusal, _ label: String, _ times: UInt64) -> Void = { _, _, _ in }
  ) {
    self.options = options
    self.onRefusal = onRefusal
  }

  /// How many series there are.
  public var seriesCount: Int { state.withLock { $0.count } }

  /// How often a metric was not taken, by reason.
  public var refusals: [Refusal: UInt64] { state.withLock { $0.refusals } }

  // MARK: MetricsFactory

  /// A counter, or one that counts nothing when there is no room.
  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    let series = series(label, dimensions, .counter) { _ in .counter(CounterSeries()) }
    guard case .counter(let handler) = series else { return refused(series, label) }
    return handler
  }

  /// A counter with fractions, likewise.
  public func makeFloatingPointCounter(
    label: String, dimensions: [(String, String)]
  ) -> any FloatingPointCounterHandler {
    let series = series(label, dimensions, .counter) { _ in .sum(SumSeries()) }
    guard case .sum(let handler) = series else { return refused(series, label) }
    return handler
  }

  /// A gauge, likewise.
  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    let series = series(label, dimensions, .gauge) { _ in .gauge(GaugeSeries()) }
    guard case .gauge(let handler) = series else { return refused(series, label) }
    return handler
  }

  /// A histogram, or a gauge when only the last value counts; likewise.
  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    guard aggregate else {
      let series = series(label, dimensions, .gauge) { _ in .gauge(GaugeSeries()) }
      guard case .gauge(let handler) = series else { return refused(series, label) }
      return handler
    }
    let series = series(label, dimensions, .histogram) { [options] label in
      .distribution(DistributionSeries(bounds: options.bounds[label] ?? options.recorderBounds))
    }
    guard case .distribution(let handler) = series else { return refused(series, label) }
    return handler
  }

  /// A histogram in seconds, likewise.
  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    let series = series(label, dimensions, .histogram, unit: .seconds) { [options] label in
      .distribution(DistributionSeries(bounds: options.bounds[label] ?? options.timerBounds))
    }
    guard case .distribution(let handler) = series else { return refused(series, label) }
    return handler
  }

  /// Gives a counter back; its series goes with the last that stands for it.
  public func destroyCounter(_ handler: any CounterHandler) { destroy(ObjectIdentifier(handler)) }
  /// Likewise.
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {
    destroy(ObjectIdentifier(handler))
  }
  /// Likewise.
  public func destroyMeter(_ handler: any MeterHandler) { destroy(ObjectIdentifier(handler)) }
  /// Likewise.
  public func destroyRecorder(_ handler: any RecorderHandler) { destroy(ObjectIdentifier(handler)) }
  /// Likewise.
  public func destroyTimer(_ handler: any TimerHandler) { destroy(ObjectIdentifier(handler)) }
}

extension MetricsCollector {
  /// The series of a metric: one that is there, or a new one.
  ///
  /// - Returns: nil when it was refused, which has been counted.
  private func series(
    _ label: String, _ dimensions: [(String, String)], _ kind: MetricsPage.Kind, unit: MetricsPage.Unit? = nil,
    make: (_ label: String) -> Series
  ) -> Series? {
    let described: (base: String, labels: [(name: String, value: String)])
    do throws(RefusedMetric) {
      described = try describe(label, dimensions, kind, unit)
    } catch {
      refuse(error.reason, label)
      return nil
    }
    let (base, labels) = described
    let key = Key(name: base, labels: labels.flatMap { [$0.name, $0.value] })
    let result = state.withLock { state -> Result<Series, RefusedMetric> in
      var family =
        state.families[base]
        ?? Family(name: kind == .counter ? base + "_total" : base, kind: kind, unit: unit, label: label)
      guard family.kind == kind, family.unit == unit else { return .failure(RefusedMetric(reason: .nameTaken)) }
      if let entry = family.entries[key] {
        state.families[base]?.entries[key]?.uses += 1
        return .success(entry.series)
      }
      guard state.count < options.limits.maxSeries else { return .failure(RefusedMetric(reason: .tooManySeries)) }
      let series = make(label)
      family.entries[key] = Entry(series: series, labels: labels)
      state.families[base] = family
      state.owners[series.identity] = key
      state.count += 1
      return .success(series)
    }
    switch result {
    case .success(let series): return series
    case .failure(let refusal):
      refuse(refusal.reason, label)
      return nil
    }
  }

  private struct RefusedMetric: Error { let reason: Refusal }

  private func describe(
    _ label: String, _ dimensions: [(String, String)], _ kind: MetricsPage.Kind, _ unit: MetricsPage.Unit?
  ) throws(RefusedMetric) -> (base: String, labels: [(name: String, value: String)]) {
    let limits = options.limits
    guard dimensions.count <= limits.maxLabels else { throw RefusedMetric(reason: .tooManyLabels) }
    let isShort =
      label.utf8.count <= limits.maxNameBytes
      && dimensions.allSatisfy {
        $0.0.utf8.count <= limits.maxNameBytes && $0.1.utf8.count <= limits.maxValueBytes
      }
    guard isShort else { throw RefusedMetric(reason: .tooLong) }
    guard let name = MetricName.metric(label), let labels = MetricName.labels(dimensions) else {
      throw RefusedMetric(reason: .unnamed)
    }
    var base = MetricsPage.base(of: name, kind)
    if let unit, !base.hasSuffix("_\(unit.rawValue)") { base += "_\(unit.rawValue)" }
    return (base, labels)
  }

  /// A handler that does nothing; counts that when nobody has yet: a series of the same kind has the name, but not the
  /// same class (a `Counter` beside a `FloatingPointCounter`).
  private func refused(_ series: Series?, _ label: String) -> NOOPMetricsHandler {
    if let series {
      destroy(series.identity)
      refuse(.nameTaken, label)
    }
    return NOOPMetricsHandler.instance
  }

  func refuse(_ reason: Refusal, _ label: String) {
    let times = state.withLock { state in
      state.refusals[reason, default: 0] &+= 1
      return state.refusals[reason, default: 0]
    }
    if times & (times - 1) == 0 { onRefusal(reason, label, times) }
  }

  private func destroy(_ identity: ObjectIdentifier) {
    state.withLock { state in
      guard let key = state.owners[identity], var family = state.families[key.name],
        var entry = family.entries[key]
      else { return }
      entry.uses -= 1
      family.entries[key] = entry.uses > 0 ? entry : nil
      state.families[key.name] = family.entries.isEmpty ? nil : family
      guard entry.uses == 0 else { return }
      state.owners[identity] = nil
      state.count -= 1
    }
  }
}

extension MetricsCollector.Series {
  var identity: ObjectIdentifier {
    switch self {
    case .counter(let series): ObjectIdentifier(series)
    case .sum(let series): ObjectIdentifier(series)
    case .gauge(let series): ObjectIdentifier(series)
    case .distribution(let series): ObjectIdentifier(series)
    }
  }
}
