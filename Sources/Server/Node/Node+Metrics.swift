import Files
import Guard
import OpenSSLCrypto
import Proxy
import Telemetry
import Transport
import Wire

// The page of /metrics: what reactors counted, merged when somebody asks, and what the rest of the node knows.
// docs/metrics.md says what each family means.
extension Node {
  /// The page, in the form that was asked for.
  func metricsPage(_ format: MetricsFormat) async -> String {
    var sip = SIPCounters()
    var hep = HEPCounters()
    var media = MediaCounters()
    var council = H323Counters()
    var isRegistered: Bool?
    for mailbox in reactors.mailboxes {
      if let (counters, registered) = await ask(mailbox, { ($0.h323Counters, $0.isRegistered) }) {
        council.add(counters)
        isRegistered = registered
      }
      guard let counters = await ask(mailbox, { ($0.counters, $0.captureCounters, $0.mediaCounters) }) else { continue }
      sip.add(counters.0)
      hep.add(counters.1)
      media.add(counters.2)
    }
    let streams = hub.statistics
    let calls = hub.callStatistics
    for (limit, count) in streams.reached + calls.reached { sip.limitReached(limit.rawValue, count) }
    var page = MetricsPage(format)
    sip.write(to: &page)
    hep.write(to: &page)
    media.write(to: &page)
    council.write(to: &page, isRegistered: isRegistered)
    writeRecordings(to: &page)
    writeTransport(streams, to: &page)
    if h323 != nil { calls.writeCalls(to: &page) }
    page.family("sip_registrations", .gauge, help: "Contacts that are bound now.")
    page.sample("sip_registrations", UInt64(bindings.count))
    writePosture(to: &page)
    tls.write(to: &page)
    upgrades.write(to: &page)
    writeWitness(to: &page)
    cosigning?.write(to: &page)
    writeNode(to: &page)
    ProcessProbe.figures()?.write(to: &page)
    configuration.collector?.write(to: &page)
    return page.text
  }

  private func writeTransport(_ streams: StreamStatistics, to page: inout MetricsPage) {
    page.family("sip_open_connections", .gauge, help: "SIP streams that are open or being opened.")
    page.sample("sip_open_connections", UInt64(streams.open))
    page.family("sip_connections_total", .counter, help: "SIP streams, by who opened them and what became of that.")
    for (result, count) in [
      ("accepted", streams.accepted), ("opened", streams.opened), ("failed", streams.failed),
      ("no_balancer", streams.strangers), ("bad_proxy_header", streams.badProxyHeaders),
    ] {
      page.sample("sip_connections_total", [("result", result)], UInt64(count))
    }
    let reactors = reactors.statistics.map(\.counters)
    page.family("sip_datagrams_total", .counter, help: "SIP datagrams, by what became of them.")
    for (event, count) in [
      ("received", reactors.reduce(0) { $0 + $1.received }), ("truncated", reactors.reduce(0) { $0 + $1.truncated }),
      ("sent", reactors.reduce(0) { $0 + $1.sent }), ("failed", reactors.reduce(0) { $0 + $1.failed }),
      ("dropped", reactors.reduce(0) { $0 + $1.dropped }),
    ] {
      page.sample("sip_datagrams_total", [("event", event)], UInt64(count))
    }
  }

  private func writeRecordings(to page: inout MetricsPage) {
    let figures = recorder.figures
    page.family("media_recordings", .gauge, help: "Recordings of calls that run.")
    page.sample("media_recordings", UInt64(figures.running))
    page.family(
      "media_recording_lost_packets_total", .counter,
      help: "RTP packets that are missing in recordings, since too many waited to be written.")
    page.sample("media_recording_lost_packets_total", figures.lost)
  }

  private func writePosture(to page: inout MetricsPage) {
    page.family("guard_posture", .gauge, help: "1 for the posture of IF.guard, 0 for the others.")
    let posture = self.posture
    for each in Posture.allCases {
      page.sample("guard_posture", [("posture", each.rawValue)], each == posture ? UInt64(1) : 0)
    }
  }

  private func writeWitness(to page: inout MetricsPage) {
    let status = witness.status
    page.family("witness_records_total", .counter, help: "Records that are on disk.")
    page.sample("witness_records_total", status.durable)
    page.family("witness_queued_records", .gauge, help: "Records that wait for the disk.")
    page.sample("witness_queued_records", UInt64(status.queued))
    page.family(
      "witness_refused_records_total", .counter,
      help: "Events that have no record, since the queue was full; new calls are refused long before.")
    page.sample("witness_refused_records_total", status.refused)
    if status.checkpointSize != nil {
      page.family(
        "witness_last_checkpoint_timestamp_seconds", .gauge, unit: .seconds,
        help: "When a checkpoint last counted every record that was on disk, in seconds since 1970.")
      let age = status.uncountedSince.map { (ContinuousClock.now - $0).components.seconds } ?? 0
      page.sample("witness_last_checkpoint_timestamp_seconds", UInt64(max(0, SystemClock.now().seconds - age)))
    }
    page.histogram(
      "witness_append_seconds", unit: .seconds, help: "Writing and syncing one batch of records.",
      appends.withLock { $0 })
  }

  private func writeNode(to page: inout MetricsPage) {
    page.family("ifsip_build_info", .info, help: "The version that runs; always 1.")
    page.sample("ifsip_build_info", [("version", configuration.version)], UInt64(1))
    readiness.write(to: &page)
    guard let space = Files.space(state.path) else { return }
    page.family(
      "ifsip_state_free_bytes", .gauge, unit: .bytes, help: "Room that is left for the state directory on its disk.")
    page.sample("ifsip_state_free_bytes", space.free)
    page.family(
      "ifsip_state_size_bytes", .gauge, unit: .bytes, help: "Size of the disk that holds the state directory.")
    page.sample("ifsip_state_size_bytes", space.total)
  }
}
