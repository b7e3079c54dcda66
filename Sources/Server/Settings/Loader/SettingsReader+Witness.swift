import Wire
import Witness

// How records are written, kept and cosigned.
extension SettingsReader {
  func witness(_ top: inout Section) -> Settings.WitnessSettings {
    var section = top.section("witness")
    var witness = Settings.WitnessSettings()
    witness.mode = section.choice("mode", default: .batched)
    if let (text, place) = section.text("origin") {
      // C2SP tlog-checkpoint: a schema-less URL; no white space, no plus (which stands between key name and hash).
      let isOrigin =
        (1...255).contains(text.utf8.count)
        && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "+") }
      if isOrigin {
        witness.origin = text
      } else {
        problems.add(
          place, "witness.origin", "write 1 to 255 characters without white space and +: if.internal/witness")
      }
    }
    witness.segmentBytes = section.integer("segment_bytes", 131_072...(1 << 40), default: witness.segmentBytes)
    witness.queue = section.integer("queue", 64...10_000_000, default: witness.queue)
    let days = section.integer("compress_after_days", 0...36_500, default: 0)
    witness.compressAfterDays = days == 0 ? nil : days
    let kept = section.integer("delete_after_days", 0...36_500, default: 0)
    witness.deleteAfterDays = kept == 0 ? nil : kept
    witness.cosigners = cosigners(&section, origin: witness.origin)
    witness.cosignInterval = .seconds(section.integer("cosign_seconds", 1...86_400, default: 10))
    let place = section.memberPlace("quorum")
    witness.quorum = section.integer("quorum", 1...Settings.WitnessSettings.maxCosigners, default: 1)
    if witness.quorum > max(witness.cosigners.count, 1) {
      problems.add(
        place, section.pathOf("quorum"), "is \(witness.quorum), and there are \(witness.cosigners.count) cosigners")
    }
    section.finish()
    return witness
  }

  /// `cosigners`: mappings with `url` and `key`, and perhaps a `name`.
  private func cosigners(_ section: inout Section, origin: String) -> [Settings.WitnessSettings.Cosigner] {
    guard let nodes = section.list("cosigners") else { return [] }
    let list = section.pathOf("cosigners")
    if nodes.count > Settings.WitnessSettings.maxCosigners {
      problems.add(
        section.memberPlace("cosigners"), list,
        "write at most \(Settings.WitnessSettings.maxCosigners) cosigners, not \(nodes.count)")
    }
    var cosigners: [Settings.WitnessSettings.Cosigner] = []
    for (index, node) in nodes.enumerated() {
      let path = "\(list)[\(index)]"
      guard let cosigner = cosigner(node, path, origin: origin) else { continue }
      if let same = cosigners.first(where: { $0.key == cosigner.key || $0.name == cosigner.name }) {
        problems.add(node.place, path, "has the \(same.key == cosigner.key ? "key" : "name") of an entry before it")
      } else {
        cosigners.append(cosigner)
      }
    }
    return cosigners
  }

  private func cosigner(_ node: YAMLNode, _ path: String, origin: String) -> Settings.WitnessSettings.Cosigner? {
    var section = Section(node, path: path, problems: problems)
    let name = section.text("name")
    let url = section.text("url")
    let key = section.text("key")
    section.finish()
    guard let url, let key else {
      if node.isMapping {
        problems.add(
          node.place, "\(path).\(url == nil ? "url" : "key")",
          "is missing; write { url: \"https://witness.example.net/\", key: \"witness.example.net/w1+0a1b2c3d+B…\" }")
      }
      return nil
    }
    let address = webAddress(url, "\(path).url")
    guard let verifier = verifierKey(key, "\(path).key", origin: origin), let address else { return nil }
    let label = name?.text ?? verifier.name
    guard (1...100).contains(label.utf8.count), label.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      problems.add(name?.place ?? key.place, "\(path).name", "write a name of 1 to 100 ASCII characters")
      return nil
    }
    return Settings.WitnessSettings.Cosigner(name: label, url: address, key: verifier)
  }

  private func verifierKey(_ value: (text: String, place: Place), _ path: String, origin: String) -> NoteVerifierKey? {
    do {
      let key = try NoteVerifierKey(parsing: value.text)
      guard key.kind == .cosignature else {
        problems.add(value.place, path, "is the key of a log; a cosigner's begins with the type 04, in base64 with B")
        return nil
      }
      guard key.name != origin else {
        problems.add(value.place, path, "has the name of our own log (witness.origin); a cosigner is somebody else")
        return nil
      }
      return key
    } catch {
      problems.add(value.place, path, "\(error)")
      return nil
    }
  }

  /// `http://host[:port][/path]` or `https://…`.
  private func webAddress(_ value: (text: String, place: Place), _ path: String) -> Settings.WebAddress? {
    func refuse(_ reason: String) -> Settings.WebAddress? {
      problems.add(
        value.place, path, "\"\(value.text.shortened)\" \(reason); write https://witness.example.net/ or with a path")
      return nil
    }
    let scheme = value.text.prefix { $0 != ":" }.lowercased()
    guard value.text.dropFirst(scheme.count).hasPrefix("://"), scheme == "http" || scheme == "https" else {
      return refuse("must begin with https:// or http://")
    }
    let rest = value.text.dropFirst(scheme.count + 3)
    let host = rest.prefix { $0 != "/" }
    var tail = rest.dropFirst(host.count)
    while tail.hasSuffix("/") { tail = tail.dropLast() }
    // RFC 3986 §3.3, without query and fragment, which a prefix of other URLs cannot have.
    let isPath = tail.utf8.allSatisfy { (0x21...0x7E).contains($0) && !Self.notInPaths.contains($0) }
    guard isPath, tail.utf8.count <= 1_024 else { return refuse("has a path that a URL cannot have, or a query") }
    guard let (name, port) = HostName.withPort(String(host)), port != 0 else { return refuse("has no host") }
    let bare = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
    return Settings.WebAddress(
      isSecure: scheme == "https", host: bare, port: port ?? (scheme == "https" ? 443 : 80), path: String(tail))
  }

  private static let notInPaths = Set("?#\"<>\\^`{|}".utf8)
}
