import ArgumentParser
import Files
import Settings
import Store
import Wire

/// The running server, asked through the API of its admin listener (DESIGN §4) with the token that it made at its first
/// start.
struct AdminClient {
  private let address: SocketAddress
  private let token: String

  /// A page may hold a thousand addresses of record with ten contacts each.
  private static let jsonLimits = JSONLimits(maxBytes: AdminSocket.maxAnswerBytes, maxValues: 1 << 20)

  /// The server of a configuration.
  init(_ options: ConfigurationOption) throws {
    let settings = try options.settings()
    guard let endpoint = settings.admin else {
      throw StoreError(.invalid, "the configuration has no admin listener (admin: off), so the server cannot be asked")
    }
    guard endpoint.address.port != 0 else {
      throw StoreError(.invalid, "admin has port 0, so nobody knows where the server listens; give it a number")
    }
    address = SocketAddress(ip: endpoint.address.ip.asReachedHere, port: endpoint.address.port)
    token = try Self.readToken(settings.stateDirectory + "/keys/admin.token")
  }

  /// Read, and never made: that is for the server, which runs as the user who shall own it.
  private static func readToken(_ path: String) throws -> String {
    do throws(FileError) {
      let bytes = try Files.read(path, limit: 1_024)
      return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
    } catch {
      throw StoreError(
        .fileSystem,
        "\(error); the server makes its token at its first start, and only its own user can read it: run this as that "
          + "user, on a configuration with the same state_dir")
    }
  }

  /// One request; the JSON of a good answer. A refusal is thrown with the server's own words.
  func ask(
    _ method: String, _ path: String, _ query: [(String, String)] = [], body: JSONValue? = nil
  ) throws -> JSONValue {
    let pairs = query.map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
    let target = path + (pairs.isEmpty ? "" : "?" + pairs)
    let head =
      "\(method) \(target) HTTP/1.1\r\nHost: \(address)\r\nAuthorization: Bearer \(token)\r\n"
      + "Accept: application/json\r\nConnection: close\r\n"
    let sent = body?.canonicalBytes() ?? []
    let type = body == nil ? "" : "Content-Type: application/json\r\n"
    let length = "\(type)Content-Length: \(sent.count)\r\n\r\n"
    let answer = try HTTPAnswer(try AdminSocket.exchange(Array((head + length).utf8) + sent, with: address))
    let body = (try? JSONValue(parsing: answer.body, limits: Self.jsonLimits)) ?? .null
    guard answer.status < 300 else { throw Self.failure(answer.status, body) }
    return body
  }

  /// Everything that a list has, page after page, up to `limit`; and whether there is more.
  func list(
    _ path: String, _ member: String, _ filters: [(String, String)], limit: Int
  ) throws -> (entries: [JSONValue], hasMore: Bool) {
    var entries: [JSONValue] = []
    var cursor: String?
    repeat {
      var query = filters + [("limit", String(min(limit - entries.count, 1_000)))]
      if let cursor { query.append(("cursor", cursor)) }
      let page = try ask("GET", path, query)
      entries += page[member]?.array ?? []
      cursor = page["next_cursor"]?.string
    } while cursor != nil && entries.count < limit
    return (entries, cursor != nil)
  }

  private static func failure(_ status: Int, _ body: JSONValue) -> any Error {
    let reason = body["reason"]?.string ?? "the server answered \(status)"
    if let problems = body["problems"]?.array {
      return StoreError(
        .invalid,
        "the old configuration stays in use:\n" + problems.compactMap(\.string).map(Table.safe).joined(separator: "\n"))
    }
    if status == 401 {
      return StoreError(
        .fileSystem, "\(reason); the token in state_dir is not the running server's: is this its configuration?")
    }
    return StoreError(.invalid, Table.safe(reason))
  }
}

/// An HTTP/1.1 answer, read to the end of its connection (RFC 9112).
struct HTTPAnswer {
  let status: Int
  let body: [UInt8]

  init(_ bytes: [UInt8]) throws {
    let separator: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A]
    guard let end = bytes.firstRange(of: separator) else { throw Self.strange }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]), (100...599).contains(status)
    else { throw Self.strange }
    self.status = status
    var length: Int?
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
      length = Int(parts[1].drop { $0 == " " })
    }
    let rest = bytes[end.upperBound...]
    guard let length, length == rest.count else { throw Self.strange }
    body = Array(rest)
  }

  private static var strange: StoreError {
    StoreError(.invalid, "what answers there does not speak as ifsip-proxy does; is admin the right address?")
  }
}
