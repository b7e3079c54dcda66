import Admissions
import Council
import H225
import H245
import H323Endpoint
import PER
import Testing
import Wire

/// Telephones that reach a hall over the wire: each has an endpoint of its own, and connections to the council's.
final class Exchange {
  /// One end of a connection: the council's, or a telephone's.
  private enum End: Hashable {
    case council(H323Link)
    case phone(Int, H323Link)
  }

  private enum Parcel {
    case open(End, SocketAddress)
    case listening(End, SocketAddress)
    case message([UInt8], from: End)
    case close(End)
  }

  let hall: Hall
  private(set) var handsets: [Handset] = []
  private var parcels: [Parcel] = []
  private var peers: [End: End] = [:]
  private var listeners: [SocketAddress: End] = [:]
  private var nextPort: UInt16 = 30_000

  init(_ configuration: CouncilConfiguration = CouncilConfiguration()) {
    hall = Hall(configuration)
    hall.onLink = { [unowned self] in perform($0, of: nil) }
    hall.onTime = { [unowned self] in
      for index in handsets.indices {
        with(index) { handset, sink in handset.endpoint.advance(now: hall.now, into: &sink) }
      }
      settle()
    }
  }

  /// Calls a room, and waits until nothing is under way.
  @discardableResult
  func call(
    _ room: String, fastStart: Bool = true, tunnels: Bool = true, audio: [AudioCapability] = [.g711Ulaw64k(20)],
    isAdmitted: Bool = true
  ) -> Handset {
    let number = handsets.count
    let phone = Phone(number + 1, says: audio[0])
    phone.identifier = GloballyUniqueID(high: 9, low: UInt64(number))
    if isAdmitted {
      let entered = hall.table.enter(
        Admission(
          callIdentifier: phone.identifier, party: .gateway(callID: "\(number)"), destination: .room(room),
          bandwidthBitsPerSecond: 128_000), now: hall.now)
      #expect(entered == .entered)
    }
    hall.phones.append(phone)
    var type = EndpointType(mc: false, undefinedNode: false)
    type.terminal = TerminalInfo()
    var configuration = H323EndpointConfiguration(endpointType: type, terminalType: 50, display: "phone")
    configuration.usesFastStart = fastStart
    configuration.tunnelsH245 = tunnels
    handsets.append(Handset(phone, configuration, audio: audio, seed: UInt64(number) + 100))
    with(number) { handset, sink in
      handset.call = handset.endpoint.call(
        H323Calling(
          to: SocketAddress(ip: Hall.address, port: 1_720), destination: [.h323ID(BMPString(room))],
          source: [.h323ID("phone")], callIdentifier: phone.identifier,
          conferenceID: GloballyUniqueID(high: 3, low: UInt64(number)), media: handset.localMedia),
        now: hall.now, into: &sink)
    }
    settle()
    return handsets[number]
  }

  func with(_ handset: Handset, _ body: (inout H323Endpoint, H323CallHandle, inout H323EndpointSink) -> Void) {
    guard let index = handsets.firstIndex(where: { $0 === handset }), let call = handset.call else { return }
    with(index) { handset, sink in body(&handset.endpoint, call, &sink) }
    settle()
  }

  func hangUp(_ handset: Handset) {
    with(handset) { $0.release($1, cause: 16, now: self.hall.now, into: &$2) }
  }

  /// Delivers what is under way.
  func settle() {
    var count = 0
    while !parcels.isEmpty {
      deliver(parcels.removeFirst())
      count += 1
      guard count < 10_000 else {
        Issue.record("it never ends")
        return
      }
    }
  }

  // MARK: Connections

  private func with(_ index: Int, _ body: (Handset, inout H323EndpointSink) -> Void) {
    var sink = H323EndpointSink()
    body(handsets[index], &sink)
    for action in sink.take() { perform(action, of: index) }
  }

