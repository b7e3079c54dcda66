import Guard
import Proxy
import SIPLocation
import SIPMessage
import SIPTransaction
import Wire

/// The configurations under which the core is attacked; a bit of the first byte for each difference.
enum Policy {
  static let realm = "if.internal"

  static func make(_ choice: UInt8) -> ProxyPolicy {
    var policy = ProxyPolicy()
    policy.listeners = [
      .init(transport: .udp, address: World.address("127.0.0.1:5060")),
      .init(transport: .tcp, address: World.address("127.0.0.1:5060")),
      .init(transport: .udp, address: World.address("[::1]:5060")),
    ]
    policy.domains = [realm]
    policy.realm = realm
    policy.authenticatesInvite = choice & 1 != 0
    policy.authenticatesRegister = choice & 1 != 0
    policy.tlsRequirement = choice & 64 != 0 ? .escalations : .none
    if choice & 8 != 0, let network = CIDR("127.0.0.2/32") { policy.trustedFrom = [.init(network: network)] }
    policy.allowlist = SourceAllowlist(allow: [], registry: Registry(), trustedFrom: [])
    let routes: [(String, SIPTransportKind, String)] = [
      ("sip:*@callee.test", .udp, "127.0.0.1:7000"), ("sip:*@stream.test", .tcp, "127.0.0.1:7001"),
      ("sip:*@loop.test", .udp, "127.0.0.1:5060"), ("sip:*@ring.test", .tcp, "127.0.0.1:5060"),
      ("sip:*@six.test", .udp, "[::1]:7000"), ("sip:council@if.internal", .udp, "127.0.0.1:7002"),
    ]
    for (pattern, transport, address) in routes {
      guard let pattern = RoutePattern(pattern) else { continue }
      policy.routes.append(.init(pattern: pattern, transport: transport, address: World.address(address)))
    }
    if let pattern = RoutePattern("sip:*@callee.test"), choice & 128 != 0 {
      // Several ways to one target: addresses that are watched, and names.
      let hops = ["sip:127.0.0.1:7000", "sip:pbx.test", "sip:127.0.0.1:7001;transport=tcp"]
        .compactMap { try? SIPURI($0) }.compactMap { LocationTarget($0) }
      policy.routes.insert(.init(pattern: pattern, hops: hops, healthCheck: .seconds(20)), at: 0)
    }
    if choice & 128 != 0 {
      policy.followsRedirects = true
      policy.relayDomains = ["partner.test", "*.group.test"]
    }
    if choice & 16 != 0 { escalate(&policy) }
    if choice & 4 != 0 {
      policy.media = MediaPolicy(
        choice & 8 != 0 ? .all : .escalations, encryption: choice & 32 != 0 ? .requiredForEscalations : .preferred,
        addresses: [World.address("127.0.0.1:1").ip])
    }
    return policy
  }

  private static func escalate(_ policy: inout ProxyPolicy) {
    let draft = RegistryDraft(
      organisations: [.init(id: "org", networks: ["127.0.0.0/8"])],
      experts: [
        .init(
          uri: "sip:expert-safety@external.advisor", name: "Safety", organisation: "org", user: "expert-safety",
          aors: ["sip:expert-safety@if.internal"], specialisations: ["safety", "alignment"])
      ], guardians: [], agents: [])
    if let registry = try? Registry(draft) { policy.registry = registry }
    var targets = EscalationTargets()
    try? targets.add("sip:council@if.internal")
    try? targets.add("sip:expert-*@*")
    policy.escalationTargets = targets
  }
}
