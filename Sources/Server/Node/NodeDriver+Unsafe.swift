import Council
import Gatekeeper
import Gateway
import Guard
import H225
import Proxy
import Reactor
import SIPTransaction
import Telemetry
import Transport
import Wire

/// Drives the proxy core of one reactor: what the reactor calls, and what the operator asks on its thread.
///
/// All state is one value, ``NodeLoop``: each call takes it once, and what happens inside needs no further check of who
/// else is looking at it (seen in a profile: a tenth of a whole call's instructions).
final class NodeDriver: ReactorDriver {
  // Sound: an object of a reactor is used on that reactor's thread alone, one call after the other, and nothing that the
  // loop calls knows the driver, so no access begins while another lasts. The language's own check of that cost 4,000
  // instructions a call, twice for every wake-up.
  @exclusivity(unchecked) private var unguarded: NodeLoop

  private var loop: NodeLoop {
    _read { yield unsafe unguarded }
    _modify { yield unsafe &unguarded }
  }

  init(_ context: ReactorContext, shared: NodeShared, core: consuming ProxyCore, now: Instant) {
    unsafe unguarded = NodeLoop(context, shared: shared, core: core, now: now)
  }

  var nextDeadline: Instant? { loop.nextDeadline }

  func started(now: Instant, io: inout ReactorIO) { loop.startRAS(now: now, io: &io) }

  func stopping(now: Instant, io: inout ReactorIO) { loop.stopRAS(now: now, io: &io) }

  func received(
    datagram: Span<UInt8>, from: SocketAddress, local: SocketAddress, socket: Int, truncated: Bool, now: Instant,
    io: inout ReactorIO
  ) {
    loop.received(
      datagram: datagram, from: from, local: local, socket: socket, truncated: truncated, now: now, io: &io)
  }

  func received(
    media packet: inout MutableSpan<UInt8>, count: Int, from: SocketAddress, socket: MediaSocketID, tag: UInt32,
    now: Instant, io: inout ReactorIO
  ) -> MediaVerdict {
    loop.received(media: &packet, count: count, from: from, tag: tag, now: now)
  }

  func received(message: ReactorMessage, now: Instant, io: inout ReactorIO) {
    loop.received(message: message, now: now, io: &io)
  }

  func sendFailed(_ failure: borrowing SendFailure, now: Instant, io: inout ReactorIO) {
    loop.sendFailed(failure, now: now, io: &io)
  }

  func timerFired(now: Instant, io: inout ReactorIO) { loop.timerFired(now: now, io: &io) }

  func batchEnded(now: Instant, io: inout ReactorIO) { loop.batchEnded(now: now, io: &io) }

  // MARK: What others ask, by a `call` on this thread

  /// Answers have come that were not there when they were asked for.
  func repliesHaveCome() { loop.hasReplies = true }

  /// Records of INVITEs are on the disk, or will not be for now.
  func recordsHaveSettled() { loop.hasSettledRecords = true }

  /// Others have asked something of RAS.
  func questionsHaveCome() { loop.hasQuestions = true }

  /// RAS has answered.
  func admissionsHaveCome() { loop.hasAdmissions = true }

  /// The calls that a filter lets through.
  func calls(_ filter: CallFilter) -> [CallSummary] {
    loop.turn(to: SystemClock.monotonic())
    return loop.core.calls(filter, at: loop.moment)
  }

  /// One call.
  func call(_ key: CallKey) -> CallSummary? {
    loop.turn(to: SystemClock.monotonic())
    return loop.core.call(key, at: loop.moment).map { loop.withReports($0) }
  }

  /// Ends a call; its messages leave at the end of this wake-up.
  func hangUp(_ key: CallKey, _ reason: HangUpReason) -> HangUpOutcome {
    loop.hangUp(key, reason)
  }

  /// Records a call from now on; false when it is not relayed here.
  func begin(_ recording: CallRecording) -> Bool { loop.begin(recording) }

  /// Ends a recording; false when it does not run here.
  func end(_ recording: CallRecording, _ end: CallRecording.End) -> Bool { loop.end(recording, end) }

  /// Ends some of what is under way; how many.
  func hangUp(upTo limit: Int, _ reason: HangUpReason) -> Int {
    loop.hangUp(upTo: limit, reason)
  }

  /// BYEs of our own that wait for their answer.
  var pendingHangUps: Int { loop.core.pendingHangUps }

  /// What the core counted, for `/metrics`.
  var counters: SIPCounters { loop.core.counters }

  /// What became of copies for a capture server, for `/metrics`.
  var captureCounters: HEPCounters { loop.captureCounters }

  /// What was counted of relayed media, for `/metrics`.
  var mediaCounters: MediaCounters { loop.mediaCounters() }

  /// The rooms of the council that are here.
  func councilRooms() -> [CouncilRoomState] { loop.councilRooms() }

  /// One of them; nil when it is not here.
  func councilRoom(_ name: CouncilRoomName) -> CouncilRoomState? { loop.councilRoom(name) }

  /// What the operator wants of a room, on the reactor that has it (`H323Shared.owner(ofRoom:)`); it leaves at the end of
  /// this wake-up.
  func perform(_ order: CouncilOrder) -> Council.Outcome { loop.perform(order) }

  /// Takes no new calls into rooms, or ends all.
  func closeCouncil(endingAll: Bool) { loop.closeCouncil(endingAll: endingAll) }

  /// Whether a gatekeeper has the gateway on its list; nil where there is no H.323.
  var isRegistered: Bool? { loop.isRegistered }

  /// Who is registered with our gatekeeper; nil on reactors that do not have it.
  var endpoints: [GatekeeperEndpoint]? { loop.endpoints }

  /// The calls that our gatekeeper has let in; nil on reactors that do not have it.
  var admittedCalls: [GatekeeperCall]? { loop.admittedCalls }

  /// Ends a call that our gatekeeper has let in; false when there is none.
  func endAdmittedCall(_ identifier: GloballyUniqueID) -> Bool { loop.endAdmittedCall(identifier) }

  /// What was counted of H.323, for `/metrics`.
  var h323Counters: H323Counters { loop.h323Counters() }

  /// How many transactions live here.
  var transactionCount: Int { loop.core.liveTransactions }

  /// How many calls are up here, or wait for their answer; those of the council as well.
  var runningCalls: Int { loop.core.runningCalls + loop.councilCounters.active }

  /// The registry was read again: who is not in it any more is registered no more.
  func change(_ registry: Registry) { loop.change(registry) }

  /// Lets a reload or the end of the node change what the core decides by.
  func change(_ change: (inout ProxyCore) -> Void) {
    change(&loop.core)
    loop.changed()
  }
}
