import H225
import H245
import H323Endpoint
import Testing
import Wire

/// Two endpoints against each other: every way to set a call up, and every way to end it.
@Suite("Calls between two endpoints")
struct CallTests {
  static let pairs = Options.all.flatMap { caller in Options.all.map { (caller, $0) } }

  @Test("media comes about both ways, whatever each side prefers", arguments: pairs)
  func media(caller: Options, callee: Options) {
    for seed in UInt64(1)...8 {
      for (alerts, early) in [(true, false), (true, true), (false, false)] {
        let network = Network(caller, callee, seed: seed)
        network.answers(alerts: alerts, early: early)
        network.call()
        #expect(network.run())
        let (ours, theirs) = (network.caller.media, network.callee.media)
        #expect(ours?.isBothWays == true && theirs?.isBothWays == true)
        #expect(ours?.outgoing?.media == address(6000, host: calleeHost))
        #expect(ours?.outgoing?.mediaControl == address(6001, host: calleeHost))
        #expect(ours?.incoming?.media == address(4000, host: callerHost))
        #expect(theirs?.outgoing?.media == address(4000, host: callerHost))
        #expect(theirs?.incoming?.media == address(6000, host: calleeHost))
        #expect(ours?.outgoing?.payloadType == 0 && theirs?.outgoing?.payloadType == 0)
        #expect(ours?.outgoing?.audio == theirs?.incoming?.audio && ours?.incoming?.audio == theirs?.outgoing?.audio)
        // Nothing runs out on a call that stands.
        network.advance(.seconds(600))
        #expect(network.caller.releases.isEmpty && network.callee.releases.isEmpty)
        network.release(Int(seed & 1), cause: 16)
        network.advance(.seconds(10))
        #expect(network.caller.releases.count == 1 && network.callee.releases.count == 1)
        #expect(network.caller.isEmpty && network.callee.isEmpty)
      }
    }
  }

  @Test("a release at any moment from either side ends everything", arguments: pairs)
  func releases(caller: Options, callee: Options) {
    for side in 0..<2 {
      for moment in 0..<40 {
        let network = Network(caller, callee, seed: UInt64(moment))
        network.answers(early: moment & 1 == 0)
        network.call()
        for _ in 0..<moment { network.step() }
        let wasThere = network.hosts[side].call != nil && network.hosts[side].endpoint.callCount == 1
        network.release(side, cause: 21)
        network.advance(.seconds(30))
        guard wasThere else {
          network.release(0)
          network.advance(.seconds(30))
          continue
        }
        #expect(network.hosts[side].releases.map { $0.side } == [.us])
        let other = network.hosts[1 - side]
        if other.call != nil, !other.events.isEmpty {
          #expect(other.releases.count <= 1)
          #expect(other.releases.allSatisfy { $0.side == .peer && $0.cause == 21 && $0.isCauseCarried })
        }
        #expect(network.caller.isEmpty && network.callee.isEmpty)
      }
    }
  }

  @Test("hold and resume from either side", arguments: pairs)
  func hold(caller: Options, callee: Options) {
    for side in 0..<2 {
      let network = Network(caller, callee, seed: 3)
      network.connect()
      let (holder, held) = (network.hosts[side], network.hosts[1 - side])
      network.setMedia(side, nil)
      network.advance(.seconds(60))
      #expect(holder.media?.incoming == nil && holder.media?.outgoing != nil)
      #expect(held.media?.outgoing == nil && held.media?.incoming != nil)
      #expect(holder.releases.isEmpty && held.releases.isEmpty)
      let elsewhere = localMedia(7000, host: strangerHost)
      network.setMedia(side, elsewhere)
      network.advance(.seconds(60))
      #expect(holder.media?.isBothWays == true && held.media?.isBothWays == true)
      #expect(held.media?.outgoing?.media == elsewhere.media)
      #expect(held.media?.outgoing?.mediaControl == elsewhere.mediaControl)
      #expect(holder.media?.incoming?.media == elsewhere.media)
      network.release(side)
      network.advance(.seconds(10))
      #expect(network.caller.isEmpty && network.callee.isEmpty)
    }
  }

