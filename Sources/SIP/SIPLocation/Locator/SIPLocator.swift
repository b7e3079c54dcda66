import SIPMessage
import SIPTransaction
import Wire

/// Finds where a request goes: RFC 3263 §4, with RFC 7984 for two address families.
///
/// ```
///                  start
///                    |  address --------------------------------------+
///                    |  port written ------------------------+        |
///                    |  transport written -----+             |        |
///                    v                         |             |        |
///             +------------+  SIP services     |             |        |
///             |  pointers  |--------------+    |             |        |
///             |   NAPTR    |  none: one   |    |             |        |
///             +------------+  for each    |    |             |        |
///                    |        transport   |    |             |        |
///                    |  none of ours      v    v             |        |
///                    |              +------------+           |        |
///                    |              |  services  |  none:    |        |
///                    |              |    SRV     |  the      |        |
///                    |              +------------+  domain   |        |
///                    |                |   |  |      itself   |        |
///                    |  not available |   |  +-------+       |        |
///                    |  failed        |   | hosts    v       v        |
///                    |                |   |   +--------------+        |
///                    |                |   +-->|     hosts    |        |
///                    v                v       |   A, AAAA    |        |
///             +------------------------------+ +--------------+       |
///             |           finished           |<-------+ <-------------+
///             +------------------------------+
/// ```
///
/// Each state asks all its questions at once and goes on when the last one is answered; there is no way back, so it
/// ends. What the list at the end is for is §4.3: the caller tries one hop after the other, each time under a new branch,
/// when one answers 503, does not answer, or cannot be reached.
///
/// The preferred SRV target comes first with all its addresses, then the next. Of the services that DNS offers, all that
/// we can use are in the list, in the domain's order when NAPTR says it, else in ours.
public struct SIPLocator: Sendable {
  /// How it ended.
  public enum Outcome: Sendable, Hashable {
    /// Where to send, in the order in which to try; never empty, nothing twice.
    case located([LocatedHop])
    /// Nowhere.
    case failed(LocationFailure)
  }

  /// A service of which SRV records are asked, or a host that takes its place.
  struct Service: Sendable, Hashable {
    var transport: SIPTransportKind
    var name: DNSName
    /// The name is a host: a NAPTR record with flag `a`.
    var isHost = false
  }

  /// A host of which addresses are asked.
  struct Host: Sendable, Hashable {
    var transport: SIPTransportKind
    var name: DNSName
    var port: UInt16
  }

  private enum State: Sendable {
    /// To any of the others.
    case idle
    /// To `services`, `hosts`, `finished`; `otherwise` is the transport when DNS names no service.
    case pointers(DNSName, otherwise: SIPTransportKind)
    /// To `hosts`, `finished`.
    case services([Service], DNSName, otherwise: SIPTransportKind)
    /// To `finished`.
    case hosts([Host])
    case finished(Outcome)
  }

  private var state = State.idle
  private let target: LocationTarget
  private let sources: [LocationSource]
  private let limits: LocationLimits
  // The order of equals has to differ from location to location, not to be a secret.
  private var random: SplitMix64
  private var answers: [DNSQuestion: DNSAnswer] = [:]
  private var pending: Set<DNSQuestion> = []
  private var questionCount = 0

  /// A locator that has asked nothing yet.
  ///
  /// - Parameters:
  ///   - sources: from where we can send, the preferred ones first: the order of our listeners.
  ///   - random: a random word, which decides among equals.
  public init(
    _ target: LocationTarget, from sources: [LocationSource], limits: LocationLimits = .default, random: UInt64
  ) {
    self.target = target
    self.sources = sources
    self.limits = limits
    self.random = SplitMix64(seed: random)
  }

  /// How it ended; nil while questions are open.
  public var outcome: Outcome? {
    switch state {
    case .finished(let outcome): outcome
    case .idle, .pointers, .services, .hosts: nil
    }
  }

  /// Questions asked and not answered yet.
  public var openQuestions: Int { pending.count }

  /// Begins; to be called once. Appends the questions to ask; when it appends none, there is an outcome.
  public mutating func start(into questions: inout [DNSQuestion]) {
    guard case .idle = state else { return }
    let transports = usableTransports
    guard let fallback = transports.first else { return finish(.noCommonTransport) }
    var transport = target.transport
    if let written = transport {
      transport = target.isSecure ? written.secured : written
      guard let transport, transports.contains(transport) else { return finish(.noCommonTransport) }
    }
    // §4.1: UDP for SIP, TCP under TLS for SIPS, where neither URI nor DNS says anything.
    let usual: SIPTransportKind = target.isSecure ? .tls : .udp
    let otherwise = transport ?? (transports.contains(usual) ? usual : fallback)
    switch target.host {
    case .address(let ip):
      locate(ip, over: otherwise)
    case .name(let host):
      let name = DNSName(host)
      if let port = target.port {
        askHosts([Host(transport: otherwise, name: name, port: port)], into: &questions)
      } else if let transport {
        askServices(services(of: [transport], name), name, otherwise: transport, into: &questions)
      } else {
        state = .pointers(name, otherwise: otherwise)
        ask(DNSQuestion(name, .naptr), into: &questions)
      }
    }
  }

