import Wire

/// What the calls of an endpoint share, and what one event of one call brings about.
struct Turn: Sendable {
  /// Whose a connection is.
  enum LinkUse: Sendable, Hashable {
    /// Nobody's yet: it has to bring a Setup.
    case waiting(remote: SocketAddress, local: SocketAddress, TimerWheel<AlarmKey>.Token)
    case signalling(UInt64)
    case control(UInt64)
    /// No connection, but where one may come in.
    case listener(UInt64)
  }

  let configuration: H323EndpointConfiguration
  let limits: H323EndpointLimits
  var now = Instant.zero
  var links: [H323Link: LinkUse] = [:]
  var actions: [H323EndpointAction] = []

  private var random: SplitMix64
  private var lastNumber: UInt64 = 0

  init(configuration: H323EndpointConfiguration, limits: H323EndpointLimits, seed: UInt64) {
    self.configuration = configuration
    self.limits = limits
    random = SplitMix64(seed: seed)
  }

  mutating func newNumber() -> UInt64 {
    lastNumber += 1
    return lastNumber
  }

  mutating func newLink(_ use: LinkUse) -> H323Link {
    let link = H323Link(number: newNumber())
    links[link] = use
    return link
  }

  mutating func randomWord() -> UInt32 { UInt32(truncatingIfNeeded: random.next() >> 32) }

  /// 1 to 32,767: 0 is the global reference.
  mutating func newCallReference() -> UInt16 { UInt16(truncatingIfNeeded: randomWord() % 0x7FFF) + 1 }

  /// Closes a connection unless that has happened; what comes on it from here on is nobody's.
  mutating func close(_ link: H323Link) {
    guard links.removeValue(forKey: link) != nil else { return }
    actions.append(.close(link))
  }

  mutating func send(_ octets: [UInt8], on link: H323Link) {
    guard links[link] != nil else { return }
    actions.append(.send(octets, on: link))
  }

  mutating func tell(_ event: H323EndpointEvent) {
    actions.append(.event(event))
  }
}

/// Whose timer it is.
enum AlarmKey: Sendable, Hashable {
  case call(UInt64)
  case link(H323Link)
}
