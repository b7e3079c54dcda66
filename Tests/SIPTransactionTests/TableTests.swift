import SIPTransaction
import Testing
import Wire

@Suite("Tables")
struct TableTests {
  @Test("the key index agrees with a dictionary over random insertions and removals", arguments: 0..<8 as Range<UInt64>)
  func keyIndex(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var index = KeyIndex()
    var model: [UInt32: TransactionKey] = [:]
    for step in 0..<20_000 {
      // Few distinct homes, so that runs form and wrap around.
      let growing = (step / 4000) % 2 == 0
      if random.chance(growing ? 70 : 25) {
        let place = UInt32(step)
        let low = random.next() & 0x3ff | (random.chance(10) ? 0xffff_fff0 : 0)
        let key = TransactionKey((random.next(), low))
        model[place] = key
        index.insert(key, place)
      } else if let (place, key) = model.randomElement(using: &random) {
        model[place] = nil
        index.remove(key, place)
        #expect(index.find(key) { $0 == place } == nil)
      }
      if step % 500 == 0 {
        for (place, key) in model where index.find(key, where: { model[$0] == key }) != place {
          Issue.record("\(place)")
        }
      }
      #expect(index.count == model.count)
      #expect(index.capacity >= KeyIndex.minimumCapacity)
    }
    for (place, key) in model { index.remove(key, place) }
    #expect(index.count == 0)
    #expect(index.capacity == KeyIndex.minimumCapacity)
  }

  @Test("removing what is not there changes nothing")
  func absent() {
    var index = KeyIndex()
    index.insert(TransactionKey((1, 1)), 1)
    index.remove(TransactionKey((1, 1)), 2)
    index.remove(TransactionKey((1, 65)), 1)
    #expect(index.count == 1)
    #expect(index.find(TransactionKey((1, 1))) { $0 == 1 } == 1)
  }

  /// Counts how many of its kind are alive.
  final class Element {
    var value: Int
    let census: Census

    init(_ value: Int, _ census: Census) {
      self.value = value
      self.census = census
      census.alive += 1
    }

    deinit { census.alive -= 1 }
  }

  final class Census { var alive = 0 }

  @Test("a slab agrees with a dictionary, and no name ever comes back", arguments: 0..<4 as Range<UInt64>)
  func slab(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    let census = Census()
    var slab = Slab<Element>()
    var model: [UInt32: (generation: UInt32, value: Int)] = [:]
    var old: [(UInt32, UInt32)] = []
    var generations: Set<UInt32> = []
    for step in 0..<30_000 {
      if random.chance((step / 6000) % 2 == 0 ? 75 : 20) {
        let index = slab.insert(Element(step, census))
        #expect(model[index] == nil)
        let generation = slab.generation(at: index)
        model[index] = (generation, step)
        #expect(generations.insert(generation).inserted)
      } else if let (index, entry) = model.randomElement(using: &random) {
        let isThere = slab.contains(index, generation: entry.generation)
        #expect(isThere)
        let value = slab[index].value
        #expect(value == entry.value)
        slab.remove(index)
        model[index] = nil
        if old.count < 500 { old.append((index, entry.generation)) }
      }
    }
    let count = slab.count
    #expect(count == model.count)
    #expect(census.alive == model.count)
    for (index, generation) in old where slab.contains(index, generation: generation) { Issue.record("\(index)") }
    for index in model.keys { slab.remove(index) }
    let (left, chunks) = (slab.count, slab.chunkCount)
    #expect(left == 0)
    #expect(chunks == 1)
    #expect(census.alive == 0)
  }

  @Test("a slab that goes takes its elements along")
  func end() {
    let census = Census()
    do {
      var slab = Slab<Element>()
      let indexes = (0..<1500).map { _ in 0 }.map { slab.insert(Element($0, census)) }
      slab.remove(indexes[700])
    }
    #expect(census.alive == 0)
  }

  @Test("chunks fill from the lowest, and empty ones at the end are released")
  func chunks() {
    var slab = Slab<Int>()
    let capacity = Slab<Int>.chunkCapacity
    let indexes = (0..<(3 * capacity)).map { $0 }.map { slab.insert($0) }
    var chunks = slab.chunkCount
    #expect(chunks == 3)
    for index in indexes[capacity..<(2 * capacity)] { slab.remove(index) }
    chunks = slab.chunkCount
    #expect(chunks == 3)
    // The hole in the middle is filled before anything else.
    let filled = slab.insert(0)
    #expect(Int(filled) / capacity == 1)
    slab[filled] += 5
    let value = slab[filled]
    #expect(value == 5)
    for index in indexes[(2 * capacity)...] { slab.remove(index) }
    chunks = slab.chunkCount
    #expect(chunks == 2)
    let generation = slab.generation(at: indexes[2 * capacity])
    #expect(generation == 0)
  }
}
