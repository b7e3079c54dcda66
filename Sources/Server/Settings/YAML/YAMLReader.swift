import Wire
import Yams

/// What reading a file may cost.
public struct SettingsLimits: Sendable, Hashable {
  /// The most bytes of a file.
  public var maxBytes: Int
  /// The deepest nesting: the top mapping is 1.
  public var maxDepth = 16
  /// The most values in a file.
  public var maxNodes: Int
  /// The most problems that are told; what follows is only counted.
  public var maxProblems = 100

  /// For the configuration: 256 KiB.
  public static let configuration = SettingsLimits(maxBytes: 256 << 10, maxNodes: 20_000)
  /// For the registry: 8 MiB.
  public static let registry = SettingsLimits(maxBytes: 8 << 20, maxNodes: 500_000)
}

/// Reads YAML through Yams into ``YAMLNode``, and refuses what configuration does not need and an attacker would like:
/// anchors and aliases (a few lines that stand for gigabytes), tags, deep nesting, several documents.
struct YAMLReader {
  private let file: String
  private let limits: SettingsLimits
  private var nodes = 0

  init(file: String, limits: SettingsLimits) {
    self.file = file
    self.limits = limits
  }

  /// The top value; null for an empty file.
  mutating func read(_ bytes: Span<UInt8>) throws(SettingsError) -> YAMLNode {
    guard bytes.count <= limits.maxBytes else {
      throw fault(Place.none, "the file has \(bytes.count) bytes; at most \(limits.maxBytes) are read")
    }
    var array: [UInt8] = []
    array.reserveCapacity(bytes.count)
    for index in 0..<bytes.count { array.append(bytes[index]) }
    guard let text = String(validating: array, as: UTF8.self) else {
      let place = Self.place(ofInvalidUTF8In: array)
      throw fault(place, "this is not UTF-8; save the file as UTF-8")
    }
    try refuseAnchors(array)
    guard let root = try compose(text) else { return YAMLNode(value: .null, place: Place(line: 1, column: 1)) }
    return try convert(root, depth: 1)
  }

  /// Yams resolves aliases while it reads, and hashes keys that hold them, so they must be refused before it does.
  ///
  /// An anchor begins with `&` where no plain text is under way; inside plain text a letter or digit stands before every
  /// `&` that matters (`R&D`). So any `&` before a name and not after a letter or digit is taken for one, also in
  /// quotes: rather one refused that was none than one that slips through. Only a comment line is left alone that has
  /// no quotes and, by the rarer line ends that YAML knows, is one line: whatever stands around it, no value can begin
  /// on it. Without anchors an alias cannot mean anything, and Yams says so.
  private func refuseAnchors(_ bytes: [UInt8]) throws(SettingsError) {
    var line = 0
    for text in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      line += 1
      guard let index = Self.anchor(in: text) else { continue }
      let column = text[..<index].count { $0 & 0xC0 != 0x80 } + 1
      throw fault(
        Place(line: line, column: column),
        "anchors (&name) and aliases (*name) are not read here; write the value where it is needed. "
          + "If this & is text, put a space after it")
    }
  }

  private static func anchor(in line: ArraySlice<UInt8>) -> Int? {
    guard line.contains(UInt8(ascii: "&")) else { return nil }
    let isComment = line.first { $0 != 0x20 && $0 != 0x09 } == UInt8(ascii: "#")
    if isComment, line.dropLast().allSatisfy({ $0 >= 0x20 && $0 < 0x80 && $0 != 0x22 && $0 != 0x27 || $0 == 0x09 }) {
      return nil
    }
    return line.indices.first { index in
      guard line[index] == UInt8(ascii: "&"), index + 1 < line.endIndex, isNameByte(line[index + 1]) else {
        return false
      }
      return index == line.startIndex || !isWordByte(line[index - 1])
    }
  }

  /// What an anchor's name may begin with; more than YAML allows.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    isWordByte(byte) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte >= 0x80
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  private func compose(_ text: String) throws(SettingsError) -> Node? {
    do {
      return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw translate(error, text)
    } catch {
      throw fault(Place.none, "this cannot be read as YAML: \("\(error)".shortened)")
    }
  }

  private mutating func convert(_ node: Node, depth: Int) throws(SettingsError) -> YAMLNode {
    let place = node.mark.map { Place(line: $0.line, column: $0.column) } ?? .none
    guard depth <= limits.maxDepth else {
      throw fault(place, "nested deeper than \(limits.maxDepth) levels; no key needs that")
    }
    nodes += 1
    guard nodes <= limits.maxNodes else {
      throw fault(place, "the file holds more than \(limits.maxNodes) values")
    }
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      if isPlain, ["", "~", "null"].contains(scalar.string) { return YAMLNode(value: .null, place: place) }
      return YAMLNode(value: .text(scalar.string), place: place)
    case .sequence(let sequence):
      var list: [YAMLNode] = []
      for element in sequence { list.append(try convert(element, depth: depth + 1)) }
      return YAMLNode(value: .list(list), place: place)
    case .mapping(let mapping):
      var members: [YAMLMember] = []
      for (key, value) in mapping {
        let keyPlace = key.mark.map { Place(line: $0.line, column: $0.column) } ?? place
        guard case .scalar(let scalar) = key else { throw fault(keyPlace, "a key must be a plain word") }
        members.append(
          YAMLMember(key: scalar.string, keyPlace: keyPlace, value: try convert(value, depth: depth + 1)))
      }
      return YAMLNode(value: .mapping(members), place: place)
    case .alias:
      throw fault(place, "aliases (*name) are not read here; write the value where it is needed")
    }
  }
}

