import HTTPClient
import Logging
import NIOCore
import Settings
import Store
import Synchronization
import Telemetry
import Transport
import Wire
import Witness

/// Has the log's checkpoints cosigned (C2SP tlog-witness), in rounds: the newest checkpoint goes to every cosigner that
/// does not know it yet and is not being left alone after a failure, to all at the same time. As soon as enough have
/// signed, the checkpoint with their lines is kept (`witness/checkpoint.cosigned`), and again with every further line.
///
/// Nothing waits for it: calls go on and the log goes on whatever cosigners do.
final class Cosigning: Sendable {
  private let directory: WitnessDirectory
  private let cosigners: [Cosigner]
  private let quorum: Int
  private let interval: Duration
  private let logger: Logger
  /// How many records the cosigned checkpoint counts.
  private let cosignedSize = Mutex<UInt64?>(nil)

  /// Nil when nobody is to be asked.
  init?(
    _ settings: Settings.WitnessSettings, directory: WitnessDirectory, on group: any EventLoopGroup, tls: NodeTLS,
    logger: Logger
  ) {
    guard settings.mode != .off, !settings.cosigners.isEmpty else { return nil }
    self.directory = directory
    self.logger = logger
    quorum = settings.quorum
    interval = settings.cosignInterval
    let front = StreamFront.tls(connecting: { tls.client }, options: tls.options)
    let known = try? directory.cosignedCheckpoint()
    cosigners = settings.cosigners.map { entry in
      let target = HTTPTarget(
        isSecure: entry.url.isSecure, host: entry.url.host, port: entry.url.port, path: entry.url.path)
      return Cosigner(
        entry.name, key: entry.key, client: HTTPClient(target, on: group, front: front), known: known,
        interval: settings.cosignInterval)
    }
    cosignedSize.withLock { $0 = known.flatMap { try? Checkpoint(parsing: $0.text.span).size } }
  }

  /// Asks until it is cancelled.
  func run() async {
    while !Task.isCancelled {
      await round()
      try? await Task.sleep(for: interval)
    }
  }

  /// Closes the connections.
  func stop() async {
    for cosigner in cosigners { await cosigner.close() }
  }

  private func round() async {
    let directory = directory
    // Reading may take some milliseconds, so not on a thread that others wait for.
    guard let reader = await Task.detached(operation: { try? WitnessReader(directory) }).value,
      reader.checkpoint.size > 0
    else { return }
    var note = reader.note
    if let kept = try? directory.cosignedCheckpoint(), kept.text == note.text { note = kept }
    let now = SystemClock.monotonic()
    await withTaskGroup(of: NoteSignature?.self) { group in
      for cosigner in cosigners where cosigner.isDue(now) && !note.signatures.contains(where: cosigner.key.made) {
        group.addTask { [logger] in await cosigner.ask(reader, logger) }
      }
      for await line in group {
        guard let line else { continue }
        note.signatures.append(line)
        keep(note, size: reader.checkpoint.size)
      }
    }
  }

  private func keep(_ note: SignedNote, size: UInt64) {
    let count = note.signatures.count { line in cosigners.contains { $0.key.made(line) } }
    guard count >= quorum else { return }
    do {
      try directory.keepCosigned(note)
      cosignedSize.withLock { $0 = size }
    } catch {
      logger.error("a cosigned checkpoint was not kept", metadata: ["problem": "\(error)"])
    }
  }

  /// What `/metrics` says of it.
  func write(to page: inout MetricsPage) {
    page.family(
      "witness_cosigned_records", .gauge, help: "Records that the last checkpoint counts that enough cosigners signed.")
    page.sample("witness_cosigned_records", cosignedSize.withLock { $0 } ?? 0)
    let states = cosigners.map { ($0.name, $0.figures) }
    page.family(
      "witness_last_cosignature_timestamp_seconds", .gauge, unit: .seconds,
      help: "When a cosigner last signed, in seconds since 1970 by its own clock; 0: not yet.")
    for (name, figures) in states {
      page.sample("witness_last_cosignature_timestamp_seconds", [("cosigner", name)], figures.signedAt)
    }
    page.family("witness_cosigning_total", .counter, help: "Times a cosigner was asked, by what came of it.")
    for (name, figures) in states {
      for (result, count) in [
        ("signed", figures.signed), ("refused", figures.refused), ("unreachable", figures.unreachable),
      ] {
        page.sample("witness_cosigning_total", [("cosigner", name), ("result", result)], count)
      }
    }
  }
}

