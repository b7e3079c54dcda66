import Wire

/// A file of the console, as it is served. The files lie in `Console/` and are compiled in.
struct ConsoleFile: Sendable {
  /// Where it is served.
  let path: String
  /// Its media type.
  let type: String
  /// Its content.
  let bytes: [UInt8]
  /// Its entity tag (RFC 9110 §8.8.3), made of its content.
  let tag: String

  private init(_ path: String, _ type: String, _ bytes: [UInt8]) {
    self.path = path
    self.type = type
    self.bytes = bytes
    var hash = SipHash(key: (0, 0))
    hash.combine(bytes.span)
    let (high, low) = hash.finalize128()
    tag = "\"\(Hex.encode(high))\(Hex.encode(low))\""
  }

  private static func script(_ name: String, _ bytes: [UInt8]) -> ConsoleFile {
    ConsoleFile("/console/\(name).js", "text/javascript; charset=utf-8", bytes)
  }

  /// All of them.
  static let all: [ConsoleFile] = [
    ConsoleFile("/", "text/html; charset=utf-8", PackageResources.index_html),
    ConsoleFile("/console/console.css", "text/css; charset=utf-8", PackageResources.console_css),
    ConsoleFile("/console/icon.svg", "image/svg+xml", PackageResources.icon_svg),
    script("bytes", PackageResources.bytes_js),
    script("calls", PackageResources.calls_js),
    script("dom", PackageResources.dom_js),
    script("guard", PackageResources.guard_js),
    script("ladder", PackageResources.ladder_js),
    script("council", PackageResources.council_js), script("log", PackageResources.log_js),
    script("main", PackageResources.main_js),
    script("merkle", PackageResources.merkle_js),
    script("note", PackageResources.note_js),
    script("proof", PackageResources.proof_js),
    script("record", PackageResources.record_js),
    script("server", PackageResources.server_js),
    script("sha256", PackageResources.sha256_js),
    script("words", PackageResources.words_js),
  ]
}
