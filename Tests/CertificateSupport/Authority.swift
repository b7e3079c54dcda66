import Foundation
import TLSEngine
import Wire

/// A certificate authority and what it has signed, made by the `openssl` command in a folder of its own.
package final class Authority: Sendable {
  /// The one that tests believe.
  package static let shared = Authority()
  /// One that nobody believes.
  package static let stranger = Authority()

  private let folder: URL

  /// Makes an authority.
  package init() {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("ifsip-tls-\(UUID().uuidString)")
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    makeKey("ca.key")
    run([
      "req", "-x509", "-new", "-key", path("ca.key"), "-days", "30", "-subj", "/CN=Test CA", "-addext",
      "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", path("ca.pem"),
    ])
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  private func file(_ name: String) -> TLSFile {
    TLSFile(name: name, bytes: (try? Data(contentsOf: folder.appendingPathComponent(name))).map { Array($0) } ?? [])
  }

  /// Its own certificate.
  package var certificate: TLSFile { file("ca.pem") }

  /// A certificate with these names (`DNS:…,URI:…,IP:…`) that is valid for twenty days.
  package func sign(_ names: String, commonName: String = "", key: String = "EC") -> TLSIdentity {
    let stem = UUID().uuidString
    makeKey("\(stem).key", key)
    var extensions = "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth,clientAuth\n"
    if !names.isEmpty { extensions += "subjectAltName=\(names)\n" }
    try? extensions.write(toFile: path("\(stem).cnf"), atomically: true, encoding: .utf8)
    let subject = commonName.isEmpty ? "/O=test" : "/CN=\(commonName)"
    run(["req", "-new", "-key", path("\(stem).key"), "-subj", subject, "-out", path("\(stem).csr")])
    run([
      "x509", "-req", "-in", path("\(stem).csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-days", "20",
      "-set_serial", "\(UInt32.random(in: 1...UInt32.max))", "-extfile", path("\(stem).cnf"), "-out",
      path("\(stem).pem"),
    ])
    return TLSIdentity(certificate: file("\(stem).pem"), key: file("\(stem).key"))
  }

  private func run(_ arguments: [String]) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try? process.run()
    process.waitUntilExit()
  }

  private func makeKey(_ name: String, _ kind: String = "EC") {
    let options =
      kind == "EC"
      ? ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
      : ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:\(kind)"]
    run(["genpkey"] + options + ["-out", path(name)])
  }
}

/// The time by which certificates are judged in tests: a little later than any of them was made.
package let certificateNow = UTCTimestamp(seconds: Int64(Date().timeIntervalSince1970) + 3_600)
