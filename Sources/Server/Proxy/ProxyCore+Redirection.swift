import Guard
import SIPLocation
import SIPMessage
import SIPTransaction
import Wire

// Redirections that we follow instead of passing them back (RFC 3261 §16.5, §16.7 step 4), if the policy says so.
extension ProxyCore {
  /// Adds the contacts of a 3xx to the targets of its request; false when it is to be treated as a final response: it
  /// leads nowhere new, or nowhere the caller may go.
  mutating func follow(
    _ response: SIPMessage, status: Int, of context: ResponseContext, _ id: ContextID, at moment: Moment,
    into sink: inout ProxySink
  ) -> Bool {
    guard policy.followsRedirects, (300...305).contains(status), !context.isCancelled,
      let admission = context.admission, let inbound = context.inbound,
      case .contacts(let contacts)? = try? response.view.contacts()
    else { return false }
    var leadsOn = false
    for contact in contacts {
      guard context.branches.count + context.lookups.count < limits.targets else { break }
      guard let uri = contact.address.uri.sip, context.visited.insert(Array(uri.text.utf8)).inserted else { continue }
      let q = contact.q.map { Int($0.thousandths) } ?? 1000
      switch place(of: uri, admission, from: inbound.hop.listener) {
      case .next(var ways) where !ways.isEmpty:
        let text = Array(uri.withoutHeaders.text.utf8)
        for index in ways.indices { ways[index].requestURI = text }
        context.branches.append(Branch(target: Target(ways: ways, q: q)))
      case .registered(let aor):
        context.lookups.append(q)
        sink.actions.append(.ask(.bindings(aor: aor), id))
      case .next, .forbidden:
        continue
      }
      leadsOn = true
    }
    if leadsOn { resolveNext(id, at: moment, into: &sink) }
    return leadsOn
  }

  /// The registrar knows where a redirection leads.
  mutating func redirected(
    _ id: ContextID, to contacts: [Contact], at moment: Moment, into sink: inout ProxySink
  ) {
    guard let context = contexts[id], let admission = context.admission, !context.lookups.isEmpty else { return }
    let q = context.lookups.removeFirst()
    let new = contacts.filter { context.visited.insert(Array($0.uri.utf8)).inserted }
    let room = max(limits.targets - context.branches.count - context.lookups.count, 0)
    for var target in targets(of: new, aor: admission.target, isAdmitted: admission.isAdmitted).prefix(room) {
      // The caller's phone chose among these; who registered more than one phone only among its own.
      target.q = q
      context.branches.append(Branch(target: target))
    }
    branchesSettled(id, at: moment, into: &sink)
  }

  private enum Place {
    case next([Way])
    case registered(String)
    case forbidden
  }

  /// Where a redirection leads, under the rules that the request itself had to pass: a redirected call is no way around
  /// guard, and no relay (DOMAIN §5).
  private func place(of uri: SIPURI, _ admission: Admission, from listener: UInt16) -> Place {
    let aor = uri.normalizedAOR
    let isEscalation = policy.escalationTargets.match(aor) != nil
    if isEscalation ? !admission.isAdmitted : admission.expert != nil { return .forbidden }
    if uri.parameters["maddr"] != nil { return .forbidden }
    if let route = route(to: aor) { return .next(ways(of: route, preferring: listener)) }
    if isOurs(aor) { return .registered(aor) }
    guard mayRelay(to: aor), let destination = LocationTarget(uri, acceptsLocalAddresses: false) else {
      return .forbidden
    }
    return .next([way(to: destination, preferring: listener)].compactMap { $0 })
  }
}

extension SIPURI {
  /// The URI as it may stand in a Request-URI (§16.6 item 2): without headers.
  var withoutHeaders: SIPURI {
    (try? SIPURI(scheme, user: user, password: password, host: host, port: port, parameters: parameters)) ?? self
  }
}
