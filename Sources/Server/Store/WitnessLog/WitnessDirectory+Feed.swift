import Dispatch
import Files
import OpenSSLCrypto
import Synchronization
import Witness

extension WitnessDirectory {
  /// Gives segments to a verifier, in order. One thread reads and unpacks ahead, the processors there are examine blocks
  /// of lines, and the caller's thread takes them in their order: only that needs to know what came before.
  func feed(
    _ segments: [Segment], to verifier: inout WitnessVerifier, leaves: (([Digest32]) throws(StoreError) -> Void)? = nil,
    report: (WitnessFault) -> Void
  ) throws(StoreError) {
    verifier.collectsLeaves = leaves != nil
    let ahead = BlockReader(withLeaves: leaves != nil)
    ahead.start(self, segments)
    defer { ahead.stop() }
    while true {
      switch ahead.next() {
      case .segment(let segment):
        verifier.beginSegment(segment.name, firstSequence: segment.firstSequence, report: report)
        continue
      case .lines(let examined): verifier.take(examined, report: report)
      case .bytes(let bytes): verifier.feed(bytes.span, report: report)
      case .end(nil): return
      case .end(let failure?): throw failure
      }
      try leaves?(verifier.takeLeaves())
    }
  }

  /// Reads a segment into one buffer after the other, from an offset on that `body` returns; what it is given is the
  /// number of bytes in the buffer. Nil: it has enough.
  fileprivate func fill(
    _ segment: Segment, _ buffer: inout [UInt8], _ body: (inout [UInt8], Int) -> Int?
  ) throws(FileError) {
    var filled = 0
    func run(_ read: (inout [UInt8], Int) throws(FileError) -> Int) throws(FileError) {
      while case let count = try read(&buffer, filled), count > 0 {
        filled += count
        if filled == buffer.count {
          guard let kept = body(&buffer, filled) else { return }
          filled = kept
        }
      }
      if filled > 0 { _ = body(&buffer, filled) }
    }
    if segment.isPacked {
      let file = try GzipReader(path(of: segment))
      try run { (buffer, start) throws(FileError) in try file.read(into: &buffer, from: start) }
    } else {
      let file = try OpenFile(path(of: segment), .read)
      try run { (buffer, start) throws(FileError) in try file.read(into: &buffer, from: start) }
    }
  }
}

/// Reads segments ahead of whoever takes their blocks, a bounded number of them.
private final class BlockReader: Sendable {
  /// What comes next.
  enum Item: Sendable {
    /// A segment begins.
    case segment(WitnessDirectory.Segment)
    /// Whole lines.
    case lines(ExaminedLines)
    /// What is no whole line, or stands behind one that is longer than a block.
    case bytes([UInt8])
    /// Nothing more, or the reason why.
    case end(StoreError?)
  }

  /// An item that may still be in the making, of these bytes.
  private final class Place: Sendable {
    private let item = Mutex<Item?>(nil)
    private let bytes: Mutex<[UInt8]>
    private let isMade = DispatchSemaphore(value: 0)

    init(bytes: consuming [UInt8] = []) { self.bytes = Mutex(bytes) }

    /// Moves the bytes out, so that nobody else has them and they can be written to again without a copy.
    func takeBytes() -> [UInt8] {
      bytes.withLock { bytes in
        defer { bytes = [] }
        return bytes
      }
    }

    func put(_ made: Item) {
      item.withLock { $0 = made }
      isMade.signal()
    }

    func take() -> Item {
      isMade.wait()
      return item.withLock { item in
        defer { item = nil }
        return item ?? .end(nil)
      }
    }
  }

  /// Half a second-level cache: what one thread has read another finds there.
  private static let blockBytes = 1 << 18
  /// Blocks that are read, examined or wait to be taken.
  private static let maxBlocks = 8

  private let withLeaves: Bool
  private let places = Mutex<(waiting: [Place], buffers: [[UInt8]])>(([], []))
  private let isStopped = Atomic<Bool>(false)
  private let arrivals = DispatchSemaphore(value: 0)
  private let room = DispatchSemaphore(value: 0)
  private let reading = DispatchQueue(label: "ifsip.witness.read")
  private let examining = DispatchQueue(label: "ifsip.witness.examine", attributes: .concurrent)

  init(withLeaves: Bool) {
    self.withLeaves = withLeaves
    // Not as its first value: a semaphore may not go while it is below that.
    for _ in 0..<Self.maxBlocks { room.signal() }
  }

  /// Begins to read.
  func start(_ directory: WitnessDirectory, _ segments: [WitnessDirectory.Segment]) {
    reading.async { [self] in
      var failure: StoreError?
      do {
        for segment in segments where !isStopped.load(ordering: .relaxed) { try read(segment, of: directory) }
      } catch {
        failure = StoreError(.fileSystem, "\(error)")
      }
      add().put(.end(failure))
    }
  }

  /// The next item, in the order of the segments.
  func next() -> Item {
    arrivals.wait()
    let place = places.withLock { $0.waiting.removeFirst() }
    let item = place.take()
    room.signal()
    return item
  }

  /// Reads no more, and waits until that is so.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
    for _ in 0..<Self.maxBlocks { room.signal() }
    reading.sync {}
  }

  private func add(_ place: Place = Place()) -> Place {
    room.wait()
    places.withLock { $0.waiting.append(place) }
    arrivals.signal()
    return place
  }

  private func read(_ segment: WitnessDirectory.Segment, of directory: WitnessDirectory) throws(FileError) {
    add().put(.segment(segment))
    var buffer = takeBuffer()
    var isRaw = false
    try directory.fill(segment, &buffer) { buffer, count in
      guard !isStopped.load(ordering: .relaxed) else { return nil }
      let end = isRaw ? 0 : LineBreak.end(in: buffer.span.extracting(0..<count))
      let isLast = count < buffer.count
      if end > 0 { examine(&buffer, end, count) }
      // A line that fills a block is none: from here on the verifier looks for the ends of lines itself.
      if end == 0, !isLast { isRaw = true }
      let rest = count - end
      guard end == 0 || isLast, rest > 0 else { return rest }
      add().put(.bytes([UInt8](copying: buffer.span.extracting(0..<rest))))
      return 0
    }
    giveBack(buffer)
  }

  /// Has the lines before `end` examined; what stands behind them is the beginning of the buffer afterwards.
  private func examine(_ buffer: inout [UInt8], _ end: Int, _ count: Int) {
    var next = takeBuffer()
    next.replaceSubrange(0..<(count - end), with: buffer[end..<count])
    swap(&buffer, &next)
    let place = add(Place(bytes: consume next))
    examining.async { [self] in
      let full = place.takeBytes()
      let examined = ExaminedLines(full.span.extracting(0..<end), withLeaves: withLeaves)
      giveBack(consume full)
      place.put(.lines(examined))
    }
  }

  private func takeBuffer() -> [UInt8] {
    places.withLock { $0.buffers.popLast() } ?? [UInt8](repeating: 0, count: Self.blockBytes)
  }

  private func giveBack(_ buffer: [UInt8]) { places.withLock { $0.buffers.append(buffer) } }
}
