/// What a context keeps of one source (RFC 3711 §3.2.1, §3.2.3).
struct SRTPSourceState: Sendable {
  let ssrc: UInt32
  /// The indices that were there; the newest is rollover counter and sequence number.
  var window = ReplayWindow<16>()
  /// The rollover counter of the first packet.
  var initialRolloverCounter: UInt32 = 0
  /// The indices of RTCP that were there.
  var rtcpWindow = ReplayWindow<2>()

  init(ssrc: UInt32) {
    self.ssrc = ssrc
  }

  /// The index of a packet with this number: the one nearest to the newest (§3.3.1, appendix A).
  ///
  /// Before the first round there is nothing: a number that seems to be from there belongs to the first one.
  @inline(__always)
  func index(of sequenceNumber: UInt16) -> UInt64 {
    guard let highest = window.highest else { return UInt64(initialRolloverCounter) << 16 | UInt64(sequenceNumber) }
    let newest = Int64(highest & 0xFFFF)
    let difference = Int64(sequenceNumber) &- newest
    let same = highest &- UInt64(newest) &+ UInt64(sequenceNumber)
    if newest < 0x8000 {
      return difference > 0x8000 && highest >= 0x1_0000 ? same &- 0x1_0000 : same
    }
    return difference < -0x8000 ? same &+ 0x1_0000 : same
  }
}

/// The sources of a context, in bounded number.
struct SRTPSourceTable: Sendable {
  private var sources: [SRTPSourceState] = []
  private var lastFound = 0

  /// How many there are.
  var count: Int { sources.count }

  /// The source's place; nil when it is not there.
  @inline(__always)
  mutating func place(of ssrc: UInt32) -> Int? {
    if lastFound < sources.count, sources[lastFound].ssrc == ssrc { return lastFound }
    return search(ssrc)
  }

  private mutating func search(_ ssrc: UInt32) -> Int? {
    guard let place = sources.firstIndex(where: { $0.ssrc == ssrc }) else { return nil }
    lastFound = place
    return place
  }

  /// The place of a source that is made when it is not there.
  @inline(__always)
  mutating func placeOrNew(_ ssrc: UInt32) throws(SRTPError) -> Int {
    if let place = place(of: ssrc) { return place }
    return try append(ssrc)
  }

  private mutating func append(_ ssrc: UInt32) throws(SRTPError) -> Int {
    guard sources.count < SRTPLimits.maxSources else { throw .tooManySources }
    sources.append(SRTPSourceState(ssrc: ssrc))
    lastFound = sources.count - 1
    return lastFound
  }

  subscript(_ place: Int) -> SRTPSourceState {
    @inline(__always) _read { yield sources[place] }
    @inline(__always) _modify { yield &sources[place] }
  }
}
