import ArgumentParser
import Files
import OpenSSLCrypto
import Store
import Wire

/// `ifsip-proxy key`: Ed25519 keys for experts, guardians and agents.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make and show Ed25519 keys.", subcommands: [Generate.self, Show.self])

  struct Generate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key pair.",
      discussion: """
        The private half goes to FILE (mode 0600, never overwritten), as the base64 of its 32-byte seed; the public half \
        is printed as the registry wants it.
        """)

    @Argument(help: "Where the private key goes.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let key = Ed25519PrivateKey.generate()
      let publicText = key.publicKey.text
      let seed = key.seed
      var line = Array(Base64.encode(seed.span).utf8)
      line.append(0x0A)
      do {
        guard try Files.create(file, with: line) else {
          throw StoreError(.fileSystem, "\(file) is there already; a key is never overwritten")
        }
      } catch let error as FileError {
        throw StoreError(.fileSystem, "\(error)")
      }
      print(
        json
          ? JSONText.of(["private_key_file": .string(file), "public_key": .string(publicText)])
          : "private key: \(file)\nkey: \"\(publicText)\"")
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show the public half of a private key.", discussion: "The private half is never shown.")

    @Argument(help: "The private key's file, as key generate wrote it.")
    var file: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      do {
        let bytes = try Files.read(file, limit: 1_024)
        let text = String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        let publicText = try Ed25519PrivateKey(seedText: text).publicKey.text
        print(json ? JSONText.of(["public_key": .string(publicText)]) : "key: \"\(publicText)\"")
      } catch let error as FileError {
        throw StoreError(.fileSystem, "\(error)")
      } catch let error as KeyError {
        throw StoreError(.invalid, "\(file) holds no private key: \(error)")
      }
    }
  }
}
