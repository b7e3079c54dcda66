public import SIPMessage

/// The parameters of challenges and credentials that mean something to us.
public enum DigestParameter: String, Sendable, Hashable, CaseIterable {
  /// Who is asked for, or who answers.
  case username
  /// The same in RFC 8187 form, for names that are not ASCII.
  case extendedUsername = "username*"
  /// For which set of passwords.
  case realm
  /// What makes the answer worthless elsewhere and later.
  case nonce
  /// The URI that was hashed.
  case uri
  /// The answer.
  case response
  /// The hash function.
  case algorithm
  /// The client's own nonce.
  case clientNonce = "cnonce"
  /// Given by the server and handed back.
  case opaque
  /// What the response covers.
  case qop
  /// How often the nonce has been used.
  case nonceCount = "nc"
  /// Whether the username is hashed.
  case userHash = "userhash"
  /// Whether only the nonce was too old.
  case stale
}

/// Why a header value is no digest challenge or no digest credentials.
public enum DigestError: Error, Equatable, Sendable {
  /// Another scheme than Digest: not wrong, only not for us.
  case otherScheme
  /// It breaks the grammar of RFC 7235 §2.1 as RFC 3261 §25.1 has it.
  case syntax(SIPParseError)
  /// A parameter that has to be there is not.
  case missing(DigestParameter)
  /// A parameter occurs twice, so that two readers could take different ones.
  case duplicate(DigestParameter)
  /// A parameter has a value it cannot have.
  case invalid(DigestParameter)
  /// A value that is not UTF-8.
  case invalidText
  /// Longer than `DigestLimits.maxValueBytes`.
  case tooLong
  /// More parameters than `DigestLimits.maxParameters`.
  case tooManyParameters
  /// More credentials for one realm than `DigestLimits.maxCredentials`.
  case tooManyCredentials
  /// Every algorithm or qop that is asked for is unknown.
  case nothingSupported

  /// What a 400's reason phrase says after the header's name; never a value.
  public var phrase: String {
    switch self {
    case .otherScheme: "other scheme than Digest"
    case .syntax(let error): error.reason.words
    case .missing(let parameter): "missing \(parameter.rawValue)"
    case .duplicate(let parameter): "duplicate \(parameter.rawValue)"
    case .invalid(let parameter): "invalid \(parameter.rawValue)"
    case .invalidText: "not UTF-8"
    case .tooLong: "too long"
    case .tooManyParameters: "too many parameters"
    case .tooManyCredentials: "too many credentials for one realm"
    case .nothingSupported: "no supported algorithm or qop"
    }
  }
}

/// Sizes beyond which digest headers are refused. They bound what a stranger can make us hash.
public enum DigestLimits {
  /// Bytes of one header value.
  public static let maxValueBytes = 4_096
  /// Parameters in one header value, unknown ones included.
  public static let maxParameters = 32
  /// Credentials for one realm in one request; a phone sends at most one for each algorithm.
  public static let maxCredentials = 4
}