/// One cosigner: what it has signed, as far as we know, and how it has fared lately.
private final class Cosigner: Sendable {
  /// What came of asking so far.
  struct Figures: Sendable {
    var signedAt: UInt64 = 0
    var signed: UInt64 = 0
    var refused: UInt64 = 0
    var unreachable: UInt64 = 0
  }

  private struct State: Sendable {
    var machine: CosigningClient
    var figures = Figures()
    /// Failures since the last success.
    var failures = 0
    var notBefore = Instant.zero
    var lastReason: String?
  }

  let name: String
  let key: NoteVerifierKey
  private let client: HTTPClient
  private let interval: Duration
  private let state: Mutex<State>

  /// After a failure it is left alone for twice as long as the time before, up to this.
  private static let longestPause = Duration.seconds(300)

  init(_ name: String, key: NoteVerifierKey, client: HTTPClient, known: SignedNote?, interval: Duration) {
    self.name = name
    self.key = key
    self.client = client
    self.interval = interval
    var size: UInt64 = 0
    var figures = Figures()
    // What it signed before this process began; where that is wrong, its 409 says so.
    if let known, let line = known.signatures.first(where: key.made), let time = line.cosignedAt {
      size = (try? Checkpoint(parsing: known.text.span).size) ?? 0
      figures.signedAt = time
    }
    state = Mutex(State(machine: CosigningClient(key: key, knownSize: size), figures: figures))
  }

  var figures: Figures { state.withLock { $0.figures } }

  func isDue(_ now: Instant) -> Bool { state.withLock { now >= $0.notBefore } }

  func close() async { await client.close() }

  /// Asks for a signature under the reader's checkpoint, a second time when the cosigner knew another size than we thought.
  func ask(_ reader: WitnessReader, _ logger: Logger) async -> NoteSignature? {
    for _ in 0..<2 {
      let outcome: CosigningClient.Outcome
      do {
        guard let body = try request(reader) else { return nil }
        let answer = try await client.post(body, to: "/add-checkpoint", contentType: "text/plain; charset=utf-8")
        outcome = state.withLock { $0.machine.received(status: answer.status, body: answer.body.span) }
      } catch {
        state.withLock {
          $0.machine.failed()
          $0.figures.unreachable += 1
        }
        failed("\(error)", logger)
        return nil
      }
      switch outcome {
      case .cosigned(let line):
        succeeded(line)
        return line
      case .retry: continue
      case .refused(let reason):
        state.withLock { $0.figures.refused += 1 }
        failed(reason, logger)
        return nil
      }
    }
    return nil
  }

  private func request(_ reader: WitnessReader) throws(StoreError) -> [UInt8]? {
    var reader = reader
    let size = state.withLock { $0.machine.knownSize }
    let proof = try reader.consistency(from: size)
    return state.withLock { $0.machine.request(reader.note, proof: proof) }
  }

  private func succeeded(_ line: NoteSignature) {
    state.withLock {
      $0.figures.signed += 1
      $0.figures.signedAt = line.cosignedAt ?? 0
      $0.failures = 0
      $0.lastReason = nil
      $0.notBefore = .zero
    }
  }

  private func failed(_ reason: String, _ logger: Logger) {
    let isNews = state.withLock { state in
      state.failures += 1
      let pause = min(interval * (1 << min(state.failures - 1, 10)), Self.longestPause)
      state.notBefore = SystemClock.monotonic() + pause
      defer { state.lastReason = reason }
      return state.lastReason != reason
    }
    guard isNews else { return }
    logger.warning("a cosigner did not sign", metadata: ["cosigner": .string(name), "reason": .string(reason)])
  }
}
