public import AdminQuery
public import Wire

/// The API under `/v1`, as the node fills it: values in, JSON out. Every closure is asked once per request, after the
/// token has been judged.
public struct AdminAPI: Sendable {
  /// Whose token a request brought, and in which trace the request stands.
  public struct Identity: Sendable, Equatable {
    /// What stands in records: `admin`, or the public half of a minted token.
    public var name: String
    /// Whether it is the node's own token, which may do everything.
    public var isAdmin: Bool
    /// What a minted one may do.
    public var scopes: Set<String>
    /// What the request's `traceparent` says, when it is valid: goes into log lines and records of what it causes.
    public var trace: TraceParent?

    /// An identity.
    public init(name: String, isAdmin: Bool = false, scopes: Set<String> = [], trace: TraceParent? = nil) {
      self.trace = trace
      self.name = name
      self.isAdmin = isAdmin
      self.scopes = scopes
    }
  }

  /// What a token is worth.
  public enum Verdict: Sendable, Equatable {
    /// It is somebody's.
    case accepted(Identity)
    /// It was, until its lifetime ended.
    case expired
    /// It never was, or was revoked.
    case unknown
    /// It cannot be said now.
    case unavailable(String)
  }

  /// An answer: a status and JSON.
  public struct Answer: Sendable, Equatable {
    /// 200, or what went wrong.
    public var status: Int
    /// The body.
    public var body: JSONValue

    /// An answer.
    public init(_ status: Int = 200, _ body: JSONValue) {
      self.status = status
      self.body = body
    }

    /// `{error, reason}`: a word for programs and a sentence for people (DOMAIN §7).
    public static func failure(_ status: Int, _ error: String, _ reason: String) -> Answer {
      Answer(status, ["error": .string(error), "reason": .string(reason)])
    }
  }

  /// The parameters of a list.
  public typealias Page = PageQuery
  /// What a reader of the event stream wants.
  public typealias Watch = EventQuery

  /// Judges a bearer token.
  public var identify: @Sendable (_ token: String) async -> Verdict
  /// `GET /v1/calls`; filters `state`, `trace_id`, `call_id`.
  public var calls: @Sendable (Page) async -> Answer
  /// `GET /v1/calls/{id}`.
  public var call: @Sendable (_ id: String) async -> Answer
  /// `DELETE /v1/calls/{id}`: hangs up.
  public var hangUp: @Sendable (_ id: String, Identity) async -> Answer
  /// `GET /v1/registrations`; filter `aor`.
  public var registrations: @Sendable (Page) async -> Answer
  /// `DELETE /v1/registrations/{aor}`: removes its bindings.
  public var removeRegistrations: @Sendable (_ aor: String, Identity) async -> Answer
  /// `POST /v1/reload`.
  public var reload: @Sendable (Identity) async -> Answer
  /// `GET /v1/guard/posture`.
  public var posture: @Sendable () async -> Answer
  /// `PUT /v1/guard/posture`, with its body.
  public var setPosture: @Sendable (JSONValue, Identity) async -> Answer
  /// `GET /v1/guard/alerts`.
  public var alerts: @Sendable () async -> Answer
  /// `POST /v1/guard/alerts`, with its body: Alertmanager's webhook.
  public var receiveAlerts: @Sendable (JSONValue, Identity) async -> Answer

  /// `GET /v1/witness/records`; filter `trace_id`.
  public var witnessRecords: @Sendable (Page) async -> Answer
  /// The rest of IF.witness.
  public var witness: AdminWitness
  /// Recordings of calls.
  public var recordings: AdminRecordings
  /// The council.
  public var council: AdminCouncil

  /// The API with all it does.
  public init(
    identify: @escaping @Sendable (_ token: String) async -> Verdict,
    calls: @escaping @Sendable (Page) async -> Answer,
    call: @escaping @Sendable (_ id: String) async -> Answer,
    hangUp: @escaping @Sendable (_ id: String, Identity) async -> Answer,
    registrations: @escaping @Sendable (Page) async -> Answer,
    removeRegistrations: @escaping @Sendable (_ aor: String, Identity) async -> Answer,
    reload: @escaping @Sendable (Identity) async -> Answer,
    posture: @escaping @Sendable () async -> Answer,
    setPosture: @escaping @Sendable (JSONValue, Identity) async -> Answer,
    alerts: @escaping @Sendable () async -> Answer,
    receiveAlerts: @escaping @Sendable (JSONValue, Identity) async -> Answer,
    witnessRecords: @escaping @Sendable (Page) async -> Answer,
    witness: AdminWitness, recordings: AdminRecordings, council: AdminCouncil
  ) {
    self.identify = identify
    self.calls = calls
    self.call = call
    self.hangUp = hangUp
    self.registrations = registrations
    self.removeRegistrations = removeRegistrations
    self.reload = reload
    self.posture = posture
    self.setPosture = setPosture
    self.alerts = alerts
    self.receiveAlerts = receiveAlerts
    self.witnessRecords = witnessRecords
    self.witness = witness
    self.recordings = recordings
    self.council = council
  }
}
