import Foundation
import Synchronization
import Wire

/// A DNS server that says whatever a test wants to be said, over UDP alone.
final class FakeServer: Sendable {
  /// A question as it came.
  struct Query: Sendable {
    var bytes: [UInt8]
    var name: String
    var type: UInt16
    /// How many there have been of this name and type, this one counted.
    var number: Int

    /// An answer: the question's number and question, these flags, and records in their encoded form.
    func reply(
      id change: UInt8 = 0, flags: UInt16 = 0x8180, records: [[UInt8]] = [], additional: [[UInt8]] = []
    ) -> [UInt8] {
      var end = 12
      while end < bytes.count, bytes[end] != 0 { end += Int(bytes[end]) + 1 }
      var reply: [UInt8] = [bytes[0] ^ change, bytes[1], UInt8(flags >> 8), UInt8(flags & 0xFF), 0, 1]
      reply += [0, UInt8(records.count), 0, 0, 0, UInt8(additional.count)]
      reply += bytes[12..<min(end + 5, bytes.count)]
      for record in records + additional { reply += record }
      return reply
    }

    /// An A record of the question's name, or of another one.
    func address(_ last: UInt8, ttl: UInt8 = 60, owner: String? = nil) -> [UInt8] {
      var record: [UInt8] = owner == nil ? [0xC0, 0x0C] : []
      if let owner {
        for label in owner.split(separator: ".") { record += [UInt8(label.utf8.count)] + Array(label.utf8) }
        record.append(0)
      }
      record += [0, 1, 0, 1, 0, 0, 0, ttl, 0, 4]
      return record + [192, 0, 2, last]
    }
  }

  let address: SocketAddress
  private let isStopped = Mutex(false)
  private let counts = Mutex<[String: Int]>([:])

  /// Answers every query with the datagrams that `answer` gives, in its own thread, until it is stopped.
  init(_ answer: @escaping @Sendable (Query) -> [[UInt8]]) {
    let socket = DatagramSocket()
    address = SocketAddress(ip: IPAddress(v4: 0x7F00_0001), port: socket.port)
    Thread.detachNewThread { [weak self] in
      while let self, !self.isStopped.withLock({ $0 }) {
        guard let (bytes, port) = socket.receive(), let query = self.query(bytes) else { continue }
        for datagram in answer(query) { socket.send(datagram, to: port) }
      }
    }
  }

  /// Queries so far, those that were sent again counted again.
  var queries: Int { counts.withLock { $0.values.reduce(0, +) } }

  func stop() { isStopped.withLock { $0 = true } }

  private func query(_ bytes: [UInt8]) -> Query? {
    var labels: [String] = []
    var offset = 12
    while offset < bytes.count, bytes[offset] != 0 {
      let end = offset + 1 + Int(bytes[offset])
      guard end < bytes.count else { return nil }
      labels.append(String(decoding: bytes[(offset + 1)..<end], as: UTF8.self).lowercased())
      offset = end
    }
    guard offset + 2 < bytes.count else { return nil }
    let name = labels.joined(separator: ".")
    let type = UInt16(bytes[offset + 1]) << 8 | UInt16(bytes[offset + 2])
    let number = counts.withLock { counts in
      counts["\(name) \(type)", default: 0] += 1
      return counts["\(name) \(type)"] ?? 0
    }
    return Query(bytes: bytes, name: name, type: type, number: number)
  }
}
