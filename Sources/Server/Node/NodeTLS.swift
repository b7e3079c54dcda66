import Files
import Logging
import Settings
import Synchronization
public import TLSEngine
import Telemetry
import Transport
import Wire

/// The TLS contexts of a node: one for listeners, one for connections that we open. A reload replaces both at once or
/// neither; connections keep those they began with.
final class NodeTLS: Sendable {
  private struct Contexts {
    var server: TLSContext?
    var client: TLSContext?
  }

  let options: TLSFrontOptions
  private let contexts: Mutex<Contexts>

  /// Reads every file. Throws ``SettingsError``, each problem naming its file.
  init(_ settings: Settings, logger: Logger) throws {
    contexts = Mutex(try Self.contexts(settings))
    var options = TLSFrontOptions(clock: { SystemClock.now() })
    options.handshake = settings.tls.handshake
    let limiter = LogLimiter()
    options.whenFailed = { failure, remote in
      guard limiter.admits(failure.className, at: SystemClock.monotonic()) else { return }
      logger.notice(
        "TLS failed",
        metadata: ["reason": .string(failure.description), "peer": .string(remote.map(\.description) ?? "unknown")])
    }
    self.options = options
  }

  /// For connections that are accepted from now on; nil without a TLS listener.
  var server: TLSContext? { contexts.withLock { $0.server } }

  /// For connections that we open from now on.
  var client: TLSContext? { contexts.withLock { $0.client } }

  /// Reads every file again; on any problem everything stays as it is.
  func reload(_ settings: Settings) throws {
    let new = try Self.contexts(settings)
    contexts.withLock { $0 = new }
  }

  func rotateTickets(now: Instant) { server?.rotateTickets(now: now) }

  /// What `/metrics` says of TLS; nothing of certificates when there is none.
  func write(to page: inout MetricsPage) {
    page.family("tls_handshakes_total", .counter, help: "TLS handshakes and failures by how they ended.")
    for (name, count) in options.counters.snapshot {
      page.sample("tls_handshakes_total", [("result", name)], UInt64(count))
    }
    guard let certificates = server?.certificates, !certificates.isEmpty else { return }
    let now = SystemClock.now()
    page.family(
      "tls_certificate_expiry_seconds", .gauge, unit: .seconds, help: "Time until a certificate of ours expires.")
    for (index, certificate) in certificates.enumerated() {
      // The operator's own names; the number tells two apart that have the same.
      page.sample(
        "tls_certificate_expiry_seconds", [("certificate", "\(index)"), ("subject", certificate.subject)],
        Double(now.duration(to: certificate.notAfter).components.seconds))
    }
  }

  // MARK: Files

  private static func contexts(_ settings: Settings) throws(SettingsError) -> Contexts {
    let tls = settings.tls
    let now = SystemClock.now()
    var contexts = Contexts()
    let needsClient =
      settings.listeners.contains { $0.transport.isSecure } || settings.witness.cosigners.contains { $0.url.isSecure }
    do throws(TLSContextError) {
      if !tls.certificates.isEmpty {
        var server = TLSServerConfiguration(identities: try tls.certificates.map(identity))
        server.clientCertificates = TLSClientCertificates(tls.clientCertificates)
        server.clientAuthorities = try tls.clientCAPath.map(file)
        server.hasTickets = tls.hasTickets
        server.minimumVersion = TLSVersion(tls.minimumVersion)
        contexts.server = try TLSContext(server, now: now, uptime: SystemClock.monotonic())
      }
      if needsClient {
        var client = TLSClientConfiguration()
        client.authorities = try tls.authoritiesPath.map(file)
        client.identity = try tls.certificates.first.map(identity)
        client.minimumVersion = TLSVersion(tls.minimumVersion)
        contexts.client = try TLSContext(client, now: now)
      }
    } catch {
      throw SettingsError(problems: [
        SettingsProblem(
          file: error.file.isEmpty ? "tls" : error.file, line: 0, column: 0, key: "", message: error.message)
      ])
    }
    return contexts
  }

  private static func identity(_ entry: Settings.TLS.Certificate) throws(TLSContextError) -> TLSIdentity {
    TLSIdentity(
      certificate: try file(entry.certificatePath), key: try file(entry.keyPath), names: entry.names,
      status: try entry.statusPath.map(file))
  }

  private static func file(_ path: String) throws(TLSContextError) -> TLSFile {
    do {
      return TLSFile(name: path, bytes: try Files.read(path, limit: 1 << 20))
    } catch {
      throw TLSContextError(path, .unreadable("\(error)"))
    }
  }
}

/// What an operator may want to know of the TLS part of a configuration before it serves.
public enum TLSCheck {
  /// The certificates that listeners would show. Throws what serving would throw.
  public static func certificates(_ settings: Settings) throws -> [TLSCertificate] {
    try NodeTLS(settings, logger: Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }).server?.certificates ?? []
  }
}

/// Lets one line per reason and second through, so that strangers cannot fill the log.
private final class LogLimiter: Sendable {
  private let last = Mutex<[String: Instant]>([:])

  func admits(_ reason: String, at now: Instant) -> Bool {
    last.withLock { last in
      if let before = last[reason], now - before < .seconds(1) { return false }
      last[reason] = now
      return true
    }
  }
}

extension TLSClientCertificates {
  init(_ wish: Settings.TLS.ClientCertificates) {
    self =
      switch wish {
      case .none: .none
      case .optional: .optional
      case .required: .required
      }
  }
}

extension TLSVersion {
  init(_ version: Settings.TLS.Version) {
    self =
      switch version {
      case .tls12: .tls12
      case .tls13: .tls13
      }
  }
}
