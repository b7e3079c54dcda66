import DTMF
import Relay
import SIPTransaction
import Wire
import Witness

/// Names one request being worked on inside a core; stale ones are answered harmlessly.
public struct ContextID: Sendable, Hashable {
  let index: UInt32
  let generation: UInt32
}

/// What the driver has to do.
public enum ProxyAction: Sendable {
  /// Send these bytes there. When that fails, say so with ``ProxyCore/transportFailed(_:at:into:)``.
  case send([UInt8], Hop, TransactionOrigin?)
  /// Ask the store; answer to this context.
  case ask(StoreQuery, ContextID)
  /// Tell the store; nobody waits.
  case tell(StoreQuery)
  /// Tell IF.witness.
  case record(WitnessEvent)
  /// Open ports for a call's media; answer to this context with ``ProxyCore/mediaOpened(_:_:_:at:into:)``, at once.
  case openMedia(MediaOpening, ContextID)
  /// What both sides of one stream of a relayed call have said.
  case setMedia(RelayCallID, stream: Int, caller: RelayPeer, callee: RelayPeer)
  /// Close the ports of a call, and tell what was counted with ``ProxyCore/mediaClosed(_:_:at:into:)``.
  case closeMedia(MediaClosing)
  /// A party of a relayed call has sent a key by INFO, which its stream is to make telephone events of.
  case pressKey(RelayCallID, stream: Int, of: RelaySide, DTMFInfo)
  /// The INFO with a key that ``ProxyCore/send(key:stream:of:to:at:into:)`` was asked for is answered, or could not be sent.
  case keyAnswered(RelayCallID, stream: Int)
  /// A wrong digest response under a fresh nonce: counts towards the lockout of this user at this address.
  case authenticationFailed(user: String, source: IPAddress)
}

/// Where a core puts what it wants done; reused from one event to the next.
public struct ProxySink: Sendable {
  /// In the order they were wanted.
  public var actions: [ProxyAction] = []

  /// An empty sink.
  public init() { actions.reserveCapacity(16) }

  /// Takes an action out to be performed. It is moved, not copied; what stays in its place until the sink is emptied means
  /// nothing.
  public mutating func take(at index: Int) -> ProxyAction {
    var action = ProxyAction.authenticationFailed(user: "", source: IPAddress(v4: 0))
    swap(&action, &actions[index])
    return action
  }

  /// Forgets the actions and keeps their room.
  public mutating func removeAll() {
    if !actions.isEmpty { actions.removeAll(keepingCapacity: true) }
  }
}
