import Admin
import Logging
import Settings
import Store
import Wire
import Witness

// What others see of IF.witness by HTTP: records with a token, the checkpoint and tiles as files.
extension Node {
  /// The most records that one request looks through; a list that ends for that says where to go on.
  private static let recordsPerRequest: UInt64 = 200_000

  var witnessDirectory: WitnessDirectory { WitnessDirectory(path: state.witnessRecordsPath) }

  /// `GET /v1/witness/records`. The cursor is the number of a record.
  func listWitnessRecords(_ page: AdminAPI.Page) async -> AdminAPI.Answer {
    var first: UInt64 = 0
    if let cursor = page.cursor {
      guard let number = UInt64(cursor) else {
        return .failure(400, "INVALID_REQUEST", "cursor is not one that a list gave: a record's number")
      }
      first = number
    }
    let (directory, wanted) = (witnessDirectory, WitnessFilter(trace: page.filters["trace_id"]))
    do {
      // On a thread of its own: it may read for some tenths of a second.
      let (records, next) = try await Task.detached {
        try directory.page(wanted, from: first, limit: page.limit, scanning: Self.recordsPerRequest)
      }.value
      var body = JSONObject()
      body["records"] = .array(records.map(\.value))
      if let next { body["next_cursor"] = .string("\(next)") }
      return AdminAPI.Answer(200, .object(body))
    } catch {
      logger.error("witness records cannot be read", metadata: ["problem": "\(error)"])
      return Self.unreadable
    }
  }

  static var unreadable: AdminAPI.Answer {
    .failure(500, "WITNESS_UNREADABLE", "the records cannot be read; the server's log says why")
  }

  /// The signed checkpoint: where there are cosigners, the last one that enough of them have signed.
  func witnessCheckpoint() async -> [UInt8]? {
    let (directory, isCosigned) = (witnessDirectory, cosigning != nil)
    return await Task.detached {
      if isCosigned, let note = try? directory.cosignedCheckpoint() { return note.bytes }
      return try? WitnessReader(directory).note.bytes
    }.value
  }

  /// A tile by its path; partial ones are made when they are asked for.
  func witnessTile(_ path: String) async -> [UInt8]? {
    guard let place = TilePlace(path: path) else { return nil }
    let directory = witnessDirectory
    return await Task.detached {
      guard var reader = try? WitnessReader(directory) else { return nil }
      return try? reader.tile(place)?.bytes
    }.value
  }

  // MARK: Old records

  /// Deletes record files that are too old, and packs those that are old, beside everything else.
  func tendRecords() {
    let wishes = settings.witness
    guard wishes.mode != .off, wishes.compressAfterDays != nil || wishes.deleteAfterDays != nil else { return }
    let (directory, log, logger) = (witnessDirectory, witness, logger)
    let now = SystemClock.now()
    Task.detached(priority: .background) {
      do {
        if let days = wishes.deleteAfterDays {
          try Self.deleteRecords(directory, log, before: now.advanced(by: .seconds(-86_400 * days)), logger)
        }
      } catch {
        logger.error("old records were not deleted", metadata: ["problem": "\(error)"])
      }
      do {
        if let days = wishes.compressAfterDays {
          let packed = try directory.pack(before: now.advanced(by: .seconds(-86_400 * days)))
          if !packed.isEmpty { logger.info("packed record files", metadata: ["files": "\(packed.count)"]) }
        }
      } catch {
        logger.error("record files were not packed", metadata: ["problem": "\(error)"])
      }
    }
  }

  /// First the record that says so, on the disk and signed, then the files.
  private static func deleteRecords(
    _ directory: WitnessDirectory, _ log: WitnessLog, before time: UTCTimestamp, _ logger: Logger
  ) throws {
    guard let signed = log.status.checkpointSize, let old = try directory.deletable(before: time, signed: signed),
      log.post(old.event(at: SystemClock.now()))
    else { return }
    log.flush()
    let status = log.status
    guard status.failure == nil, status.checkpointFailure == nil, status.checkpointSize ?? 0 > signed else { return }
    try directory.delete(old)
    logger.notice(
      "deleted old records",
      metadata: ["first": "\(old.first)", "through": "\(old.through)", "files": "\(old.names.count)"])
  }
}