  /// An answer came. Appends the questions that follow from it; one that was not asked is ignored.
  public mutating func answered(
    _ question: DNSQuestion, _ answer: DNSAnswer, into questions: inout [DNSQuestion]
  ) {
    guard pending.remove(question) != nil else { return }
    answers[question] = answer
    guard pending.isEmpty else { return }
    switch state {
    case .pointers(let name, let otherwise): pointersAnswered(name, otherwise, into: &questions)
    case .services(let services, let name, let otherwise):
      servicesAnswered(services, name, otherwise, into: &questions)
    case .hosts(let hosts): hostsAnswered(hosts)
    case .idle, .finished: break
    }
  }

  /// Starts, or goes on, as far as a cache knows the answers; returns the questions that it does not answer.
  public mutating func advance(
    _ open: [DNSQuestion] = [], answeredBy cache: (DNSQuestion) -> DNSAnswer?
  ) -> [DNSQuestion] {
    var questions = open
    if case .idle = state { start(into: &questions) }
    var unanswered: [DNSQuestion] = []
    var next = 0
    while next < questions.count {
      let question = questions[next]
      next += 1
      if let answer = cache(question) {
        answered(question, answer, into: &questions)
      } else {
        unanswered.append(question)
      }
    }
    return unanswered
  }
}

// MARK: - The states

extension SIPLocator {
  private mutating func pointersAnswered(
    _ name: DNSName, _ otherwise: SIPTransportKind, into questions: inout [DNSQuestion]
  ) {
    // A server that fails at NAPTR is taken as one that has none: there are some that do not know the type.
    guard case .records(.pointers(let records), _) = answers[DNSQuestion(name, .naptr)] else {
      return askServices(services(of: usableTransports, name), name, otherwise: otherwise, into: &questions)
    }
    let offered = records.filter { record in
      (record.service.hasPrefix("SIP+") || record.service.hasPrefix("SIPS+")) && !record.hasExpression
        && (record.flags == "s" || record.flags == "a") && !record.replacement.isRoot
    }
    // Records of other applications (ENUM) say nothing about SIP.
    guard !offered.isEmpty else {
      return askServices(services(of: usableTransports, name), name, otherwise: otherwise, into: &questions)
    }
    let transports = usableTransports
    let usable = offered.filter { record in
      SIPTransportKind(naptrService: record.service).map(transports.contains) ?? false
    }
    // §4.1 with RFC 3403 §4.1: of those that we can use the lowest order alone, by preference.
    guard let order = usable.map(\.order).min() else { return finish(.noCommonTransport) }
    let chosen = usable.filter { $0.order == order }.sorted { $0.preference < $1.preference }
    let services = chosen.compactMap { record in
      SIPTransportKind(naptrService: record.service).map {
        Service(transport: $0, name: record.replacement, isHost: record.flags == "a")
      }
    }
    askServices(services, name, otherwise: services.first?.transport ?? otherwise, into: &questions)
  }

  private mutating func servicesAnswered(
    _ services: [Service], _ domain: DNSName, _ otherwise: SIPTransportKind, into questions: inout [DNSQuestion]
  ) {
    var hosts: [Host] = []
    var failure: DNSFailure?
    var isNotAvailable = false
    for service in services {
      if service.isHost {
        hosts.append(Host(transport: service.transport, name: service.name, port: defaultPort(service.transport)))
        continue
      }
      switch answers[DNSQuestion(service.name, .srv)] {
      case .records(.services(let records), _):
        let targets = ServiceOrder.sorted(records, using: &random).filter { $0.port != 0 && !$0.target.isRoot }
        isNotAvailable = isNotAvailable || targets.isEmpty
        for record in targets {
          hosts.append(Host(transport: service.transport, name: record.target, port: record.port))
        }
      case .failed(let reason): failure = failure ?? reason
      case .records, .absent, nil: break
      }
    }
    guard hosts.isEmpty else { return askHosts(hosts, into: &questions) }
    // Not knowing is no reason to go to the domain's own addresses, where something else may live.
    if let failure { return finish(.dns(failure)) }
    if isNotAvailable { return finish(.notAvailable) }
    // §4.2: no SRV records, so the domain itself.
    askHosts([Host(transport: otherwise, name: domain, port: defaultPort(otherwise))], into: &questions)
  }

