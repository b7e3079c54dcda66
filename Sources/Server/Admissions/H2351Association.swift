public import H225
public import PER
public import Wire

/// An endpoint's side of H.235.1 with a password, towards its gatekeepers: seals what it sends, and checks what it is sent
/// (H.235.1 §7).
///
/// The token of each message names both sides, and has the time and a number that counts up, so that no message is of use
/// to somebody who has heard it. Datagrams overtake each other, and a gatekeeper repeats its answers; so what has come is
/// remembered, and only what is older than everything that is remembered is refused unheard.
public struct H2351Association: Sendable {
  /// What is wrong with a message.
  public enum Fault: String, Sendable, Hashable, CaseIterable {
    /// It has no seal of this profile.
    case missing = "h235Missing"
    /// It does not name its sender, or names another one, or us.
    case sender = "h235Sender"
    /// It is for somebody else.
    case receiver = "h235Receiver"
    /// Its time is not ours.
    case time = "h235Time"
    /// Its hash is not of this message under this password.
    case hash = "h235Hash"
    /// It has come before, or may have.
    case replay = "h235Replay"
  }

  /// What is remembered.
  public struct Limits: Sendable, Hashable {
    /// Messages of one gatekeeper.
    public var maxMessages = 1_024
    /// Gatekeepers; what comes from one more is refused.
    public var maxGatekeepers = 32

    /// The usual limits.
    public init() {}
  }

  private struct Mark: Hashable {
    var timeStamp: Int
    var random: Int
  }

  /// The latest messages of one gatekeeper.
  private struct Window {
    var marks: Set<Mark> = []
    var order: [Mark] = []
    var oldest = 0
    /// What is as old as this, or older, may have been forgotten.
    var floor = 0

    /// Remembers a message; false: it is known, or too old to say.
    mutating func take(_ mark: Mark, limit: Int) -> Bool {
      guard mark.timeStamp > floor, !marks.contains(mark) else { return false }
      marks.insert(mark)
      guard order.count >= limit else {
        order.append(mark)
        return true
      }
      let forgotten = order[oldest]
      marks.remove(forgotten)
      floor = max(floor, forgotten.timeStamp)
      order[oldest] = mark
      oldest = (oldest + 1) % order.count
      return true
    }
  }

  private let password: H2351Password
  private let names: [String]
  private let limits: Limits
  private var windows: [SocketAddress: Window] = [:]
  private var sealed = 0

  /// An endpoint that has said nothing yet.
  ///
  /// - Parameters:
  ///   - names: what the gatekeeper may call it before it has given it an endpointIdentifier; the first is its sendersID.
  public init(password: H2351Password, names: [String], limits: Limits = Limits()) {
    self.password = password
    self.names = names
    self.limits = limits
  }

  /// A message as it goes out; nil when it cannot be written.
  ///
  /// - Parameters:
  ///   - endpointIdentifier: what the gatekeeper has called us.
  ///   - gatekeeperIdentifier: what it calls itself; nil before that is known.
  ///   - number: one that is greater than that of the message before, whoever sealed it; nil: this association's own.
  ///   - placeholder: twelve random octets.
  public mutating func seal(
    _ message: RasMessage, endpointIdentifier: BMPString?, gatekeeperIdentifier: BMPString?, time: UTCTimestamp,
    number: Int? = nil, placeholder: [UInt8]
  ) -> [UInt8]? {
    sealed = sealed >= 0x7FFF_FFFF ? 1 : sealed + 1
    var sender = endpointIdentifier
    switch message {
    // Another gatekeeper does not know what the last one called us.
    case .gatekeeperRequest: sender = nil
    case .registrationRequest(let request) where request.keepAlive != true: sender = nil
    default: break
    }
    return password.seal(
      message, sendersID: sender ?? BMPString(names.first ?? ""), generalID: gatekeeperIdentifier, time: time,
      random: number ?? sealed, placeholder: placeholder)
  }

  /// What is wrong with a message that has come; nil: it is the gatekeeper's.
  public mutating func fault(
    of message: RasMessage, _ octets: Span<UInt8>, from source: SocketAddress, endpointIdentifier: BMPString?,
    gatekeeperIdentifier: BMPString?, time: UTCTimestamp
  ) -> Fault? {
    guard let token = H2351.hashedToken(in: message.cryptoTokens) else {
      // There are gatekeepers that seal everything but this. It says where a gatekeeper is; that it is one is for its
      // answer to the registration to show.
      switch message {
      case .gatekeeperConfirm, .gatekeeperReject: return nil
      default: return .missing
      }
    }
    let values = token.hashedVals
    var receivers = names
    if let endpointIdentifier { receivers.append(endpointIdentifier.text) }
    var gatekeeper = gatekeeperIdentifier
    switch message {
    case .gatekeeperConfirm(let confirm): gatekeeper = confirm.gatekeeperIdentifier ?? gatekeeper
    case .registrationConfirm(let confirm):
      gatekeeper = confirm.gatekeeperIdentifier ?? gatekeeper
      receivers.append(confirm.endpointIdentifier.text)
    default: break
    }
    // What we have sealed ourselves is no answer.
    guard let sender = values.sendersID?.text, !receivers.contains(sender),
      gatekeeper == nil || gatekeeper?.text == sender
    else { return .sender }
    guard values.generalID.map({ receivers.contains($0.text) }) ?? true else { return .receiver }
    guard let seconds = values.timeStamp, let random = values.random,
      UTCTimestamp(seconds: Int64(seconds)).distance(from: time) <= H2351Password.tolerance
    else { return .time }
    guard password.isAuthentic(octets, token: token) else { return .hash }
    guard windows[source] != nil || windows.count < limits.maxGatekeepers,
      windows[source, default: Window()].take(Mark(timeStamp: seconds, random: random), limit: limits.maxMessages)
    else { return .replay }
    return nil
  }
}
