internal import Guard
public import H225
public import Wire

/// The calls that may enter, and those that have: one account for gatekeeper, gateway and council.
///
///     enter ──▶ awaited ── take (its Setup has come) ──▶ inCall ── release ──▶ gone
///                 │ ── time is up, release ──▶ gone
///
/// A room's places are given away here, so that what comes by RAS, by SIP and by WebRTC can never be more than its
/// capacity together, on whichever reactor it is. A driver that shares the table holds it under a lock.
public struct AdmissionTable: Sendable {
  /// What `enter` found.
  public enum Outcome: Sendable, Hashable {
    /// It may come, or was entered before with the same party and destination.
    case entered
    /// Every place of the room is given away.
    case roomFull
    /// There is no room in the table.
    case tableFull
    /// The call identifier belongs to another call.
    case taken
  }

  /// A terminal that may call without asking (PreGrantedARQ of its RCF), by the endpointIdentifier in its Setup.
  public struct Grant: Sendable, Hashable {
    /// The entry of the registry it stands for.
    public var guardian: String
    /// The host its Setup comes from.
    public var ip: IPAddress
    /// What all its calls may use, in bits per second.
    public var bandwidthBitsPerSecond: Int64

    /// A grant.
    public init(guardian: String, ip: IPAddress, bandwidthBitsPerSecond: Int64) {
      self.guardian = guardian
      self.ip = ip
      self.bandwidthBitsPerSecond = bandwidthBitsPerSecond
    }
  }

  /// A call that may enter, or has.
  public struct Call: Sendable, Hashable {
    /// What it may do.
    public var admission: Admission
    /// When it was let in.
    public var since: Instant
    /// Whether its Setup has come.
    public var isInCall: Bool
  }

  private enum State: Sendable {
    case awaited(until: Instant)
    case inCall
  }

  private struct Entry: Sendable {
    var admission: Admission
    let since: Instant
    var state: State
  }

  /// The places of a room.
  public let roomCapacity: Int
  /// The most calls in the table.
  public let capacity: Int
  /// How long a call is waited for.
  public let patience: Duration

  private var entries: [GloballyUniqueID: Entry] = [:]
  private var occupancies: [String: Int] = [:]
  private var grants: [String: Grant] = [:]

  /// An empty table.
  public init(roomCapacity: Int = 25, capacity: Int = 4_096, patience: Duration = .seconds(30)) {
    self.roomCapacity = roomCapacity
    self.capacity = capacity
    self.patience = patience
  }

  /// Calls in the table.
  public var count: Int { entries.count }

  /// Every admission, in no order.
  public var admissions: [Admission] { entries.values.map(\.admission) }

  /// Every call that may enter or has, in no order; those that are overdue are none.
  public func calls(now: Instant) -> [Call] {
    entries.values.compactMap { entry in
      switch entry.state {
      case .awaited(let until):
        until <= now ? nil : Call(admission: entry.admission, since: entry.since, isInCall: false)
      case .inCall: Call(admission: entry.admission, since: entry.since, isInCall: true)
      }
    }
  }

  /// The places of a room that are given away, to calls that have come or are awaited.
  public func occupancy(of room: String) -> Int { occupancies[room] ?? 0 }

  /// Whether that call is entered, and still awaited or in the call.
  public func holds(_ callIdentifier: GloballyUniqueID) -> Bool { entries[callIdentifier] != nil }

  /// The admission of a call.
  public func admission(of callIdentifier: GloballyUniqueID) -> Admission? { entries[callIdentifier]?.admission }

  /// Whether that call's Setup has come and the call is not yet released.
  public func isInCall(_ callIdentifier: GloballyUniqueID) -> Bool {
    if case .inCall? = entries[callIdentifier]?.state { return true }
    return false
  }