extension YAMLReader {
  private func fault(_ place: Place, key: String = "", _ message: String) -> SettingsError {
    SettingsError(problems: [
      SettingsProblem(file: file, line: place.line, column: place.column, key: key, message: message)
    ])
  }

  private func translate(_ error: YamlError, _ text: String) -> SettingsError {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let place = Place(line: mark.line, column: mark.column)
      if problem == "found undefined alias" {
        return fault(
          place, "aliases (*name) are not read here; put the text in quotes if it begins with a star")
      }
      if problem == "but found another document" {
        return fault(place, "a second document begins here (---); put everything into one")
      }
      let detail = context.map { "\(problem) (\($0.text))" } ?? problem
      return fault(
        place, "not valid YAML: \(detail.shortened); check indentation, quotes and brackets here and just above")
    case .reader(let problem, let offset, _, _):
      let place = offset.map { Self.place(ofByte: $0, in: Array(text.utf8)) } ?? .none
      return fault(place, "a character that YAML does not allow: \(problem.shortened); remove it")
    case .duplicatedKeysInMapping(let duplicates, let context):
      let key = duplicates.first ?? ""
      let first = Place(line: context.mark.line, column: context.mark.column)
      let second = Self.nextPlace(of: key, after: first, in: text)
      let lines = second.map { "in lines \(first.line) and \($0.line)" } ?? "in line \(first.line)"
      return fault(
        second ?? first, key: key.shortened, "this key stands twice in one mapping, \(lines); remove one of them")
    case .memory, .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      return fault(Place.none, "this cannot be read as YAML")
    }
  }

  /// Where a key that stands twice stands again: the next line that has it at the same column, in quotes or not; nil:
  /// it is on the same line (`{ a: 1, a: 2 }`).
  private static func nextPlace(of key: String, after first: Place, in text: String) -> Place? {
    var number = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      number += 1
      guard number >= first.line else { continue }
      let rest = line.unicodeScalars.dropFirst(first.column - 1)
      if number == first.line {
        let later = String(Substring(rest.dropFirst(key.unicodeScalars.count)))
        if later.contains(" \(key):") || later.contains(",\(key):") || later.contains("\"\(key)\":") { return nil }
        continue
      }
      let start = String(Substring(rest))
      for spelling in [key, "\"\(key)\"", "'\(key)'"] where start.hasPrefix(spelling) {
        let after = start.dropFirst(spelling.count).drop { $0 == " " || $0 == "\t" }
        if after.hasPrefix(":") { return Place(line: number, column: first.column) }
      }
    }
    return nil
  }

  private static func place(ofByte offset: Int, in bytes: [UInt8]) -> Place {
    var place = Place(line: 1, column: 1)
    for byte in bytes.prefix(offset) {
      if byte == 0x0A {
        place.line += 1
        place.column = 1
      } else if byte & 0xC0 != 0x80 {
        place.column += 1
      }
    }
    return place
  }

  /// The longest valid prefix ends where decoding lines one by one first fails.
  private static func place(ofInvalidUTF8In bytes: [UInt8]) -> Place {
    var line = 1
    for part in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      if String(validating: part, as: UTF8.self) == nil { return Place(line: line, column: 1) }
      line += 1
    }
    return Place(line: 1, column: 1)
  }
}
