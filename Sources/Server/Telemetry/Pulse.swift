public import Wire

/// Whether threads that should answer do: each is asked something now and then, and who owes an answer for too long is
/// silent. Somebody who owes one is not asked again, so nothing piles up before a thread that hangs.
public struct Pulse: Sendable {
  /// After so long without an answer a thread counts as silent: hundreds of times what a busy reactor takes.
  public static let patience = Duration.seconds(5)

  /// Since when each owes an answer.
  private var owing: [Instant?]

  /// For so many threads, of which none has been asked.
  public init(count: Int) { owing = [Instant?](repeating: nil, count: max(count, 0)) }

  /// Whom to ask now; they owe an answer from now on.
  public mutating func ask(now: Instant) -> [Int] {
    let asked = owing.indices.filter { owing[$0] == nil }
    for index in asked { owing[index] = now }
    return asked
  }

  /// An answer came.
  public mutating func answered(_ index: Int) {
    if owing.indices.contains(index) { owing[index] = nil }
  }

  /// Who is silent.
  public func silent(now: Instant) -> [Int] {
    owing.indices.filter { index in owing[index].map { now - $0 > Self.patience } ?? false }
  }
}
