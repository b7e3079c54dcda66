/// What a slab's element brings along for the slab's own use.
package protocol SlabElement {
  /// Zero when the place is free.
  var generation: UInt32 { get set }
  /// The next free place while this one is free.
  var nextFree: UInt32 { get set }
  /// Gives back what the element holds.
  mutating func vacate()
}

/// Places for elements that are named by a number and a generation.
///
/// Generations come from one counter, so a name never comes back (before 2^32 further elements) even when its place is
/// given back to the system. Places lie in chunks: growing moves nothing, and chunks at the end that have run empty are
/// released. The lowest chunk with room is filled first, so that after a burst the upper ones do run empty.
package struct Slab<Element: SlabElement> {
  package static var chunkCapacity: Int { 1 << chunkShift }
  private static var chunkShift: UInt32 { 10 }
  private static var chunkMask: UInt32 { (1 << chunkShift) - 1 }
  package static var none: UInt32 { .max }

  struct Chunk {
    var elements: [Element] = []
    var freeHead: UInt32 = Slab.none
    var live = 0

    var hasRoom: Bool { live < Slab.chunkCapacity }
  }

  private var chunks: [Chunk] = []
  private var lowestWithRoom = 0
  private var lastGeneration: UInt32 = 0

  /// An empty slab.
  package init() {}

  /// Elements in use.
  package private(set) var count = 0

  /// Chunks held, for tests.
  package var chunkCount: Int { chunks.count }

  /// Whether the name still stands for an element.
  package func contains(_ index: UInt32, generation: UInt32) -> Bool {
    let chunk = Int(index >> Self.chunkShift)
    guard chunk < chunks.count else { return false }
    let place = Int(index & Self.chunkMask)
    return place < chunks[chunk].elements.count && generation != 0
      && chunks[chunk].elements[place].generation == generation
  }

  /// The element at a place that is in use.
  package subscript(_ index: UInt32) -> Element {
    _read { yield chunks[Int(index >> Self.chunkShift)].elements[Int(index & Self.chunkMask)] }
    _modify { yield &chunks[Int(index >> Self.chunkShift)].elements[Int(index & Self.chunkMask)] }
  }

  /// Puts an element in; its generation is set here.
  package mutating func insert(_ element: consuming Element) -> UInt32 {
    while lowestWithRoom < chunks.count, !chunks[lowestWithRoom].hasRoom { lowestWithRoom += 1 }
    if lowestWithRoom == chunks.count {
      var chunk = Chunk()
      // Untouched pages of the reserved room cost nothing.
      chunk.elements.reserveCapacity(Self.chunkCapacity)
      chunks.append(chunk)
    }
    lastGeneration &+= 1
    if lastGeneration == 0 { lastGeneration = 1 }
    element.generation = lastGeneration
    count += 1
    let base = UInt32(lowestWithRoom) << Self.chunkShift
    chunks[lowestWithRoom].live += 1
    let free = chunks[lowestWithRoom].freeHead
    guard free != Self.none else {
      chunks[lowestWithRoom].elements.append(element)
      return base | UInt32(chunks[lowestWithRoom].elements.count - 1)
    }
    chunks[lowestWithRoom].freeHead = chunks[lowestWithRoom].elements[Int(free)].nextFree
    chunks[lowestWithRoom].elements[Int(free)] = element
    return base | free
  }

  /// Takes the element at a place that is in use out.
  package mutating func remove(_ index: UInt32) {
    let chunk = Int(index >> Self.chunkShift)
    let place = index & Self.chunkMask
    chunks[chunk].elements[Int(place)].vacate()
    chunks[chunk].elements[Int(place)].generation = 0
    chunks[chunk].elements[Int(place)].nextFree = chunks[chunk].freeHead
    chunks[chunk].freeHead = place
    chunks[chunk].live -= 1
    count -= 1
    if chunk < lowestWithRoom { lowestWithRoom = chunk }
    if chunks[chunk].live == 0 { releaseEmptyChunks() }
  }

  // The last empty chunk stays while the one before it is more than half full, or a load that sways around a chunk's
  // edge would allocate and release with every step.
  private mutating func releaseEmptyChunks() {
    while let last = chunks.last, last.live == 0, chunks.count > 1,
      chunks[chunks.count - 2].live <= Self.chunkCapacity / 2
    {
      chunks.removeLast()
    }
    if lowestWithRoom > chunks.count { lowestWithRoom = chunks.count }
  }
}
