import Admin
import Guard
import Store
import Wire
import Witness

// IF.witness one by one: a record to the byte, the key, and what happens while it happens.
extension Node {
  /// What the API shows of it.
  var witnessAPI: AdminWitness {
    AdminWitness(
      record: { await self.witnessRecord($0) }, key: { self.witnessKey() }, events: { self.watch($0) })
  }

  private func witnessRecord(_ sequence: UInt64) async -> AdminWitness.Line {
    let directory = witnessDirectory
    do {
      let line = try await Task.detached {
        var found: [UInt8]?
        try directory.records(from: sequence, count: 1) { number, line in
          if number == sequence { found = [UInt8](copying: line) }
        }
        return found
      }.value
      guard let line else { return .failure(.failure(404, "NO_SUCH_RECORD", "there is no record of that number")) }
      return .found(line)
    } catch {
      logger.error("a witness record cannot be read", metadata: ["problem": "\(error)", "record": "\(sequence)"])
      return .failure(Self.unreadable)
    }
  }

  private func witnessKey() -> AdminAPI.Answer {
    guard let key = witnessIdentity?.verifierKey else { return Self.nothingRecorded }
    return AdminAPI.Answer(200, ["key": .string(key.description), "origin": .string(key.name)])
  }

  private func watch(_ query: AdminAPI.Watch) -> AdminWitness.Subscription {
    if let trace = query.traceID, TraceID(trace) == nil {
      return .failure(.failure(400, "INVALID_REQUEST", "trace_id must be 1 to 64 letters, digits and . _ -"))
    }
    guard witnessIdentity != nil else { return .failure(Self.nothingRecorded) }
    guard let subscription = witness.feed.subscribe() else {
      return .failure(
        .failure(
          503, "TOO_MANY_READERS", "\(witness.feed.count) read along already; close some of them and come again"))
    }
    let start: WitnessTail.Start
    switch (query.after, query.since) {
    case (let number?, _): start = number == .max ? .end : .record(number + 1)
    case (nil, let time?): start = .time(time)
    case (nil, nil): start = .end
    }
    let tail = WitnessTail(
      witnessDirectory, subscription, wanted: WitnessFilter(trace: query.traceID, events: query.events), from: start)
    let logger = logger
    return .open(
      AdminWitness.Events(
        next: { patience in
          do {
            guard let items = try await tail.next(within: patience) else { return nil }
            return items.isEmpty ? [.nothing(await tail.position)] : items.map(AdminWitness.Event.init)
          } catch {
            logger.error("witness records cannot be read", metadata: ["problem": "\(error)"])
            return nil
          }
        },
        cancel: { tail.cancel() }))
  }

  private static var nothingRecorded: AdminAPI.Answer {
    .failure(404, "NOT_RECORDED", "nothing is recorded: the configuration says witness: { mode: off }")
  }
}

extension AdminWitness.Event {
  fileprivate init(_ item: WitnessTail.Item) {
    switch item {
    case .record(let found): self = .record(found.sequence, found.line)
    case .skipped(let numbers): self = .skipped(numbers)
    case .live(let next): self = .live(next)
    }
  }
}
