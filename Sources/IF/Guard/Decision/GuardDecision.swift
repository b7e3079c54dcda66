/// What IF.guard decided, and by which rule.
public struct GuardDecision: Sendable, Equatable {
  /// The first rule that failed, or the outcome that lets the call in.
  public let rule: GuardRule
  /// A sentence for the operator and the caller. It holds nothing the caller chose.
  public let text: String
  /// What was let in; nil when the call is refused.
  public let admission: GuardAdmission?

  /// Whether the call may go on.
  public var allowed: Bool { admission != nil }

  /// 200, 400 or 403.
  public var status: Int { rule.status }

  /// The reason phrase of the refusal. A 400's names the header.
  public var reasonPhrase: String { status == 400 ? text : "Forbidden" }

  /// The value of the refusal's `Reason` header (RFC 3326; cause 21, call rejected, as RFC 6432 lets a SIP response
  /// carry it), whose text names the rule.
  public var reason: String { Self.reason(rule: rule.rawValue, text: text) }

  /// The value of a `Reason` header for any refusal of DOMAIN §5.
  ///
  /// - Parameter cause: of Q.850: 21 where a rule refuses the call, 42 where this node has no room for it.
  public static func reason(rule: String, text: String, cause: Int = 21) -> String {
    var quoted = ""
    for scalar in "\(rule): \(text)".unicodeScalars {
      if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
      if scalar.value >= 0x20, scalar.value != 0x7F { quoted.unicodeScalars.append(scalar) }
    }
    return "Q.850;cause=\(cause);text=\"\(quoted)\""
  }

  static func refused(_ rule: GuardRule, _ text: String) -> GuardDecision {
    GuardDecision(rule: rule, text: text, admission: nil)
  }
}

/// Who was let in, about what.
public struct GuardAdmission: Sendable, Equatable {
  /// The two kinds of participant.
  public enum Participant: Sendable, Equatable {
    /// An external expert, calling or called.
    case expert(Expert)
    /// A member of the council.
    case guardian(Guardian)
  }

  /// Who.
  public let participant: Participant
  /// What the escalation is about; nil for a guardian.
  public let hazard: Hazard?
  /// The caller's trace_id; nil when it gave none, and one has to be made (`TraceID(random:)`).
  public let traceID: TraceID?
  /// Whether a signature was there and held. Then the Call-ID is to be remembered (`SpentCallIDs.admit`).
  public let isSigned: Bool
}
