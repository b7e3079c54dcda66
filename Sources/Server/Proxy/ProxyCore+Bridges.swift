import Guard
import MediaAnchor
import Relay
import SIPMessage
import SIPTransaction
import Wire
import Witness

// What the relay is told of a call, and what it tells.
extension ProxyCore {
  /// Tells the relay what has been agreed, and IF.witness that it has.
  ///
  /// - Parameter isFinal: whether it stands: the answer came with a 2xx, an ACK or a PRACK.
  mutating func tellRelay(_ call: Call, _ media: CallMedia, isFinal: Bool) {
    let updates = media.anchor.takeUpdates()
    if let relay = media.relay {
      let learning = (policy.media ?? formerMedia)?.learning ?? .off
      for update in updates {
        guard let place = media.place(of: update.stream) else { continue }
        mediaActions.append(
          .setMedia(
            relay, stream: place, caller: RelayPeer(update.peers.caller, learning: learning),
            callee: RelayPeer(update.peers.callee, learning: learning)))
      }
    }
    guard isFinal, !media.anchor.openStreams.isEmpty else { return }
    if !media.hasBegun {
      media.hasBegun = true
      bridgeRecord(.bridgeEstablished, call, media)
    } else if !updates.isEmpty {
      bridgeRecord(.bridgeChanged, call, media)
    }
  }

  private mutating func bridgeRecord(_ name: WitnessEventName, _ call: Call, _ media: CallMedia) {
    guard isWitnessed else { return }
    bridgeTurns.append((name, call.traceID, call.callID, media.lines))
  }

  /// Puts what was noted where the driver finds it; before the messages that it is about.
  mutating func flushMedia(at moment: Moment, into sink: inout ProxySink) {
    if !mediaActions.isEmpty {
      sink.actions += mediaActions
      mediaActions.removeAll()
    }
    guard !bridgeTurns.isEmpty else { return }
    for (name, traceID, callID, lines) in bridgeTurns {
      sink.actions.append(
        .record(
          WitnessEvent(
            time: moment.clock, name: name, component: "media", traceID: traceID, callID: callID,
            details: [WitnessDetail("streams", .list(lines.map(\.details)))])))
    }
    bridgeTurns.removeAll()
  }

  /// What the payload types of a relayed call's streams stand for now; empty when there is no such call.
  public func mediaFormats(of relay: RelayCallID) -> [MediaFormats] {
    guard let key = relayed[relay] else { return [] }
    return calls[key]?.media?.formats ?? []
  }

  /// Nothing has been heard of a call's media for as long as that is allowed: it is over.
  public mutating func mediaTimedOut(_ relay: RelayCallID, at moment: Moment, into sink: inout ProxySink) {
    guard let key = relayed[relay] else { return }
    counts.limitReached(NodeLimit.mediaSilence.rawValue)
    _ = hangUp(key, .silence, at: moment, into: &sink)
  }

  /// The ports of a call are closed.
  public mutating func mediaClosed(
    _ closing: MediaClosing, _ reports: [RelayReport], at moment: Moment, into sink: inout ProxySink
  ) {
    guard isWitnessed, closing.hasBegun else { return }
    var lines = closing.lines
    for index in lines.indices where index < reports.count { lines[index].report = reports[index] }
    sink.actions.append(
      .record(
        WitnessEvent(
          time: moment.clock, name: .bridgeTerminated, component: "media", traceID: closing.traceID,
          callID: closing.callID, details: [WitnessDetail("streams", .list(lines.map(\.details)))])))
  }

  /// Has the ports of calls that are over closed.
  mutating func closeMedia(into sink: inout ProxySink) {
    guard !calls.closing.isEmpty else { return }
    for closing in calls.closing {
      relayed[closing.call] = nil
      sink.actions.append(.closeMedia(closing))
    }
    calls.clearClosing()
  }
}

extension MediaClosing {
  /// Of a call that is over, or nil when it has no ports.
  init?(_ call: Call) {
    guard let media = call.media, let relay = media.relay else { return nil }
    self.init(
      call: relay, key: call.key, callID: call.callID, traceID: call.traceID, hasBegun: media.hasBegun,
      lines: media.lines)
  }

  /// Of ports that came too late.
  static func unused(_ relay: RelayCallID, _ key: CallKey) -> MediaClosing {
    MediaClosing(call: relay, key: key, callID: "", traceID: "", hasBegun: false, lines: [])
  }
}

extension MediaLine {
  /// As a record has it. No key is in it.
  fileprivate var details: WitnessValue {
    var details: [WitnessDetail] = []
    if !kind.isEmpty { details.append(WitnessDetail("media", .text(kind))) }
    details.append(WitnessDetail("caller", .members(caller.details + (report?.caller.details ?? []))))
    details.append(WitnessDetail("callee", .members(callee.details + (report?.callee.details ?? []))))
    return .members(details)
  }
}

extension MediaLine.Party {
  fileprivate var details: [WitnessDetail] {
    var details: [WitnessDetail] = []
    if let address { details.append(WitnessDetail("address", .text(address))) }
    if let codec { details.append(WitnessDetail("codec", .text(codec))) }
    details.append(WitnessDetail("direction", .text(direction)))
    details.append(WitnessDetail("suite", .text(suite ?? "none")))
    return details
  }
}

extension RelayStatistics {
  /// What a record says was counted on one leg.
  fileprivate var details: [WitnessDetail] {
    var details = [
      WitnessDetail("packets", .integer(Int64(clamping: packetsReceived))),
      WitnessDetail("bytes", .integer(Int64(clamping: bytesReceived))),
      WitnessDetail("packets_sent", .integer(Int64(clamping: packetsSent))),
      WitnessDetail("bytes_sent", .integer(Int64(clamping: bytesSent))),
      WitnessDetail("dropped", .integer(Int64(clamping: packetsDropped))),
      WitnessDetail("lost", .integer(lost)),
      WitnessDetail("jitter_us", .integer(jitter.saturatingNanoseconds / 1_000)),
    ]
    if telephoneEvents > 0 { details.append(WitnessDetail("events", .integer(Int64(clamping: telephoneEvents)))) }
    if packetsOfStrangers > 0 {
      details.append(WitnessDetail("strangers", .integer(Int64(clamping: packetsOfStrangers))))
    }
    return details
  }
}
