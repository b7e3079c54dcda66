import Admissions
import ArgumentParser
import Files
import Glibc
import Guard
import GuardianTerminal
import H245
import Logging
import Node
import OpenSSLCrypto
import Recording
import Settings
import Store
import Synchronization
import UnixSignals
import Wire

/// `ifsip-proxy guardian`: a small H.323 terminal that calls a room of the council.
struct GuardianCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "guardian", abstract: "Call a room of the council as an H.323 terminal, and say what is heard there.",
    discussion: """
      Registers with the gatekeeper, asks to be admitted with a token that --key signs, calls the room, sends a tone or \
      a file, and prints how long it took, what was lost and what was heard. Without --gatekeeper and --mcu it asks the \
      gatekeeper of the configuration.

      Ends with 0 when it was in the room and heard something, with 1 when not; the message says what to do.

      Examples:
        ifsip-proxy guardian --room council-safety --id if://guardian/technical --key technical.key --seconds 5
        ifsip-proxy guardian --room council-safety --gatekeeper 10.0.0.7:1719 --address 10.0.0.9 --tone 440 --json
      """)

  @Option(help: "The room: council-safety.")
  var room: String
  @Option(help: ArgumentHelp("The gatekeeper to register with; several are tried in order.", valueName: "host:1719"))
  var gatekeeper: [String] = []
  @Option(help: ArgumentHelp("Call there without a gatekeeper.", valueName: "host:1720"))
  var mcu: String?
  @Option(help: ArgumentHelp("Who it is in the registry.", valueName: "if://guardian/…"))
  var id = "if://guardian/check"
  @Option(help: "Its alias, a name or a number; may be given again.")
  var alias: [String] = []
  @Option(help: ArgumentHelp("Its private key, as key generate wrote it.", valueName: "file"))
  var key: String?
  @Option(help: ArgumentHelp("A file with its h235_password in the first line.", valueName: "file"))
  var password: String?
  @Option(help: ArgumentHelp("Our address, where the gatekeeper is on another machine.", valueName: "address"))
  var address: String?
  @Option(help: ArgumentHelp("Send a tone, 20 to 3900 Hz.", valueName: "hertz"))
  var tone: Int?
  @Option(
    help: ArgumentHelp(
      "Send a WAV file again and again: 8000 samples a second, one channel, 16 bits.", valueName: "file"))
  var wav: String?
  @Option(help: ArgumentHelp("Write what is heard to a WAV file.", valueName: "file"))
  var record: String?
  @Option(help: "How long to stay; without it until Ctrl-C.")
  var seconds: Int?
  @Option(help: ArgumentHelp("Digits to send: 0-9 * # A-D, ! for a hook flash.", valueName: "digits"))
  var dtmf: String?
  @Flag(help: "Send digits in RTP (RFC 4733) instead of H.245.")
  var dtmfInRtp = false
  @Option(help: "pcmu, pcma or g722; may be given again, the most wanted first.")
  var codec: [String] = []
  @Option(help: ArgumentHelp("The trace_id that its Setup carries.", valueName: "trace_id"))
  var trace: String?
  @Flag(help: "No fast connect.")
  var slowStart = false
  @Flag(help: "H.245 on a connection of its own.")
  var noTunnel = false
  @Flag(help: "Print JSON.")
  var json = false
  @OptionGroup var configuration: ConfigurationOption

  func validate() throws {
    guard RoomName.isRoom(room) else {
      throw ValidationError("--room must be council, or council- and up to 64 letters, digits and . _ -")
    }
    guard gatekeeper.isEmpty || mcu == nil else { throw ValidationError("--gatekeeper or --mcu, not both") }
    guard tone == nil || wav == nil else { throw ValidationError("--tone or --wav, not both") }
    if let tone, !ToneGenerator.hertz.contains(tone) { throw ValidationError("--tone must be 20 to 3900") }
    if let seconds, !(1...86_400).contains(seconds) { throw ValidationError("--seconds must be 1 to 86400") }
    for text in gatekeeper + (mcu.map { [$0] } ?? []) where Self.host(text, port: 1) == nil {
      throw ValidationError("\(text): give a host and its port, as 10.0.0.7:1719 or gk.example.net")
    }
    if let address, IPAddress(address) == nil { throw ValidationError("--address must be an IP address") }
    for name in codec where Self.capability(name) == nil { throw ValidationError("--codec must be pcmu, pcma or g722") }
    if let dtmf,
      dtmf.isEmpty || dtmf.utf8.count > GuardianConfiguration.maxDigits || !dtmf.utf8.allSatisfy(Self.isDigit)
    {
      throw ValidationError("--dtmf must be 1 to \(GuardianConfiguration.maxDigits) of 0-9 * # A-D !")
    }
    if let trace, !TraceID.isTraceID(trace.utf8) {
      throw ValidationError("--trace must be 1 to 64 letters, digits and . _ -")
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { "0123456789*#ABCD!".utf8.contains(byte) }

  private static func capability(_ name: String) -> AudioCapability? {
    switch name.lowercased() {
    case "pcmu": .g711Ulaw64k(20)
    case "pcma": .g711Alaw64k(20)
    case "g722": .g722At64k(20)
    default: nil
    }
  }

  /// `10.0.0.7`, `gk.example.net:1719`, `[::1]:1719`, `::1`; nil for anything else.
  static func host(_ text: String, port: UInt16) -> Settings.HostPort? {
    if IPAddress(text) != nil { return Settings.HostPort(host: text, port: port) }
    guard var host = Settings.HostPort(text, defaultPort: port) else { return nil }
    if host.host == "localhost" { host.host = "127.0.0.1" }
    return host
  }

  func run() throws {
    let way = try way()
    let host = try ownAddress(towards: way)
    let recorder = try record.map { try GuardianRecorder($0) }
    let isQuiet = json
    let nowhere = SocketAddress(ip: host, port: 0)
    var wanted = GuardianConfiguration(
      room: room, way: way, terminalID: id, aliases: alias, ras: nowhere, signalling: nowhere, media: nowhere,
      control: nowhere)
    wanted.key = try readKey()
    wanted.password = try readPassword()
    wanted.source = try source()
    if !codec.isEmpty { wanted.codecs = codec.compactMap(Self.capability) }
    wanted.digits = Array((dtmf ?? "").utf8)
    wanted.sendsDigitsInRTP = dtmfInRtp
    wanted.stay = seconds.map { .seconds($0) }
    wanted.traceID = trace
    wanted.usesFastStart = !slowStart
    wanted.tunnelsH245 = !noTunnel
    let make: @Sendable (GuardianCall.Addresses) -> GuardianConfiguration = { [wanted] addresses in
      var made = wanted
      made.ras = addresses.ras
      made.signalling = addresses.signalling
      made.media = addresses.media
      made.control = addresses.control
      return made
    }
    let result = GuardianResult()
    try Blocking.run {
      var logger = Logger(label: "guardian")
      logger.logLevel = .critical
      let call = try await GuardianCall.start(on: host, logger: logger, make: make) { action in
        switch action {
        case .heard(let samples): recorder?.append(samples)
        case .progress(let step): if !isQuiet { Terminal.complain(Self.words(step)) }
        default: break
        }
      }
      let signals = Task {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { call.hangUp() }
      }
      defer { signals.cancel() }
      let report = try await call.report()
      result.report.withLock { $0 = report }
    }
    recorder?.finish()
    guard let report = result.report.withLock({ $0 }) else { throw StoreError(.invalid, "the call has no report") }
    print(json ? JSONText.of(report.json) : Self.text(report))
    if let problem = recorder?.problem { throw StoreError(.fileSystem, problem) }
    guard report.isGood else {
      throw StoreError(.invalid, report.failure ?? "it was in the room and heard nothing: no RTP has come")
    }
  }

  // MARK: What it needs

  private func way() throws -> GuardianConfiguration.Way {
    if let mcu = mcu.flatMap({ Self.host($0, port: Settings.Council.defaultSignallingPort) }) {
      return .direct(try find([mcu], .mcu)[0])
    }
    let asked = gatekeeper.compactMap { Self.host($0, port: Settings.Council.defaultRASPort) }
    if !asked.isEmpty { return .gatekeepers(try find(asked, .gatekeeper)) }
    let council = try configuration.settings().council
    switch council.mode {
    case .builtin: return .gatekeepers([council.ras])
    case .external(let external):
      if !external.gatekeepers.isEmpty { return .gatekeepers(try find(external.gatekeepers, .gatekeeper)) }
      return .direct(try find(external.mcu.map { [$0] } ?? [], .mcu)[0])
    case .off: throw StoreError(.invalid, "the configuration has no council (mode: off); name one with --gatekeeper")
    }
  }

  /// Where hosts are: at least one address.
  private func find(_ hosts: [Settings.HostPort], _ service: CouncilHosts.Service) throws -> [SocketAddress] {
    let known = hosts.compactMap(\.address)
    if known.count == hosts.count, !known.isEmpty { return known }
    // Without a configuration the servers of the system are asked.
    let dns = (try? configuration.settings().dns) ?? Settings.DNS()
    let family = address.flatMap { IPAddress($0)?.isIPv4 }
    let found = Mutex<[SocketAddress]>([])
    try Blocking.run {
      let addresses = try await CouncilHosts.addresses(of: hosts, service, isIPv4: family, dns: dns)
      found.withLock { $0 = addresses }
    }
    let all = found.withLock { $0 }
    guard !all.isEmpty else {
      let names = hosts.map(\.host).joined(separator: ", ")
      throw StoreError(.invalid, "\(names): DNS has no address for it; is the name right, and dns.servers?")
    }
    return all
  }

  private func ownAddress(towards way: GuardianConfiguration.Way) throws -> IPAddress {
    if let address, let ip = IPAddress(address) { return ip }
    let far: IPAddress? =
      switch way {
      case .gatekeepers(let all): all.first?.ip
      case .direct(let one): one.ip
      }
    guard let far, far.isLoopback else {
      throw StoreError(
        .invalid, "the council is on another machine, which has to know where we are: say so with --address OUR-ADDRESS"
      )
    }
    return far
  }

  private func readKey() throws -> GuardianKey? {
    guard let key else { return nil }
    do {
      let bytes = try Files.read(key, limit: 1_024)
      let text = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
      return GuardianKey(try Ed25519PrivateKey(seedText: text))
    } catch let error as FileError {
      throw StoreError(.fileSystem, "\(error)")
    } catch let error as KeyError {
      throw StoreError(.invalid, "\(key) holds no private key: \(error); make one with: ifsip-proxy key generate FILE")
    }
  }

  private func readPassword() throws -> H2351Password? {
    guard let password else { return nil }
    do throws(FileError) {
      let bytes = try Files.read(password, limit: 1_024)
      return H2351Password(String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self))
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  private func source() throws -> AudioSource {
    if let tone { return .tone(hertz: tone) }
    guard let wav else { return .silence }
    do {
      let bytes = try Files.read(wav, limit: 2 * WAVSamples.maxSamples + 65_536)
      return .samples(try WAVSamples(parsing: bytes.span).samples)
    } catch let error as FileError {
      throw StoreError(.fileSystem, "\(error)")
    } catch let error as WAVError {
      throw StoreError(
        .invalid,
        "\(wav) cannot be played: \(error); make one with: ffmpeg -i \(wav) -ar 8000 -ac 1 -c:a pcm_s16le OUT.wav")
    }
  }

  // MARK: For people

  private static func words(_ step: GuardianProgress) -> String {
    switch step {
    case .registered(let address): "registered with \(address)"
    case .refused(let why): why
    case .admitted(let address): "admitted; calling \(address)"
    case .ringing: "ringing"
    case .connected: "connected"
    case .media(let sent, let received): "media: sends \(sent ?? "nothing"), receives \(received ?? "nothing")"
    case .digit(let digit): "digit \(String(UnicodeScalar(digit)))"
    case .leaving: "leaving"
    }
  }

  private static func text(_ report: GuardianReport) -> String {
    let json = report.json
    var lines: [String] = []
    for (name, value) in json.object?.map({ ($0, $1) }) ?? [] {
      switch value {
      case .object(let members):
        lines.append("\(name): " + members.map { "\($0) \(JSONText.of($1))" }.joined(separator: ", "))
      default: lines.append("\(name): \(value.string ?? JSONText.of(value))")
      }
    }
    return lines.map(Table.safe).joined(separator: "\n")
  }
}

/// The report, handed from one task to another.
private final class GuardianResult: Sendable {
  let report = Mutex<GuardianReport?>(nil)
}

/// Writes what is heard; used by the reactor's thread while the call lasts, and by the command afterwards.
private final class GuardianRecorder: Sendable {
  private struct State: ~Copyable {
    var writer = WAVWriter(.pcm16, sampleRate: 8_000)
    var place = 0
    var problem: String?
  }

  private let file: OpenFile
  private let state = Mutex(State())

  init(_ path: String) throws {
    do {
      file = try OpenFile(path, .createNew)
    } catch {
      throw StoreError(.fileSystem, "\(error); a recording takes the place of no other file")
    }
    writeHead()
  }

  private func writeHead() {
    state.withLock { state in
      let head = state.writer.head()
      state.place = max(state.place, head.count)
      do { try file.write(head.span, at: 0) } catch { state.problem = "the recording cannot be written: \(error)" }
    }
  }

  var problem: String? { state.withLock { $0.problem } }

  func append(_ samples: [Int16]) {
    let isPatchDue = state.withLock { state -> Bool in
      guard state.problem == nil else { return false }
      do {
        var bytes: [UInt8] = []
        try state.writer.append(samples.span, into: &bytes)
        try file.write(bytes.span, at: state.place)
        state.place += bytes.count
      } catch {
        state.problem = "the recording broke off: \(error)"
      }
      return state.writer.isPatchDue
    }
    if isPatchDue { writeHead() }
  }

  func finish() { writeHead() }
}