  @Test("both hold, and one after the other comes back", arguments: pairs)
  func bothHold(caller: Options, callee: Options) {
    let network = Network(caller, callee, seed: 5)
    network.connect()
    network.setMedia(0, nil)
    network.setMedia(1, nil)
    network.advance(.seconds(60))
    for host in network.hosts { #expect(host.media?.incoming == nil && host.media?.outgoing == nil) }
    network.setMedia(1, localMedia(6002, host: calleeHost))
    network.advance(.seconds(60))
    #expect(network.caller.media?.outgoing?.media == address(6002, host: calleeHost))
    #expect(network.caller.media?.incoming == nil)
    network.setMedia(0, localMedia(4000, host: callerHost))
    network.advance(.seconds(60))
    #expect(network.caller.media?.isBothWays == true && network.callee.media?.isBothWays == true)
    #expect(network.caller.releases.isEmpty && network.callee.releases.isEmpty)
  }

  @Test("another address and another codec in a call", arguments: pairs)
  func change(caller: Options, callee: Options) {
    for side in 0..<2 {
      let network = Network(caller, callee, seed: 9)
      network.connect()
      let host = side == 0 ? callerHost : calleeHost
      network.setMedia(side, localMedia(8000, host: host, [.g711Alaw64k(20)]))
      network.advance(.seconds(30))
      let (ours, theirs) = (network.hosts[side].media, network.hosts[1 - side].media)
      #expect(theirs?.outgoing?.media == address(8000, host: host))
      #expect(theirs?.outgoing?.audio.codec == .g711Alaw64k)
      #expect(ours?.outgoing?.audio.codec == .g711Alaw64k)
      #expect(ours?.isBothWays == true && theirs?.isBothWays == true)
      #expect(network.caller.releases.isEmpty && network.callee.releases.isEmpty)
    }
  }

  @Test("digits both ways", arguments: pairs)
  func digits(caller: Options, callee: Options) {
    let network = Network(caller, callee, seed: 4)
    network.connect()
    network.press(0, "12#")
    network.press(1, "*ABCD0")
    network.advance(.seconds(1))
    #expect(network.digits(1) == "12#" && network.digits(0) == "*ABCD0")
    let durations = network.callee.events.compactMap { event -> UInt16?? in
      if case .digit(_, _, let milliseconds) = event { milliseconds } else { nil }
    }
    #expect(durations == [120, 120, 120])
  }

  @Test("a call whose media is not known at first", arguments: pairs)
  func lateMedia(caller: Options, callee: Options) {
    let network = Network(caller, callee, seed: 2)
    network.answers()
    network.call(media: nil)
    network.advance(.seconds(5))
    #expect(network.caller.media?.isBothWays == false)
    network.setMedia(0, localMedia(4000, host: callerHost))
    network.advance(.seconds(3))
    #expect(network.caller.media?.isBothWays == true && network.callee.media?.isBothWays == true)
    #expect(network.callee.media?.outgoing?.media == address(4000, host: callerHost))
  }

  @Test("no codec in common: the call does not stay", arguments: pairs)
  func noCodec(caller: Options, callee: Options) {
    let network = Network(caller, callee, seed: 2)
    network.answers(media: localMedia(6000, host: calleeHost, [.g722At64k(20)]))
    network.call()
    network.advance(.seconds(60))
    #expect(network.caller.releases.count == 1 && network.callee.releases.count == 1)
    #expect(network.caller.isEmpty && network.callee.isEmpty)
  }

  @Test("who calls whom is told")
  func identity() throws {
    let network = Network()
    var calling = calling(media: localMedia(4000, host: callerHost))
    calling.display = "Expert"
    calling.nonStandardData = H225.NonStandardParameter(
      nonStandardIdentifier: .object(ProtocolIdentifier.ours), data: [1, 2, 3])
    network.with(0) { _ = $0.call(calling, now: $2, into: &$1) }
    network.run()
    guard case .incoming(_, let invitation)? = network.callee.events.first else {
      Issue.record("no call")
      return
    }
    #expect(invitation.destination == calling.destination && invitation.source == calling.source)
    #expect(invitation.display == "Expert" && invitation.nonStandardData == calling.nonStandardData)
    #expect(invitation.remote == address(50_000, host: callerHost) && invitation.local.port == 1720)
    #expect(invitation.setup.callIdentifier?.guid == calling.callIdentifier)
    #expect(invitation.setup.conferenceID == calling.conferenceID && invitation.setup.multipleCalls == false)
  }

  @Test("events come in their order, each once")
  func events() {
    let network = Network()
    network.callee.user = { host, event, sink, now in
      guard case .incoming(let call, _) = event else { return }
      host.endpoint.proceed(call, now: now, into: &sink)
      host.endpoint.proceed(call, now: now, into: &sink)
      host.endpoint.alert(call, now: now, into: &sink)
      host.endpoint.alert(call, now: now, into: &sink)
      let media = localMedia(6000, host: calleeHost)
      host.endpoint.answer(call, media: media, now: now, into: &sink)
      host.endpoint.answer(call, media: media, now: now, into: &sink)
      host.endpoint.alert(call, now: now, into: &sink)
    }
    network.call()
    network.run()
    network.release(1, cause: 16)
    network.release(1, cause: 17)
    network.advance(.seconds(5))
    let names = network.caller.events.map { event -> String in
      switch event {
      case .incoming: "incoming"
      case .proceeding: "proceeding"
      case .alerting: "alerting"
      case .connected(_, let answer): "connected \(answer.display ?? "")"
      case .media(_, let media): media.isBothWays ? "both" : "some"
      case .digit: "digit"
      case .redirected: "redirected"
      case .other: "other"
      case .released(_, let release): "released \(release.cause)"
      }
    }
    #expect(Array(names.prefix(4)) == ["proceeding", "alerting", "connected end", "both"])
    #expect(names.last == "released 16" && names.filter { $0.hasPrefix("released") }.count == 1)
  }

  @Test("a hundred calls side by side")
  func many() {
    let network = Network()
    network.answers()
    var handles: [H323CallHandle] = []
    for _ in 0..<100 {
      network.with(0) { endpoint, sink, now in
        if let call = endpoint.call(calling(media: localMedia(4000, host: callerHost)), now: now, into: &sink) {
          handles.append(call)
        }
      }
    }
    #expect(network.run())
    #expect(network.caller.endpoint.callCount == 100 && network.callee.endpoint.callCount == 100)
    #expect(network.caller.endpoint.linkCount == 100)
    #expect(handles.allSatisfy { network.caller.endpoint.media(of: $0)?.isBothWays == true })
    for call in handles { network.with(0) { $0.release(call, cause: 16, now: $2, into: &$1) } }
    network.advance(.seconds(5))
    #expect(network.caller.isEmpty && network.callee.isEmpty)
  }
}
