import Admin
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

  /// The signed checkpoint.
  func witnessCheckpoint() async -> [UInt8]? {
    let directory = witnessDirectory
    return await Task.detached { try? WitnessReader(directory).note.bytes }.value
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
}
