/// Deadlines of many timers, kept so that setting, cancelling and firing one cost the same however many there are.
///
/// A hierarchy of eight wheels with 64 slots each (Varghese and Lauck, scheme 7): one slot of the lowest spans a
/// tick of one millisecond, one slot of each further wheel spans the whole wheel below it, 2^48 ms in all, more
/// than an `Instant` can say. A timer stands in the wheel of the highest six-bit group in which its tick differs from
/// the present one; when the present reaches its slot, it moves down. It moves at most seven times, so the cost of a
/// timer's life is bounded by a constant. Slots are doubly linked lists through one slab of nodes: cancelling takes
/// the node out at once and the memory is that of the most timers that were ever set together.
///
/// A timer never fires early; it fires at the first whole millisecond at or after its deadline. Timers of one
/// millisecond fire in the order in which they were set.
///
///     let token = wheel.schedule(.g(transaction), at: now + .milliseconds(500))
///     while let key = wheel.popExpired(now: now) { … }
///     wheel.cancel(token)
@frozen
public struct TimerWheel<Key: Sendable>: Sendable {
  /// Names one set timer. A token whose timer has fired or was cancelled names nothing, also when its place is reused.
  @frozen
  public struct Token: Sendable, Hashable {
    @usableFromInline let node: UInt32
    @usableFromInline let generation: UInt32

    @inlinable
    init(node: UInt32, generation: UInt32) {
      self.node = node
      self.generation = generation
    }
  }

  @frozen
  @usableFromInline
  struct Node: Sendable {
    @usableFromInline var key: Key?
    @usableFromInline var tick: Int64
    @usableFromInline var generation: UInt32

    @inlinable
    init(key: Key?, tick: Int64, generation: UInt32) {
      self.key = key
      self.tick = tick
      self.generation = generation
    }
  }

  @frozen
  @usableFromInline
  struct Link: Sendable {
    @usableFromInline var next: UInt32
    @usableFromInline var previous: UInt32

    @inlinable
    init(next: UInt32, previous: UInt32) {
      self.next = next
      self.previous = previous
    }
  }

  // Lists are circular through a sentinel: 512 of slots, then those that are due. Node `n` has link `n + sentinels`.
  @usableFromInline var links: [Link]
  @usableFromInline var nodes: [Node]
  @usableFromInline var occupied: InlineArray<8, UInt64>
  /// For each slot the earliest tick that was put there since it was last empty: a lower bound once timers are
  /// cancelled, so that `nextDeadline` need not walk a list.
  @usableFromInline var earliest: [Int64]
  @usableFromInline var freeHead: UInt32
  @usableFromInline var present: Int64

  @usableFromInline var live: Int

  @inlinable static var due: UInt32 { 512 }
  @inlinable static var sentinels: UInt32 { 513 }
  @inlinable static var none: UInt32 { .max }

  /// An empty wheel; `capacity` timers can be set before it has to grow.
  @inlinable
  public init(capacity: Int = 0) {
    links = (0..<Self.sentinels).map { Link(next: $0, previous: $0) }
    links.reserveCapacity(Int(Self.sentinels) + capacity)
    nodes = []
    nodes.reserveCapacity(capacity)
    occupied = InlineArray(repeating: 0)
    earliest = Array(repeating: .max, count: 512)
    freeHead = Self.none
    present = 0
    live = 0
  }

  /// The timers that are set.
  @inlinable
  public var count: Int { live }

  /// The places for timers that memory was taken for: the most that were ever set together.
  package var capacityInUse: Int { nodes.count }

  /// Whether no timer is set.
  @inlinable
  public var isEmpty: Bool { count == 0 }

  /// Sets a timer. Setting an equal key again sets a second timer; use `reschedule` to move one.
  @inlinable
  @discardableResult
  public mutating func schedule(_ key: Key, at deadline: Instant) -> Token {
    let tick = Self.tick(atOrAfter: deadline)
    let index: UInt32
    if freeHead != Self.none {
      index = freeHead
      freeHead = links[Int(index + Self.sentinels)].next
      nodes[Int(index)].key = key
      nodes[Int(index)].tick = tick
    } else {
      index = UInt32(nodes.count)
      nodes.append(Node(key: key, tick: tick, generation: 0))
      links.append(Link(next: 0, previous: 0))
    }
    live += 1
    insert(index, tick: tick)
    return Token(node: index, generation: nodes[Int(index)].generation)
  }

  /// Cancels a timer and gives its key back; nil when it has fired or was cancelled before.
  @inlinable
  @discardableResult
  public mutating func cancel(_ token: Token) -> Key? {
    guard isSet(token) else { return nil }
    unlink(token.node)
    return release(token.node)
  }

