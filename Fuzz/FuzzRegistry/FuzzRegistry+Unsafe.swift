import FuzzSupport
import Guard
import Settings
import Wire

/// Any bytes are either refused, with problems that lie inside the file, or make a registry; read as a configuration
/// they are refused or make settings. Nothing traps, hangs or grows: anchors, deep nesting and many values are refused
/// before anything is built from them. What was made says the same when it is made again.
private func check(_ bytes: Span<UInt8>) {
  do {
    let registry = try RegistryLoader.load(bytes, file: "fuzz.yaml")
    for expert in registry.experts {
      require(registry.expert(address: expert.address.text) == expert, "an expert cannot be found: \(expert)")
      require(registry.organisation(of: expert) != nil, "an expert without organisation: \(expert)")
    }
    let again = try RegistryLoader.load(bytes, file: "fuzz.yaml")
    require(again == registry, "the same bytes made two registries")
  } catch {
    checkProblems(error, bytes)
  }
  do {
    let settings = try SettingsLoader.load(bytes, file: "fuzz.yaml")
    require(!settings.listeners.isEmpty && !settings.domains.isEmpty, "settings that cannot run: \(settings)")
    require(settings.media.ports.lowerBound < settings.media.ports.upperBound, "an empty range of ports")
    let again = try SettingsLoader.load(bytes, file: "fuzz.yaml")
    require(again == settings, "the same bytes made two settings")
  } catch {
    checkProblems(error, bytes)
  }
}

private func checkProblems(_ error: SettingsError, _ bytes: Span<UInt8>) {
  var lines = 1
  for index in 0..<bytes.count {
    // CR, and the last bytes of NEL, LS and PS, end a line in YAML too.
    switch bytes[index] {
    case 0x0A, 0x0D, 0x85, 0xA8, 0xA9: lines += 1
    default: break
    }
  }
  require((1...101).contains(error.problems.count), "\(error.problems.count) problems")
  for problem in error.problems {
    require(!problem.message.isEmpty, "a problem without words: \(problem)")
    require((0...lines + 1).contains(problem.line), "a line outside the file of \(lines): \(problem)")
    require(problem.description.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }, "a control character in a message")
  }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  unsafe FuzzInput.run(data, count, check)
}

#if !FUZZING
  @main
  enum Replayer {
    static func main() { Replay.run(check) }
  }
#endif