  private func perform(_ action: H323EndpointAction, of index: Int?) {
    func end(_ link: H323Link) -> End { index.map { .phone($0, link) } ?? .council(link) }
    switch action {
    case .connect(let link, let address): parcels.append(.open(end(link), address))
    case .send(let bytes, let link): parcels.append(.message(bytes, from: end(link)))
    case .close(let link): parcels.append(.close(end(link)))
    case .listen(let link):
      let ip = index.map { handsets[$0].phone.address.ip } ?? Hall.address
      let address = SocketAddress(ip: ip, port: nextPort)
      nextPort += 1
      listeners[address] = end(link)
      parcels.append(.listening(end(link), address))
    case .event(let event):
      if let index { handsets[index].take(event) }
    }
  }

  private func deliver(_ parcel: Parcel) {
    switch parcel {
    case .open(let from, let address): open(from, address)
    case .listening(.council(let link), let address):
      hall.council.listening(link, at: address, now: hall.now, into: &hall.sink)
      hall.perform()
    case .listening(.phone(let index, let link), let address):
      with(index) { $0.endpoint.listening(link, at: address, now: hall.now, into: &$1) }
    case .message(let bytes, let from):
      switch peers[from] {
      case .council(let link):
        hall.council.received(bytes.span, on: link, now: hall.now, into: &hall.sink)
        hall.perform()
      case .phone(let index, let link):
        with(index) { $0.endpoint.received(bytes.span, on: link, now: hall.now, into: &$1) }
      case nil: break
      }
    case .close(let from):
      listeners = listeners.filter { $0.value != from }
      guard let peer = peers.removeValue(forKey: from) else { return }
      peers[peer] = nil
      tellClosed(peer)
    }
  }

  private func tellClosed(_ end: End) {
    switch end {
    case .council(let link):
      hall.council.closed(link, now: hall.now, into: &hall.sink)
      hall.perform()
    case .phone(let index, let link): with(index) { $0.endpoint.closed(link, now: hall.now, into: &$1) }
    }
  }

  private func open(_ from: End, _ address: SocketAddress) {
    let listening = listeners[address]
    let remote: SocketAddress =
      switch from {
      case .council: SocketAddress(ip: Hall.address, port: 50_000)
      case .phone(let index, _): SocketAddress(ip: handsets[index].phone.address.ip, port: 50_000)
      }
    var other: End?
    if case .phone(let index, let listener)? = listening {
      with(index) { handset, sink in
        other =
          handset.endpoint.accepted(from: remote, local: address, to: listener, now: hall.now, into: &sink)
          .map { .phone(index, $0) }
      }
    } else if address.ip == Hall.address {
      var listener: H323Link?
      if case .council(let link)? = listening { listener = link }
      guard listener != nil || address.port == 1_720 else { return tellClosed(from) }
      other =
        hall.council.accepted(from: remote, local: address, to: listener, now: hall.now, into: &hall.sink)
        .map { .council($0) }
      hall.perform()
    }
    guard let other else { return tellClosed(from) }
    peers[from] = other
    peers[other] = from
    switch from {
    case .council(let link):
      hall.council.opened(link, local: remote, now: hall.now, into: &hall.sink)
      hall.perform()
    case .phone(let index, let link):
      with(index) { $0.endpoint.opened(link, local: remote, now: hall.now, into: &$1) }
    }
  }
}

/// A telephone and its endpoint.
final class Handset {
  let phone: Phone
  var endpoint: H323Endpoint
  var call: H323CallHandle?
  var release: H323Release?
  private(set) var isAlerted = false
  private(set) var isConnected = false
  let localMedia: H323LocalMedia

  init(_ phone: Phone, _ configuration: H323EndpointConfiguration, audio: [AudioCapability], seed: UInt64) {
    self.phone = phone
    endpoint = H323Endpoint(configuration: configuration, seed: seed)
    localMedia = H323LocalMedia(
      media: phone.address, mediaControl: SocketAddress(ip: phone.address.ip, port: phone.address.port + 1),
      capabilities: LocalCapabilities(audio: audio))
  }

  func take(_ event: H323EndpointEvent) {
    switch event {
    case .alerting: isAlerted = true
    case .connected: isConnected = true
    case .media(_, let media):
      if let outgoing = media.outgoing { phone.says = outgoing.audio }
      if let incoming = media.incoming { phone.hears = incoming.audio }
      phone.isSending = media.outgoing != nil
    case .released(_, let release):
      self.release = release
      phone.isSending = false
    case .incoming, .proceeding, .digit, .redirected, .other: break
    }
  }
}
