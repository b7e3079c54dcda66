import Foundation
import SDP
import Testing
import Wire

/// A description of lines, each with CRLF behind it.
func text(_ lines: [String]) -> String { lines.map { $0 + "\r\n" }.joined() }

/// The usual first lines, and others behind them.
func description(
  _ lines: String..., origin: String = "- 1 1 IN IP4 192.0.2.1", connection: String? = "IN IP4 192.0.2.1"
) throws(SDPError) -> SessionDescription {
  try SessionDescription(
    text(["v=0", "o=\(origin)", "s=-"] + (connection.map { ["c=\($0)"] } ?? []) + ["t=0 0"] + lines))
}

/// One media description below the usual lines.
func media(_ lines: String...) throws -> MediaDescription {
  let whole = try SessionDescription(
    text(["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"] + lines))
  return try #require(whole.media.first)
}

/// The error that a text ends in; nil when it parses.
func fault(_ text: String, limits: SDPLimits = .default) -> SDPError? {
  do throws(SDPError) {
    _ = try SessionDescription(text, limits: limits)
    return nil
  } catch {
    return error
  }
}

/// The fault that a closure ends in; nil when it ends well.
func fault(_ body: () throws(NegotiationFault) -> Void) -> NegotiationFault? {
  do throws(NegotiationFault) {
    try body()
    return nil
  } catch {
    return error
  }
}

/// A text, and its canonical form where that is another one.
typealias Valid = (text: String, canonical: String?)
/// A text, the reason it is refused for, and where.
typealias Invalid = (text: String, reason: SDPError.Reason, offset: Int)

/// Every valid text parses, is written as said, and parses to the same again; every invalid one is refused as said.
func check<Value: SDPAttributeValue>(
  _ type: Value.Type, valid: [Valid], invalid: [Invalid] = [], sourceLocation: SourceLocation = #_sourceLocation
) {
  for (text, canonical) in valid {
    do throws(SDPError) {
      let value = try Value(text)
      #expect(value.text == canonical ?? text, sourceLocation: sourceLocation)
      #expect(try Value(value.text) == value, sourceLocation: sourceLocation)
    } catch {
      Issue.record("\(text): \(error)", sourceLocation: sourceLocation)
    }
  }
  for (text, reason, offset) in invalid {
    do throws(SDPError) {
      let value = try Value(text)
      Issue.record("\(text) is taken as \(value.text)", sourceLocation: sourceLocation)
    } catch {
      #expect(error == SDPError(reason, at: offset), "\(text)", sourceLocation: sourceLocation)
    }
  }
}

/// The descriptions of phones that FuzzSDP starts from.
enum Corpus {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fuzz/FuzzSDP/corpus")

  static let names = [
    "asterisk-answer", "asterisk-old", "baresip-offer", "baresip-srtp-offer", "chromium-offer", "cisco-7960-offer",
    "cisco-cube-offer", "cisco-hold-old", "firefox-answer", "gateway-odd", "linphone-offer", "pjsua-offer", "seminar",
    "sipp-lf-only", "sipp-uac",
  ]

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appendingPathComponent(name + ".sdp")))
  }

  static func description(_ name: String) throws -> SessionDescription {
    try SessionDescription(parsing: try bytes(name))
  }
}
