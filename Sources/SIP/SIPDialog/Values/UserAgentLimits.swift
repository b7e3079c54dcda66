/// What a `UserAgent` may hold, and for how long. Beyond it new calls are refused; running ones are not touched.
public struct UserAgentLimits: Sendable, Hashable {
  /// Calls at a time, theirs and ours; an INVITE beyond is answered 503.
  public var maxCalls: Int
  /// Early dialogs that one INVITE of ours may make by forking; further provisional responses make none.
  public var maxForks: Int
  /// Values of Record-Route that a dialog takes; an INVITE or response with more makes none.
  public var maxRoutes: Int
  /// Requests of the other side that wait for the user in one dialog; further ones are answered 500 with Retry-After.
  public var maxPendingRequests: Int
  /// Our requests that may be under way in one dialog, BYE not counted.
  public var maxOutgoingRequests: Int
  /// Implicit subscriptions of REFER in one dialog; a REFER beyond is answered 486.
  public var maxSubscriptions: Int
  /// How often one request is sent again with credentials, with a longer interval, or after glare.
  public var maxAttempts: Int
  /// How long an INVITE may ring: ours is cancelled then, theirs answered 480.
  public var patience: Duration
  /// How long a challenge waits for credentials.
  public var challengePatience: Duration
  /// How long the subscription of a REFER lives, in whole seconds.
  public var subscriptionSeconds: UInt32

  /// 10,000 calls of three minutes' ringing.
  public static let `default` = UserAgentLimits()

  /// Limits; what is not named keeps its default.
  public init(
    maxCalls: Int = 10_000, maxForks: Int = 8, maxRoutes: Int = 32, maxPendingRequests: Int = 4,
    maxOutgoingRequests: Int = 4, maxSubscriptions: Int = 2, maxAttempts: Int = 4, patience: Duration = .seconds(180),
    challengePatience: Duration = .seconds(32), subscriptionSeconds: UInt32 = 180
  ) {
    self.maxCalls = maxCalls
    self.maxForks = maxForks
    self.maxRoutes = maxRoutes
    self.maxPendingRequests = maxPendingRequests
    self.maxOutgoingRequests = maxOutgoingRequests
    self.maxSubscriptions = maxSubscriptions
    self.maxAttempts = maxAttempts
    self.patience = patience
    self.challengePatience = challengePatience
    self.subscriptionSeconds = subscriptionSeconds
  }
}
