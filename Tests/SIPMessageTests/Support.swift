import Foundation
import SIPMessage
import Testing

/// What comes of a datagram: index and `validate()`.
enum Outcome: Equatable {
  case accepted
  case refused(SIPParseError.Reason, SIPHeaderName?, status: Int)
  /// A request that no answer can reach, or a response.
  case dropped(SIPParseError.Reason, SIPHeaderName?)

  init(_ bytes: [UInt8], limits: SIPLimits = .default, framing: SIPFraming = .datagram) {
    do throws(SIPParseError) {
      _ = try Facts(bytes, limits: limits, framing: framing)
      self = .accepted
    } catch {
      self =
        error.isAnswerable
        ? .refused(error.reason, error.header, status: error.statusCode) : .dropped(error.reason, error.header)
    }
  }

  init(_ text: String, limits: SIPLimits = .default, framing: SIPFraming = .datagram) {
    self.init(Array(text.utf8), limits: limits, framing: framing)
  }
}

/// The error that a message ends in; nil when it is accepted.
func fault(_ text: String, limits: SIPLimits = .default) -> SIPParseError? {
  do throws(SIPParseError) {
    _ = try Facts(text, limits: limits)
    return nil
  } catch {
    return error
  }
}

/// A request of the usual headers, each of which can be replaced or, by an empty line, removed.
///
/// `lines` come behind; a line is written with `\r\n` added.
func request(
  _ start: String = "INVITE sip:bob@example.com SIP/2.0", via: String = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK77",
  from: String = "From: <sip:alice@example.net>;tag=1", to: String = "To: <sip:bob@example.com>",
  callID: String = "Call-ID: a@192.0.2.1", cseq: String = "CSeq: 1 INVITE", maxForwards: String = "Max-Forwards: 70",
  _ lines: String..., length: String = "Content-Length: 0", body: String = ""
) -> String {
  let all = [start, via, from, to, callID, cseq, maxForwards] + lines + [length]
  return all.filter { !$0.isEmpty }.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

/// A response of the usual headers, likewise.
func response(
  _ start: String = "SIP/2.0 200 OK", via: String = "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK77",
  from: String = "From: <sip:alice@example.net>;tag=1", to: String = "To: <sip:bob@example.com>;tag=2",
  callID: String = "Call-ID: a@192.0.2.1", cseq: String = "CSeq: 1 INVITE", _ lines: String...,
  length: String = "Content-Length: 0", body: String = ""
) -> String {
  let all = [start, via, from, to, callID, cseq] + lines + [length]
  return all.filter { !$0.isEmpty }.map { $0 + "\r\n" }.joined() + "\r\n" + body
}

/// The folder of conformance data beside the repository; nil, and a loud line, when it is not there.
enum Conformance {
  static let torture: URL? = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.deletingLastPathComponent().appendingPathComponent("shared/conformance/torture")
    if FileManager.default.fileExists(atPath: folder.appendingPathComponent("index.tsv").path) { return folder }
    print("SKIPPED: no torture messages at \(folder.path); the tests that read them show nothing")
    return nil
  }()

  static func bytes(_ file: String) throws -> [UInt8]? {
    guard let torture else { return nil }
    return [UInt8](try Data(contentsOf: torture.appendingPathComponent(file)))
  }
}
