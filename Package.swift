// swift-tools-version: 6.2
import PackageDescription

// The folders under Sources/ are the storeys of the house; a target imports only from storeys below its own
// (docs/architecture.md; tools/lint holds the list).

let strict: [SwiftSetting] = [
  .enableExperimentalFeature("Lifetimes"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .treatWarning("DeprecatedDeclaration", as: .warning),
]

/// Tests are compiled once and run once: optimizing them takes five times as long as they could ever save. What they test
/// is optimized as in the product.
let unoptimized: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let coreMetrics = Target.Dependency.product(name: "CoreMetrics", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

func library(
  _ name: String, _ storey: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/\(storey)/\(name)", resources: resources,
    swiftSettings: strict)
}

/// The console's files, compiled in.
let consoleFiles: [Resource] = [
  "index.html", "console.css", "icon.svg", "bytes.js", "calls.js", "council.js", "dom.js", "guard.js", "ladder.js",
  "log.js", "main.js", "merkle.js", "note.js", "proof.js", "record.js", "server.js", "sha256.js", "words.js",
].map { .embedInCode("Console/\($0)") }

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, path: "Tests/\(name)Tests",
    swiftSettings: strict + unoptimized)
}

func fuzz(_ name: String, _ dependencies: [Target.Dependency], hasDictionary: Bool = false) -> Target {
  .executableTarget(
    name: name, dependencies: ["FuzzSupport"] + dependencies, path: "Fuzz/\(name)",
    exclude: ["corpus"] + (hasDictionary ? ["dictionary"] : []), swiftSettings: strict)
}

func benchmark(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, path: "Benchmarks/\(name)", swiftSettings: strict)
}

