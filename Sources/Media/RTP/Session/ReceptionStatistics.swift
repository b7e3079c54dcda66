import Wire

/// What a receiver keeps of one source to report on it (RFC 3550 §6.4.1, appendices A.3 and A.8).
public struct ReceptionStatistics: Sendable, Hashable {
  /// Which packets belong to it.
  public private(set) var sequence: SequenceValidator
  /// Ticks of the timestamp in a second.
  public let clockRate: UInt32

  private var transit: UInt32?
  /// The jitter times 16, in units of the timestamp.
  private var scaledJitter: UInt32 = 0
  private var expectedAtLastReport: UInt32 = 0
  private var receivedAtLastReport: UInt32 = 0

  /// A source whose first packet has this number; give that packet to ``received(_:timestamp:now:)`` as well.
  public init(first sequenceNumber: UInt16, clockRate: UInt32, limits: SequenceLimits = .rfc3550) {
    sequence = SequenceValidator(first: sequenceNumber, limits: limits)
    self.clockRate = clockRate
  }

  /// The interarrival jitter in units of the timestamp (§6.4.1).
  public var jitter: UInt32 { scaledJitter >> 4 }

  /// The same as a time.
  public var jitterDuration: Duration {
    clockRate == 0 ? .zero : .nanoseconds(Int64(jitter) * 1_000_000_000 / Int64(clockRate))
  }

  /// Packets lost since the beginning; negative when more came than should have (appendix A.3).
  public var cumulativeLost: Int64 { Int64(sequence.expected) - Int64(sequence.received) }

  /// A packet has come.
  public mutating func received(_ sequenceNumber: UInt16, timestamp: UInt32, now: Instant) -> SequenceOutcome {
    let outcome = sequence.update(sequenceNumber)
    switch outcome {
    case .probation, .jump: break
    case .restarted:
      expectedAtLastReport = 0
      receivedAtLastReport = 0
      scaledJitter = 0
      transit = nil
      noteTransit(timestamp, now)
    case .inOrder, .misordered: noteTransit(timestamp, now)
    }
    return outcome
  }

  /// A packet has come whose timestamp says nothing of when it was sent, as a telephone-event's does not, which is that of
  /// the event's beginning (RFC 4733 §2.2).
  package mutating func receivedUntimed(_ sequenceNumber: UInt16) -> SequenceOutcome {
    let outcome = sequence.update(sequenceNumber)
    if case .restarted = outcome {
      expectedAtLastReport = 0
      receivedAtLastReport = 0
      scaledJitter = 0
      transit = nil
    }
    return outcome
  }

  /// The block about this source for a report sent now; what is lost in the next begins here.
  ///
  /// - Parameters:
  ///   - lastSR: the middle of the NTP timestamp of the source's last SR and when that came; nil without one.
  public mutating func report(
    on ssrc: UInt32, lastSR: (middle: UInt32, receivedAt: Instant)?, now: Instant
  ) -> ReceptionReport {
    let expected = sequence.expected &- expectedAtLastReport
    let received = sequence.received &- receivedAtLastReport
    expectedAtLastReport = sequence.expected
    receivedAtLastReport = sequence.received
    let lost = Int64(expected) - Int64(received)
    // More than 255/256 has to be said as 255 (appendix A.3 would let it wrap to 0).
    let fraction = expected == 0 || lost <= 0 ? 0 : min(255, lost << 8 / Int64(expected))
    return ReceptionReport(
      ssrc: ssrc, fractionLost: UInt8(truncatingIfNeeded: fraction), cumulativeLost: Int32(clamping: cumulativeLost),
      extendedHighestSequenceNumber: sequence.extendedHighest, jitter: jitter, lastSR: lastSR?.middle ?? 0,
      delaySinceLastSR: lastSR.map { ($0.receivedAt.duration(to: now)).rtcpUnits } ?? 0)
  }

  /// Appendix A.8.
  private mutating func noteTransit(_ timestamp: UInt32, _ now: Instant) {
    let transit = now.units(of: clockRate) &- timestamp
    if let last = self.transit {
      let difference = Int32(bitPattern: transit &- last).magnitude
      // J += (|D| − J) / 16, rounded. A jump of the timestamp may be as large as 2³¹, which J then has to bear.
      let jitter = UInt64(scaledJitter) + UInt64(difference) - UInt64((UInt64(scaledJitter) + 8) >> 4)
      scaledJitter = UInt32(clamping: jitter)
    }
    self.transit = transit
  }
}

extension Instant {
  /// This instant in ticks of a clock of so many in a second, modulo 2³².
  package func units(of clockRate: UInt32) -> UInt32 {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let part = rest &* Int64(clockRate) / 1_000_000_000
    return UInt32(truncatingIfNeeded: seconds &* Int64(clockRate) &+ part)
  }
}