  /// Lets a call in, if there is a place for it.
  public mutating func enter(_ admission: Admission, now: Instant) -> Outcome {
    if var known = entries[admission.callIdentifier] {
      guard known.admission.party == admission.party, known.admission.destination == admission.destination else {
        return .taken
      }
      known.admission = admission
      if case .awaited = known.state { known.state = .awaited(until: now + patience) }
      entries[admission.callIdentifier] = known
      return .entered
    }
    if entries.count >= capacity || admission.room.map({ occupancy(of: $0) >= roomCapacity }) == true {
      forgetOverdue(now: now)
    }
    if let room = admission.room, occupancy(of: room) >= roomCapacity { return .roomFull }
    guard entries.count < capacity else { return .tableFull }
    entries[admission.callIdentifier] = Entry(
      admission: admission, since: now, state: .awaited(until: now + patience))
    if let room = admission.room { occupancies[room, default: 0] += 1 }
    return .entered
  }

  /// A Setup has come: the admission of its call, once. Nil: nobody let it in, it comes from elsewhere, it is too late, or it
  /// has come before.
  ///
  /// - Parameters:
  ///   - endpointIdentifier: of the Setup, for terminals that need not ask.
  ///   - destination: where the Setup wants to go, for those.
  ///   - source: the host that the connection comes from, by the socket.
  public mutating func take(
    _ callIdentifier: GloballyUniqueID, endpointIdentifier: String? = nil, destination: Admission.Destination? = nil,
    from source: IPAddress? = nil, now: Instant
  ) -> Admission? {
    if let entry = entries[callIdentifier] {
      guard case .awaited(let until) = entry.state, entry.admission.source == nil || entry.admission.source == source
      else { return nil }
      guard now < until else {
        release(callIdentifier)
        return nil
      }
      entries[callIdentifier]?.state = .inCall
      return entry.admission
    }
    // Without being asked, rooms only are open.
    guard let endpointIdentifier, case .room(let name)? = destination, RoomName.isRoom(name),
      let grant = grants[endpointIdentifier], grant.ip == source
    else { return nil }
    let used = bandwidth(of: .guardian(grant.guardian))
    let free = max(0, grant.bandwidthBitsPerSecond - used)
    guard free >= Self.leastBandwidth else { return nil }
    let admission = Admission(
      callIdentifier: callIdentifier, party: .guardian(grant.guardian), destination: .room(name),
      bandwidthBitsPerSecond: Self.leastBandwidth, source: grant.ip)
    guard enter(admission, now: now) == .entered else { return nil }
    entries[callIdentifier]?.state = .inCall
    return admission
  }

  /// What a call of audio counts for that did not say: 64 kbit/s there and back.
  public static let leastBandwidth: Int64 = 128_000

  /// What the calls of a party may use together, in bits per second.
  public func bandwidth(of party: Admission.Party) -> Int64 {
    entries.values.reduce(0) { $1.admission.party == party ? $0 + $1.admission.bandwidthBitsPerSecond : $0 }
  }

  /// Another bandwidth for a call.
  public mutating func setBandwidth(_ bitsPerSecond: Int64, of callIdentifier: GloballyUniqueID) {
    entries[callIdentifier]?.admission.bandwidthBitsPerSecond = bitsPerSecond
  }

  /// The call is over, or will not come: its place is free.
  @discardableResult
  public mutating func release(_ callIdentifier: GloballyUniqueID) -> Admission? {
    guard let entry = entries.removeValue(forKey: callIdentifier) else { return nil }
    if let room = entry.admission.room, let occupancy = occupancies[room] {
      occupancies[room] = occupancy > 1 ? occupancy - 1 : nil
    }
    return entry.admission
  }

  /// Frees the places of calls that were let in and have not come in time.
  public mutating func forgetOverdue(now: Instant) {
    for (identifier, entry) in entries {
      if case .awaited(let until) = entry.state, until <= now { release(identifier) }
    }
  }

  /// A terminal may call without asking, as long as it is registered.
  ///
  /// - Returns: false when there is no room for it.
  public mutating func grant(_ endpointIdentifier: String, _ grant: Grant) -> Bool {
    guard grants[endpointIdentifier] != nil || grants.count < capacity else { return false }
    grants[endpointIdentifier] = grant
    return true
  }

  /// It may not any more.
  public mutating func revoke(_ endpointIdentifier: String) {
    grants.removeValue(forKey: endpointIdentifier)
  }
}
