/// Why a node takes no new calls, as `/readyz`, `/healthz`, `/metrics` and the log say it: nothing is refused for a reason
/// that nobody can read.
public struct Readiness: Sendable, Equatable {
  /// The reasons there are; the names are labels of `ifsip_unready`.
  public enum Reason: String, Sendable, Hashable, CaseIterable {
    /// The node is about to stop. It does what it should: this alone is no illness.
    case draining
    /// Records of IF.witness cannot be written: the disk is full, or broken.
    case witnessDisk = "witness-disk"
    /// Records of IF.witness come faster than the disk takes them.
    case witnessQueue = "witness-queue"
    /// Registrations cannot be written into the state database.
    case database
    /// A reactor does not answer.
    case reactor
    /// With an external council: no gatekeeper has us registered, so no call gets into a room. Others do get through, and a
    /// restart would not help: this alone is no illness.
    case gatekeeper

    /// Whether the node cannot do its work, other than that it is not meant to.
    var isIllness: Bool { self != .draining && self != .gatekeeper }
  }

  private var texts: [Reason: String] = [:]

  /// Nothing is wrong.
  public init() {}

  /// Adds a reason, with a sentence for a person.
  public mutating func add(_ reason: Reason, _ text: String) { texts[reason] = text }

  /// The reasons, in the order of ``Reason``.
  public var reasons: [Reason] { Reason.allCases.filter { texts[$0] != nil } }

  /// Why no new calls are taken, one line for each reason; nil: they are.
  public var refusal: String? { text(of: reasons) }

  /// Why the node cannot do its work, likewise; nil: it can.
  public var illness: String? { text(of: reasons.filter(\.isIllness)) }

  private func text(of reasons: [Reason]) -> String? {
    guard !reasons.isEmpty else { return nil }
    return reasons.map { "\($0.rawValue): \(Self.oneLine(texts[$0] ?? ""))" }.joined(separator: "\n")
  }

  /// What a library says may have several lines.
  private static func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 })
  }

  /// Writes `ifsip_ready` and `ifsip_unready`.
  public func write(to page: inout MetricsPage) {
    page.family("ifsip_ready", .gauge, help: "1 while new calls are taken, else 0: what /readyz says.")
    page.sample("ifsip_ready", reasons.isEmpty ? UInt64(1) : 0)
    page.family("ifsip_unready", .gauge, help: "1 for every reason for which no new calls are taken, else 0.")
    for reason in Reason.allCases {
      page.sample("ifsip_unready", [("reason", reason.rawValue)], texts[reason] == nil ? UInt64(0) : 1)
    }
  }
}
