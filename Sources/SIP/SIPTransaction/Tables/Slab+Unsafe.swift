// Places for values that are named by a number and a generation, in memory of their own: an array of arrays would check
// twice for sharing at every step of every transaction (measured: a third of the layer's instructions).
//
// Why this is sound:
// - A chunk's `elements` and `tags` have room for `chunkCapacity` values each. `tags` is initialised up to `used`, which
//   only grows. An element is initialised exactly while its tag's generation is not zero: `insert` sets both, `remove` and
//   `deinit` undo both.
// - `subscript` checks before it touches memory that the place is in use; so does `remove`. Nothing else hands out memory.
// - The slab cannot be copied, so nobody else holds its pointers; `_modify` borrows the whole slab, so Swift's exclusivity
//   rules keep two accesses from meeting, and no chunk is released during one.

/// Places for elements that are named by a number and a generation.
///
/// Generations come from one counter, so a name never comes back (before 2^32 further elements) even when its place is
/// given back to the system. Places lie in chunks: growing moves nothing, and chunks at the end that have run empty are
/// released. The lowest chunk with room is filled first, so that after a burst the upper ones do run empty.
package struct Slab<Element>: ~Copyable {
  /// Elements per chunk. Untouched pages of a chunk cost nothing.
  package static var chunkCapacity: Int { 1 << chunkShift }
  private static var chunkShift: UInt32 { 10 }
  private static var chunkMask: UInt32 { (1 << chunkShift) - 1 }

  /// No place.
  package static var none: UInt32 { .max }

  private struct Tag {
    /// Zero while the place is free.
    var generation: UInt32
    /// The next free place of the chunk, while this one is free.
    var nextFree: UInt32
  }

  @safe
  private struct Chunk {
    let elements: UnsafeMutablePointer<Element>
    let tags: UnsafeMutablePointer<Tag>
    /// Places that have ever been in use.
    var used: UInt32 = 0
    var live: UInt32 = 0
    var freeHead: UInt32 = .max

    init() {
      unsafe elements = .allocate(capacity: Slab.chunkCapacity)
      unsafe tags = .allocate(capacity: Slab.chunkCapacity)
    }

    func deallocate() {
      for place in 0..<Int(used) where unsafe tags[place].generation != 0 {
        unsafe (elements + place).deinitialize(count: 1)
      }
      unsafe elements.deallocate()
      unsafe tags.deallocate()
    }
  }

  private var chunks: [Chunk] = []
  private var lowestWithRoom = 0
  private var lastGeneration: UInt32 = 0

  /// Elements in use.
  package private(set) var count = 0

  /// An empty slab.
  package init() {}

  deinit {
    for chunk in chunks { chunk.deallocate() }
  }

  /// Chunks held, for tests.
  package var chunkCount: Int { chunks.count }

  /// The generation of the element at a place; zero if there is none.
  package func generation(at index: UInt32) -> UInt32 {
    let chunk = Int(index >> Self.chunkShift)
    let place = index & Self.chunkMask
    guard chunk < chunks.count, place < chunks[chunk].used else { return 0 }
    return unsafe chunks[chunk].tags[Int(place)].generation
  }

  /// Whether the name still stands for an element.
  package func contains(_ index: UInt32, generation: UInt32) -> Bool {
    generation != 0 && self.generation(at: index) == generation
  }

  /// The element at a place that is in use.
  package subscript(_ index: UInt32) -> Element {
    _read { yield unsafe pointer(index).pointee }
    _modify { yield unsafe &pointer(index).pointee }
  }

  private func pointer(_ index: UInt32) -> UnsafeMutablePointer<Element> {
    precondition(generation(at: index) != 0, "no element there")
    return unsafe chunks[Int(index >> Self.chunkShift)].elements + Int(index & Self.chunkMask)
  }

  /// Puts an element in.
  package mutating func insert(_ element: consuming Element) -> UInt32 {
    while lowestWithRoom < chunks.count, Int(chunks[lowestWithRoom].live) == Self.chunkCapacity { lowestWithRoom += 1 }
    if lowestWithRoom == chunks.count { chunks.append(Chunk()) }
    lastGeneration &+= 1
    if lastGeneration == 0 { lastGeneration = 1 }
    count += 1
    var chunk = chunks[lowestWithRoom]
    var place = chunk.freeHead
    if place == Self.none {
      place = chunk.used
      chunk.used += 1
    } else {
      chunk.freeHead = unsafe chunk.tags[Int(place)].nextFree
    }
    chunk.live += 1
    unsafe (chunk.elements + Int(place)).initialize(to: element)
    unsafe (chunk.tags + Int(place)).initialize(to: Tag(generation: lastGeneration, nextFree: Self.none))
    chunks[lowestWithRoom] = chunk
    return UInt32(lowestWithRoom) << Self.chunkShift | place
  }

  /// Takes the element at a place that is in use out.
  @discardableResult
  package mutating func remove(_ index: UInt32) -> Element {
    let element = unsafe pointer(index).move()
    let number = Int(index >> Self.chunkShift)
    let place = index & Self.chunkMask
    var chunk = chunks[number]
    unsafe chunk.tags[Int(place)] = Tag(generation: 0, nextFree: chunk.freeHead)
    chunk.freeHead = place
    chunk.live -= 1
    chunks[number] = chunk
    count -= 1
    if number < lowestWithRoom { lowestWithRoom = number }
    if chunk.live == 0 { releaseEmptyChunks() }
    return element
  }

  // The last empty chunk stays while the one before it is more than half full, or a load that sways around a chunk's
  // edge would allocate and release with every step.
  private mutating func releaseEmptyChunks() {
    while let last = chunks.last, last.live == 0, chunks.count > 1,
      Int(chunks[chunks.count - 2].live) <= Self.chunkCapacity / 2
    {
      last.deallocate()
      chunks.removeLast()
    }
    lowestWithRoom = min(lowestWithRoom, chunks.count)
  }
}
