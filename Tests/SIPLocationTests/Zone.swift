import SIPLocation
import SIPMessage
import SIPTransaction
import Testing
import Wire

/// A DNS that answers from a text: one record a line, as in a zone file but without TTL and class.
///
/// `name TYPE ! timeout` makes a question fail. A name that has no line at all does not exist.
struct Zone {
  private var records: [DNSQuestion: [[String]]] = [:]
  private var names: Set<DNSName> = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ").map(String.init)
      guard let name = DNSName(fields[0]),
        let type = DNSRecordType.allCases.first(where: { "\($0)" == fields[1].lowercased() })
      else { preconditionFailure("no record: \(line)") }
      records[DNSQuestion(name, type), default: []].append(Array(fields.dropFirst(2)))
      names.insert(name)
    }
  }

  func answer(to question: DNSQuestion) -> DNSAnswer {
    guard let rows = records[question] else {
      return .absent(names.contains(question.name) ? .noSuchRecord : .noSuchName, timeToLive: 60)
    }
    if rows[0][0] == "!" { return .failed(rows[0][1] == "timeout" ? .timeout : .serverFailure) }
    func name(_ text: String) -> DNSName { text == "." ? .root : DNSName(text) ?? .root }
    let found: DNSRecords =
      switch question.type {
      case .a, .aaaa: .addresses(rows.compactMap { IPAddress($0[0]) })
      case .srv:
        .services(
          rows.map {
            SRVRecord(
              priority: UInt16($0[0]) ?? 0, weight: UInt16($0[1]) ?? 0, port: UInt16($0[2]) ?? 0, target: name($0[3]))
          })
      case .naptr:
        .pointers(
          rows.map {
            NAPTRRecord(
              order: UInt16($0[0]) ?? 0, preference: UInt16($0[1]) ?? 0, flags: $0[2] == "-" ? "" : $0[2],
              service: $0[3], hasExpression: $0.count > 5, replacement: name($0[4]))
          })
      }
    return .records(found, timeToLive: 60)
  }

  /// Runs a locator to its end.
  func locate(
    _ target: LocationTarget, from sources: [LocationSource] = .all4, limits: LocationLimits = .default,
    random: UInt64 = 1
  ) -> Located {
    var locator = SIPLocator(target, from: sources, limits: limits, random: random)
    var asked: [DNSQuestion] = []
    let open = locator.advance { question in
      asked.append(question)
      return answer(to: question)
    }
    #expect(open.isEmpty && locator.openQuestions == 0)
    return Located(outcome: locator.outcome, asked: asked)
  }

  func locate(_ uri: String, from sources: [LocationSource] = .all4, random: UInt64 = 1) throws -> Located {
    locate(try #require(LocationTarget(try SIPURI(uri))), from: sources, random: random)
  }
}

struct Located {
  var outcome: SIPLocator.Outcome?
  var asked: [DNSQuestion]

  /// `udp 192.0.2.1:5060, …`, or the failure.
  var text: String {
    switch outcome {
    case .located(let hops): hops.map(\.description).joined(separator: ", ")
    case .failed(let failure): "\(failure)"
    case nil: "no outcome"
    }
  }

  /// `example.com. NAPTR, …`
  var questions: String { asked.map(\.description).joined(separator: ", ") }
}

extension [LocationSource] {
  static let udp4: [LocationSource] = [LocationSource(.udp, .ipv4)]
  /// A proxy that listens on UDP, TCP and TLS, all IPv4.
  static let all4: [LocationSource] = [
    LocationSource(.udp, .ipv4), LocationSource(.tcp, .ipv4), LocationSource(.tls, .ipv4),
  ]
  /// IPv6 first.
  static let dual: [LocationSource] = [
    LocationSource(.udp, .ipv6), LocationSource(.udp, .ipv4), LocationSource(.tcp, .ipv4), LocationSource(.tcp, .ipv6),
  ]
}