let package = Package(
  name: "ifsip-proxy",
  products: [
    .executable(name: "ifsip-proxy", targets: ["ifsip-proxy"]),
    .library(name: "Wire", targets: ["Wire"]),
    .library(name: "OpenSSLCrypto", targets: ["OpenSSLCrypto"]),
    .library(name: "WebSocket", targets: ["WebSocket"]),
    .library(name: "TLSEngine", targets: ["TLSEngine"]),
    .library(name: "HEP", targets: ["HEP"]),
    .library(name: "SIPMessage", targets: ["SIPMessage"]),
    .library(name: "SIPTransaction", targets: ["SIPTransaction"]),
    .library(name: "SIPLocation", targets: ["SIPLocation"]),
    .library(name: "SIPDialog", targets: ["SIPDialog"]),
    .library(name: "DigestAuth", targets: ["DigestAuth"]),
    .library(name: "SDP", targets: ["SDP"]),
    .library(name: "PER", targets: ["PER"]),
    .library(name: "H245", targets: ["H245"]),
    .library(name: "H225", targets: ["H225"]),
    .library(name: "H323Endpoint", targets: ["H323Endpoint"]),
    .library(name: "Codecs", targets: ["Codecs"]),
    .library(name: "RTP", targets: ["RTP"]),
    .library(name: "SRTP", targets: ["SRTP"]),
    .library(name: "Relay", targets: ["Relay"]),
    .library(name: "Jitter", targets: ["Jitter"]),
    .library(name: "Mixer", targets: ["Mixer"]),
    .library(name: "DTMF", targets: ["DTMF"]),
    .library(name: "Opus", targets: ["Opus"]),
    .library(name: "Transcoder", targets: ["Transcoder"]),
    .library(name: "Recording", targets: ["Recording"]),
    .library(name: "Guard", targets: ["Guard"]),
    .library(name: "Witness", targets: ["Witness"]),
    .library(name: "Telemetry", targets: ["Telemetry"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    // Its traits bring swift-configuration along, and two of them reach the compiler in an order of their own each time.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
  ],
  targets: [
    // Core
    .systemLibrary(
      name: "COpenSSL", path: "Sources/Core/COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(
      name: "CCares", path: "Sources/Core/CCares", pkgConfig: "libcares", providers: [.apt(["libc-ares-dev"])]),
    .systemLibrary(name: "CZlib", path: "Sources/Core/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "COpus", path: "Sources/Core/COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
    .target(name: "CIfsipLinux", path: "Sources/Core/CIfsipLinux"),
    library("Wire", "Core"),
    library("OpenSSLCrypto", "Core", ["COpenSSL", "Wire"]),
    library("WebSocket", "Core", ["CZlib", "OpenSSLCrypto", "Wire"]),
    library("TLSEngine", "Core", ["COpenSSL", "OpenSSLCrypto", "Wire"]),
    library("HEP", "Core", ["Wire"]),

    // SIP
    library("SIPMessage", "SIP", ["Wire"]),
    library("SIPTransaction", "SIP", ["SIPMessage", "Wire"]),
    library("SIPLocation", "SIP", ["SIPTransaction", "SIPMessage", "Wire"]),
    library("SIPDialog", "SIP", ["SIPTransaction", "SIPMessage", "Wire"]),
    library("DigestAuth", "SIP", ["SIPMessage", "OpenSSLCrypto", "Wire"]),
    library("SDP", "SIP", ["Wire"]),

    // H.323
    library("PER", "H323", ["Wire"]),
    library("H245", "H323", ["PER", "Wire"]),
    library("H225", "H323", ["PER", "Wire"]),
    library("H323Endpoint", "H323", ["H225", "H245", "PER", "Wire"]),

    // Media
    library("Codecs", "Media"),
    library("RTP", "Media", ["Wire"]),
    library("SRTP", "Media", ["RTP", "OpenSSLCrypto", "Wire"]),
    library("Relay", "Media", ["Transcoder", "Opus", "DTMF", "Codecs", "RTP", "SRTP", "OpenSSLCrypto", "Wire"]),
    library("Jitter", "Media", ["Codecs", "RTP", "Wire"]),
    library("Mixer", "Media", ["Jitter", "Codecs", "RTP", "Wire"]),
    library("DTMF", "Media", ["Codecs", "Wire"]),
    library("Opus", "Media", ["COpus", "Wire"]),
    library("Transcoder", "Media", ["RTP", "Codecs", "Opus", "Wire"]),
    library("Recording", "Media", ["Transcoder", "RTP", "Wire"]),

    // The domain
    library("Guard", "IF", ["OpenSSLCrypto", "Wire"]),
    library("Witness", "IF", ["OpenSSLCrypto", "Wire"]),

    // What runs
    library("Reactor", "Server", ["CIfsipLinux", "Wire"]),
    library("Resolver", "Server", ["Reactor", "SIPLocation", "CCares", "CIfsipLinux", "Wire"]),
    library("Media", "Server", ["Reactor", "Relay", "DTMF", "Wire"]),
    library("ProxyProtocol", "Server", ["Wire"]),
    library(
      "Transport", "Server",
      [
        "ProxyProtocol", "Reactor", "SIPTransaction", "SIPMessage", "H323Endpoint", "H225", "TLSEngine", "WebSocket",
        "OpenSSLCrypto", "Wire", nioCore, nioPosix, logging,
      ]),
    library(
      "Proxy", "Server",
      [
        "MediaAnchor", "Relay", "SDP", "SIPTransaction", "SIPMessage", "SIPLocation", "DigestAuth", "Guard", "Witness",
        "Telemetry", "OpenSSLCrypto", "Wire",
      ]),
    library("Admissions", "Server", ["Guard", "H225", "PER", "OpenSSLCrypto", "Wire"]),
    library(
      "Gatekeeper", "Server", ["Admissions", "Guard", "Witness", "H225", "PER", "OpenSSLCrypto", "Wire"]),
    library(
      "Council", "Server",
      [
        "Admissions", "Guard", "H323Endpoint", "H225", "H245", "Mixer", "Jitter", "Codecs", "DTMF", "RTP", "Relay",
        "Wire",
      ]),
    library(
      "GuardianTerminal", "Server",
      ["Admissions", "H323Endpoint", "H225", "H245", "PER", "Jitter", "Codecs", "RTP", "OpenSSLCrypto", "Wire"]),
    library(
      "Gateway", "Server",
      [
        "SIPDialog", "SIPTransaction", "SIPMessage", "SDP", "H323Endpoint", "H225", "H245", "PER", "DTMF", "Codecs",
        "Wire",
      ]),
    library("MediaAnchor", "Server", ["Relay", "Transcoder", "Opus", "SDP", "SRTP", "OpenSSLCrypto", "Wire"]),
    library("Files", "Server", ["CZlib"]),
    library(
      "HTTPClient", "Server", ["Transport", "TLSEngine", "Wire", nioCore, nioPosix, nioHTTP]),
    library("Settings", "Server", ["Files", "Guard", "Witness", "Wire", .product(name: "Yams", package: "Yams")]),
    library(
      "Store", "Server",
      ["Files", "Witness", "DigestAuth", "OpenSSLCrypto", "Wire", .product(name: "GRDB", package: "GRDB.swift")]),
    library("Telemetry", "Server", ["Wire", coreMetrics]),
    library("AdminQuery", "Server", ["Guard", "Wire"]),
    library(
      "Admin", "Server",
      [
        "AdminQuery", "Files", "Telemetry", "Wire", coreMetrics,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"), logging, lifecycle, nioCore,
      ], resources: consoleFiles),
    library(
      "Node", "Server",
      [
        "GuardianTerminal", "AdminQuery", "DTMF", "Recording", "Transcoder", "Council", "Gateway", "H245", "Reactor",
        "Transport", "HTTPClient",
        "Resolver", "SIPLocation", "Proxy", "Settings", "Store", "Telemetry",
        "Admin", "Guard", "Witness", "DigestAuth", "Files", "TLSEngine", "WebSocket", "HEP", "Media", "MediaAnchor",
        "Relay", "Admissions", "Gatekeeper", "H323Endpoint", "H225", "PER",
        "SIPTransaction", "SIPMessage", "OpenSSLCrypto", "Wire", logging, lifecycle, nioCore, nioPosix,
      ]),
    .executableTarget(
      name: "ifsip-proxy",
      dependencies: [
        "Node", "Settings", "Store", "Telemetry", "Files", "Witness", "Guard", "DigestAuth", "OpenSSLCrypto",
        "TLSEngine", "GuardianTerminal", "Admissions", "H245", "Recording", "Wire", coreMetrics, logging, lifecycle,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Sources/ifsip-proxy", swiftSettings: strict),

    // Tests
    tests("Wire"),
    tests("OpenSSLCrypto", ["Wire"]),
    tests("WebSocket", ["OpenSSLCrypto", "Wire"]),
    .target(
      name: "CertificateSupport", dependencies: ["TLSEngine", "Wire"], path: "Tests/CertificateSupport",
      swiftSettings: strict),
    tests("TLSEngine", ["CertificateSupport", "Wire"]),
    tests("HEP", ["Wire"]),
    tests("SIPMessage", ["Wire"]),
    tests("SIPTransaction", ["SIPMessage", "Wire"]),
    tests("SIPLocation", ["SIPTransaction", "SIPMessage", "Wire"]),
    tests("SIPDialog", ["SIPTransaction", "SIPMessage", "Wire"]),
    tests("DigestAuth", ["SIPMessage", "OpenSSLCrypto", "Wire"]),
    tests("SDP", ["Wire"]),
    tests("PER", ["Wire"]),
    tests("H245", ["PER", "Wire"]),
    // H.245 messages behind a pipe, for Tests/EndToEnd/test_h245_oracle.py.
    .executableTarget(
      name: "H245Pipe", dependencies: ["H245", "PER", "Wire"], path: "Tests/Interop/H245Pipe", swiftSettings: strict),
    tests("H225", ["PER", "Wire"]),
    // H.225.0 behind a pipe, for Tests/EndToEnd/test_h225_oracle.py.
    .executableTarget(
      name: "H225Pipe", dependencies: ["H225", "PER", "Wire"], path: "Tests/Interop/H225Pipe", swiftSettings: strict),
    tests("H323Endpoint", ["H225", "H245", "PER", "Wire"]),
    .target(name: "ToneSupport", path: "Tests/ToneSupport", swiftSettings: strict),
    tests("Codecs", ["ToneSupport", "Wire"]),
    tests("DTMF", ["Codecs", "Wire"]),
    tests("Opus", ["ToneSupport", "Wire"]),
    tests("Transcoder", ["Codecs", "Opus", "RTP", "ToneSupport", "Wire"]),
    tests("Recording", ["Codecs", "RTP", "ToneSupport", "Transcoder", "Wire"]),
    // Files for Tests/EndToEnd/test_recordings.py.
    .executableTarget(
      name: "RecordingSamples", dependencies: ["Codecs", "RTP", "Recording", "ToneSupport", "Wire"],
      path: "Tests/Interop/RecordingSamples", swiftSettings: strict),
    tests("RTP", ["Wire"]),
    tests("SRTP", ["RTP", "OpenSSLCrypto", "Wire"]),
    // Made-up networks, for the tests of the jitter buffer and for its benchmark.
    .target(
      name: "AudioTraces", dependencies: ["Jitter", "Codecs", "RTP", "Wire"], path: "Tests/AudioTraces",
      swiftSettings: strict),
    tests("Jitter", ["AudioTraces", "Codecs", "RTP", "Wire"]),
    tests("Mixer", ["AudioTraces", "Jitter", "Codecs", "RTP", "Wire"]),
    // The codecs behind a pipe, for Tests/EndToEnd/test_codecs.py.
    .executableTarget(
      name: "CodecPipe", dependencies: ["Codecs"], path: "Tests/Interop/CodecPipe", swiftSettings: strict),
    // SRTP behind a pipe, for Tests/EndToEnd/test_srtp.py.
    .executableTarget(
      name: "SRTPPipe", dependencies: ["SRTP", "RTP", "Wire"], path: "Tests/Interop/SRTPPipe", swiftSettings: strict),
    tests("Relay", ["Opus", "ToneSupport", "Transcoder", "Codecs", "DTMF", "RTP", "SRTP", "OpenSSLCrypto", "Wire"]),
    tests("Guard", ["OpenSSLCrypto", "Wire"]),
    tests("Witness", ["OpenSSLCrypto", "Wire"]),
    tests("Reactor", ["Wire"]),
    tests("Resolver", ["SIPLocation", "SIPTransaction", "SIPMessage", "Wire"]),
    tests("Media", ["Reactor", "Relay", "Wire"]),
    tests("ProxyProtocol", ["Wire"]),
    tests(
      "Transport",
      [
        "CertificateSupport", "Reactor", "SIPMessage", "SIPTransaction", "H323Endpoint", "H245", "H225", "PER",
        "TLSEngine", "WebSocket", "Wire", nioCore, nioPosix, logging,
      ]),
    tests(
      "Proxy",
      [
        "MediaAnchor", "Relay", "SIPTransaction", "SIPMessage", "SIPLocation", "DigestAuth", "Guard", "Witness",
        "Telemetry", "OpenSSLCrypto", "Wire",
      ]),
    tests(
      "Council",
      [
        "Admissions", "AudioTraces", "H323Endpoint", "H225", "H245", "PER", "Mixer", "Codecs", "RTP", "Relay", "Wire",
      ]),
    tests(
      "GuardianTerminal",
      ["Admissions", "H323Endpoint", "H225", "H245", "PER", "Jitter", "Codecs", "RTP", "OpenSSLCrypto", "Wire"]),
    tests(
      "Gateway",
      [
        "SIPDialog", "SIPTransaction", "SIPMessage", "SDP", "H323Endpoint", "H225", "H245", "PER", "Wire",
      ]),
    tests("Admissions", ["Guard", "H225", "PER", "OpenSSLCrypto", "Wire"]),
    tests("Gatekeeper", ["Admissions", "Guard", "Witness", "H225", "PER", "OpenSSLCrypto", "Wire"]),
    tests("MediaAnchor", ["Transcoder", "Relay", "SDP", "SRTP", "Wire"]),
    tests("HTTPClient", ["CertificateSupport", "Transport", "TLSEngine", "Wire", nioCore, nioPosix]),
    tests("Settings", ["Files", "Guard", "Witness", "OpenSSLCrypto", "Wire"]),
    tests(
      "Store",
      ["Files", "Witness", "DigestAuth", "OpenSSLCrypto", "Wire", .product(name: "GRDB", package: "GRDB.swift")]),
    tests("Telemetry", ["Wire", coreMetrics]),
    tests("Files"),
    tests("AdminQuery", ["Guard", "Wire"]),
    tests("Admin", ["Wire", nioCore, nioPosix, logging]),

    // Fuzzing: tools/fuzz builds these under libFuzzer; without it they replay corpus files (IFSIP_FUZZ=1).
    .target(name: "FuzzSupport", path: "Fuzz/FuzzSupport", swiftSettings: strict),
    fuzz("FuzzCanonicalJSON", ["Wire"]),
    fuzz("FuzzSIPMessage", ["SIPMessage", "Wire"]),
    fuzz("FuzzSIPURI", ["SIPMessage", "Wire"]),
    fuzz("FuzzStreamFramer", ["SIPMessage", "Wire"]),
    fuzz("FuzzWebSocket", ["WebSocket", "Wire"]),
    fuzz("FuzzDeflate", ["WebSocket", "Wire"]),
    fuzz("FuzzDNS", ["SIPLocation", "SIPTransaction", "SIPMessage", "Wire"]),
    fuzz("FuzzTLS", ["TLSEngine", "COpenSSL", "Wire"]),
    fuzz("FuzzHEP", ["HEP", "Wire"]),
    fuzz("FuzzTransactions", ["SIPTransaction", "SIPMessage", "Wire"]),
    fuzz(
      "FuzzProxy",
      [
        "Proxy", "MediaAnchor", "Relay", "SIPLocation", "SIPTransaction", "SIPMessage", "DigestAuth", "Guard",
        "OpenSSLCrypto", "Wire",
      ]),
    fuzz("FuzzHiding", ["Proxy", "SIPTransaction", "SIPMessage", "Guard", "Wire"]),
    fuzz(
      "FuzzGateway",
      ["Gateway", "SIPDialog", "SIPTransaction", "SIPMessage", "SDP", "H323Endpoint", "H225", "H245", "PER", "Wire"]),
    fuzz("FuzzMediaAnchor", ["MediaAnchor", "Relay", "SDP", "Wire"]),
    fuzz("FuzzDialog", ["SIPDialog", "SIPTransaction", "SIPMessage", "Wire"]),
    fuzz("FuzzDigest", ["DigestAuth", "SIPMessage", "Wire"]),
    fuzz("FuzzSDP", ["SDP", "Wire"], hasDictionary: true),
    fuzz("FuzzPER", ["PER", "Wire"]),
    fuzz("FuzzTPKT", ["H225", "PER", "Wire"]),
    fuzz("FuzzQ931", ["H225", "PER", "Wire"]),
    fuzz("FuzzH225", ["H225", "PER", "Wire"]),
    fuzz("FuzzRAS", ["H225", "PER", "Wire"]),
    fuzz("FuzzGatekeeper", ["Gatekeeper", "Admissions", "Guard", "H225", "PER", "OpenSSLCrypto", "Wire"]),
    fuzz("FuzzRTP", ["RTP", "Wire"]),
    fuzz("FuzzRTCP", ["RTP", "Wire"]),
    fuzz("FuzzSRTP", ["SRTP", "RTP", "Wire"]),
    fuzz("FuzzH245", ["H245", "PER", "Wire"]),
    fuzz("FuzzControlSession", ["H245", "PER", "Wire"]),
    fuzz("FuzzH323Endpoint", ["H323Endpoint", "H225", "H245", "PER", "Wire"]),
    fuzz("FuzzG722", ["Codecs"]),
    fuzz("FuzzJitterBuffer", ["Jitter", "Codecs", "RTP", "Wire"]),
    fuzz("FuzzMixer", ["Mixer"]),
    fuzz(
      "FuzzCouncil",
      ["Council", "Admissions", "H323Endpoint", "H225", "H245", "Mixer", "RTP", "Relay", "Wire"]),
    fuzz("FuzzRelay", ["Relay", "RTP", "SRTP", "Wire"]),
    fuzz("FuzzTelephoneEvent", ["Codecs", "Wire"]),
    fuzz("FuzzDTMF", ["DTMF", "Codecs", "Wire"]),
    fuzz("FuzzOpusPacket", ["Opus", "COpus", "Wire"]),
    fuzz("FuzzQuery", ["AdminQuery", "Guard", "Wire"]),
    fuzz("FuzzProxyProtocol", ["ProxyProtocol", "Wire"]),
    fuzz("FuzzIFHeaders", ["Guard", "OpenSSLCrypto", "Wire"]),
    fuzz("FuzzAlerts", ["Guard", "Wire"]),
    fuzz("FuzzRegistry", ["Settings", "Guard", "Wire"], hasDictionary: true),
    fuzz("FuzzMetrics", ["Telemetry", "Wire", coreMetrics]),
    fuzz("FuzzNote", ["Witness", "OpenSSLCrypto", "Wire"]),
    fuzz("FuzzTile", ["Witness", "OpenSSLCrypto", "Wire"]),
    fuzz("FuzzWitness", ["Witness", "Wire"]),

    // Examples
    .executableTarget(
      name: "ParseMessage", dependencies: ["SIPMessage", "Wire"], path: "Examples/ParseMessage", swiftSettings: strict),
    .executableTarget(
      name: "Caller", dependencies: ["Reactor", "SIPDialog", "SIPMessage", "SIPTransaction", "Wire"],
      path: "Examples/Caller", swiftSettings: strict),

    // Benchmarks
    .target(name: "BenchmarkSupport", path: "Benchmarks/BenchmarkSupport", swiftSettings: strict),
    benchmark("BenchmarkSIPParser", ["BenchmarkSupport", "SIPMessage", "Wire"]),
    benchmark("BenchmarkSDP", ["BenchmarkSupport", "SDP", "Wire"]),
    benchmark("BenchmarkH225", ["H225", "PER", "Wire"]),
    benchmark("BenchmarkReactorEcho", ["Reactor", "Wire"]),
    benchmark("BenchmarkAudio", ["Mixer", "Jitter", "AudioTraces", "Codecs", "RTP", "Wire"]),
    benchmark("BenchmarkRelay", ["Media", "Relay", "SRTP", "Reactor", "Wire"]),
    benchmark("BenchmarkSRTP", ["BenchmarkSupport", "SRTP", "RTP", "Wire"]),
    benchmark("BenchmarkWitness", ["Store", "Files", "Witness", "Wire"]),
  ],
  swiftLanguageModes: [.v6]
)

// For `tools/fuzz`: the fuzz targets and what they stand on, so that one build makes them all. Others have mains of their
// own, which libFuzzer's would meet. Every other build does without them.
if Context.environment["IFSIP_FUZZ"] != nil {
  var wanted: Set<String> = []
  var open = package.targets.map(\.name).filter { $0.hasPrefix("Fuzz") }
  while let name = open.popLast() {
    guard wanted.insert(name).inserted, let target = package.targets.first(where: { $0.name == name }) else { continue }
    for case .byNameItem(let dependency, _) in target.dependencies { open.append(dependency) }
  }
  package.targets.removeAll { !wanted.contains($0.name) }
  package.products.removeAll()
} else {
  package.targets.removeAll { $0.name.hasPrefix("Fuzz") }
}