  private mutating func hostsAnswered(_ hosts: [Host]) {
    var hops: [LocatedHop] = []
    var seen: Set<LocatedHop> = []
    var failure: DNSFailure?
    var isRefused = false
    var exists = false
    for host in hosts {
      var families: [[IPAddress]] = []
      for family in self.families(of: host.transport) {
        switch answers[DNSQuestion(host.name, family.recordType)] {
        case .records(.addresses(let found), _):
          let accepted = found.filter(isAccepted)
          isRefused = isRefused || accepted.count < found.count
          families.append(accepted)
        case .absent(.noSuchRecord, _): exists = true
        case .failed(let reason): failure = failure ?? reason
        case .records, .absent(.noSuchName, _), nil: break
        }
      }
      for ip in ServiceOrder.interleaved(families, using: &random) {
        let hop = LocatedHop(transport: host.transport, address: SocketAddress(ip: ip, port: host.port))
        guard hops.count < limits.maxHops else { break }
        if seen.insert(hop).inserted { hops.append(hop) }
      }
    }
    if !hops.isEmpty {
      state = .finished(.located(hops))
    } else if isRefused {
      finish(.addressNotAccepted)
    } else if let failure {
      finish(.dns(failure))
    } else {
      finish(exists ? .noAddress : .noSuchName)
    }
    answers = [:]
  }

  private mutating func locate(_ ip: IPAddress, over transport: SIPTransportKind) {
    guard isAccepted(ip) else { return finish(.addressNotAccepted) }
    guard families(of: transport).contains(AddressFamily(of: ip)) else { return finish(.noAddress) }
    let address = SocketAddress(ip: ip, port: target.port ?? defaultPort(transport))
    state = .finished(.located([LocatedHop(transport: transport, address: address)]))
  }

  private mutating func finish(_ failure: LocationFailure) {
    state = .finished(.failed(failure))
    answers = [:]
  }
}

// MARK: - Asking

extension SIPLocator {
  private mutating func askServices(
    _ services: [Service], _ domain: DNSName, otherwise: SIPTransportKind, into questions: inout [DNSQuestion]
  ) {
    let services = Array(services.prefix(limits.maxServices))
    state = .services(services, domain, otherwise: otherwise)
    for service in services where !service.isHost { ask(DNSQuestion(service.name, .srv), into: &questions) }
    if pending.isEmpty { servicesAnswered(services, domain, otherwise, into: &questions) }
  }

  private mutating func askHosts(_ hosts: [Host], into questions: inout [DNSQuestion]) {
    let hosts = Array(hosts.prefix(limits.maxHosts))
    state = .hosts(hosts)
    for host in hosts {
      for family in families(of: host.transport) {
        ask(DNSQuestion(host.name, family.recordType), into: &questions)
      }
    }
    if pending.isEmpty { hostsAnswered(hosts) }
  }

  private mutating func ask(_ question: DNSQuestion, into questions: inout [DNSQuestion]) {
    guard questionCount < limits.maxQuestions, pending.insert(question).inserted else { return }
    questionCount += 1
    questions.append(question)
  }

  /// The services of a domain by transport, those whose names are not too long.
  private func services(of transports: [SIPTransportKind], _ domain: DNSName) -> [Service] {
    transports.compactMap { transport in
      domain.below(target.service?.labels ?? transport.serviceLabels).map { Service(transport: transport, name: $0) }
    }
  }

  private func defaultPort(_ transport: SIPTransportKind) -> UInt16 {
    target.service?.defaultPort ?? transport.defaultPort
  }

  /// The transports that we can send over and that the target allows, in our order.
  private var usableTransports: [SIPTransportKind] {
    var transports: [SIPTransportKind] = []
    for source in sources where !transports.contains(source.transport) {
      if source.transport.isSecure || !target.isSecure { transports.append(source.transport) }
    }
    return transports
  }

  /// The families that a transport reaches, in our order.
  private func families(of transport: SIPTransportKind) -> [AddressFamily] {
    var families: [AddressFamily] = []
    for source in sources where source.transport == transport && !families.contains(source.family) {
      families.append(source.family)
    }
    return families
  }

  /// Whether an address is one host's, and one that the caller wants.
  private func isAccepted(_ ip: IPAddress) -> Bool {
    if ip.isUnspecified || ip.isMulticast || ip == IPAddress(v4: .max) { return false }
    return target.acceptsLocalAddresses || !(ip.isLoopback || ip.isPrivate || ip.isLinkLocal)
  }
}
