import Resolver
import SIPLocation
import SIPMessage
import SIPTransaction
import Settings
import Synchronization
import Wire

/// Finds the addresses of hosts that the configuration names, in the order of the list; those that have none are left out.
struct HostLookup: Sendable {
  private let hosts: [Settings.HostPort]
  private let service: LocationService
  private let isIPv4: Bool
  private let transport: SIPTransportKind

  /// - Parameters:
  ///   - service: what is looked for at names that stand there without a port (H.323 Annex O).
  ///   - isIPv4: which addresses are of use.
  ///   - transport: one that the resolver looks for over that family; which one makes no difference.
  init(
    _ hosts: [Settings.HostPort], _ service: LocationService, isIPv4: Bool, transport: SIPTransportKind
  ) {
    self.hosts = hosts
    self.service = service
    self.isIPv4 = isIPv4
    self.transport = transport
  }

  /// - Parameter completion: called once, on some thread, perhaps before this returns.
  func run(_ resolver: Resolver, completion: @escaping @Sendable ([SocketAddress]) -> Void) {
    if hosts.isEmpty { return completion([]) }
    let progress = Progress(count: hosts.count)
    for (place, host) in hosts.enumerated() {
      guard host.address == nil, let name = SIPHost(host.host) else {
        let found = host.address.map { [$0] } ?? []
        if let all = progress.note(found.filter { $0.ip.isIPv4 == isIPv4 }, at: place) { completion(all) }
        continue
      }
      // With its port written, a host's addresses are all that is asked for (RFC 3263 §4.2).
      let target = LocationTarget(
        host: name, port: host.isPortWritten ? host.port : nil, transport: transport, service: service)
      resolver.locate(target) { [isIPv4] result in
        let found = ((try? result.get()) ?? []).map(\.address).filter { $0.ip.isIPv4 == isIPv4 }
        if let all = progress.note(found, at: place) { completion(all) }
      }
    }
  }

  private final class Progress: Sendable {
    private let state: Mutex<(found: [[SocketAddress]], left: Int)>

    init(count: Int) { state = Mutex((Array(repeating: [], count: count), count)) }

    /// What was found for one of them; when it was the last one, all there is.
    func note(_ addresses: [SocketAddress], at place: Int) -> [SocketAddress]? {
      state.withLock { state in
        state.found[place] = addresses
        state.left -= 1
        return state.left == 0 ? state.found.flatMap { $0 } : nil
      }
    }
  }
}