  /// Gives a set timer another deadline; false when it has fired or was cancelled before.
  @inlinable
  @discardableResult
  public mutating func reschedule(_ token: Token, at deadline: Instant) -> Bool {
    guard isSet(token) else { return false }
    unlink(token.node)
    let tick = Self.tick(atOrAfter: deadline)
    nodes[Int(token.node)].tick = tick
    insert(token.node, tick: tick)
    return true
  }

  /// Whether the timer is still to fire.
  @inlinable
  public func isSet(_ token: Token) -> Bool {
    Int(token.node) < nodes.count && nodes[Int(token.node)].generation == token.generation
      && nodes[Int(token.node)].key != nil
  }

  /// When `popExpired` is next worth calling: the earliest deadline, in whole milliseconds. After cancellations it
  /// may be earlier than any deadline left, never later. Nil when no timer is set.
  @inlinable
  public var nextDeadline: Instant? {
    guard count > 0 else { return nil }
    if links[Int(Self.due)].next != Self.due { return Instant(milliseconds: present) }
    var level = 0
    while level < 8, occupied[level] == 0 { level &+= 1 }
    guard level < 8 else { return nil }
    return Instant(milliseconds: earliest[level << 6 | occupied[level].trailingZeroBitCount])
  }

  /// Takes out one timer whose deadline is not after `now`, the earliest millisecond first; nil when none is left.
  ///
  /// Time that runs backwards changes nothing.
  @inlinable
  public mutating func popExpired(now: Instant) -> Key? {
    let target = now.milliseconds
    while true {
      let first = links[Int(Self.due)].next
      if first != Self.due {
        let index = first - Self.sentinels
        unlink(index)
        return release(index)
      }
      guard target > present else { return nil }
      advance(to: target)
    }
  }

  /// Moves the present to the next occupied slot, but not beyond `target`, and empties that slot.
  @inlinable
  mutating func advance(to target: Int64) {
    for level in 0..<8 where occupied[level] != 0 {
      let slot = occupied[level].trailingZeroBitCount
      let shift = Int64(level * 6)
      // All slots of a lower wheel come before those of a higher one, and every occupied slot lies ahead.
      let start = (present >> (shift + 6)) << (shift + 6) | Int64(slot) << shift
      guard start <= target else { break }
      present = start
      empty(level: level, slot: slot)
      return
    }
    present = target
  }

  @inlinable
  mutating func empty(level: Int, slot: Int) {
    let sentinel = UInt32(level << 6 | slot)
    let first = links[Int(sentinel)].next
    let last = links[Int(sentinel)].previous
    occupied[level] &= ~(1 << UInt64(slot))
    earliest[Int(sentinel)] = .max
    links[Int(sentinel)] = Link(next: sentinel, previous: sentinel)
    if level == 0 {
      // One tick, all due: the whole list moves at once.
      let dueLast = links[Int(Self.due)].previous
      links[Int(dueLast)].next = first
      links[Int(first)].previous = dueLast
      links[Int(last)].next = Self.due
      links[Int(Self.due)].previous = last
      return
    }
    var link = first
    while link != sentinel {
      let next = links[Int(link)].next
      insert(link - Self.sentinels, tick: nodes[Int(link - Self.sentinels)].tick)
      link = next
    }
  }

  @inlinable
  mutating func insert(_ index: UInt32, tick: Int64) {
    let sentinel: UInt32
    if tick <= present {
      sentinel = Self.due
    } else {
      let level = (63 - (tick ^ present).leadingZeroBitCount) / 6
      let slot = Int(tick >> Int64(level * 6) & 63)
      sentinel = UInt32(level << 6 | slot)
      occupied[level] |= 1 << UInt64(slot)
      if tick < earliest[Int(sentinel)] { earliest[Int(sentinel)] = tick }
    }
    let link = index + Self.sentinels
    let last = links[Int(sentinel)].previous
    links[Int(link)] = Link(next: sentinel, previous: last)
    links[Int(last)].next = link
    links[Int(sentinel)].previous = link
  }

  @inlinable
  mutating func unlink(_ index: UInt32) {
    let link = links[Int(index + Self.sentinels)]
    links[Int(link.previous)].next = link.next
    links[Int(link.next)].previous = link.previous
    if link.next == link.previous, link.next < Self.due {
      let sentinel = Int(link.next)
      occupied[sentinel >> 6] &= ~(1 << UInt64(sentinel & 63))
      earliest[sentinel] = .max
    }
  }

  @inlinable
  mutating func release(_ index: UInt32) -> Key? {
    let key = nodes[Int(index)].key.take()
    nodes[Int(index)].generation &+= 1
    links[Int(index + Self.sentinels)].next = freeHead
    freeHead = index
    live -= 1
    return key
  }

  @inlinable
  static func tick(atOrAfter deadline: Instant) -> Int64 {
    guard deadline.nanoseconds > 0 else { return 0 }
    return (deadline.nanoseconds - 1) / 1_000_000 + 1
  }
}
