import ArgumentParser
import CoreMetrics
import Glibc
import Logging
import Node
import ServiceLifecycle
import Settings
import Telemetry
import UnixSignals

/// `ifsip-proxy serve`: runs a node until SIGTERM or SIGINT; SIGHUP reloads.
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Run the proxy.",
    discussion: """
      SIGTERM or SIGINT drains (no new calls, running ones up to drain_seconds) and stops; SIGHUP reads the \
      configuration and the registry again and keeps the old ones when the new are wrong.
      """)

  @OptionGroup var options: ConfigurationOption

  func run() throws {
    let path = try options.resolvedPath()
    try Blocking.run { try await Self.serve(path) }
  }

  private static func serve(_ path: String) async throws {
    let settings = try Configuration.load(path).settings
    let logger = Logger(label: "ifsip-proxy", factory: { LineLogHandler(label: $0, settings: settings.log) })
    let collector = MetricsCollector { reason, label, times in
      logger.warning(
        "a metric of a library is not taken",
        metadata: ["reason": "\(reason.rawValue)", "metric": .string(label), "times": "\(times)"])
    }
    MetricsSystem.bootstrap(collector)
    let node = try await Node.start(
      Node.Configuration(path: path, version: Version.current, collector: collector) { path in
        let loaded = try Configuration.load(path)
        return (loaded.settings, loaded.registry)
      }, logger: logger)
    var services: [ServiceGroupConfiguration.ServiceConfiguration] = []
    if let admin = node.adminServer(onRunning: { port in
      logger.info("ready", metadata: ["admin_port": "\(port)"])
    }) {
      services.append(.init(service: admin))
    }
    services.append(.init(service: node, successTerminationBehavior: .gracefullyShutdownGroup))
    services.append(.init(service: ReloadSignal(node: node)))
    var configuration = ServiceGroupConfiguration(
      services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
    configuration.maximumGracefulShutdownDuration = settings.drain + .seconds(20)
    try await ServiceGroup(configuration: configuration).run()
  }
}

/// SIGHUP: reads the configuration and the registry again.
private struct ReloadSignal: Service {
  let node: Node

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in await UnixSignalsSequence(trapping: .sighup) { await node.reload() }
    }
  }
}
