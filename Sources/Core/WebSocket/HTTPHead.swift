import Wire

/// The first line and the header fields of an HTTP/1.1 message (RFC 9112), as much as an upgrade needs.
struct HTTPHead {
  enum Fault: Error {
    /// No HTTP/1.1.
    case malformed
    /// More header lines than are allowed.
    case tooManyFields
  }

  let firstLine: String
  /// Names in lower case, in their order.
  let fields: [(name: String, value: String)]

  /// Reads a head.
  ///
  /// - Parameter bytes: up to its empty line, which is among them.
  init(_ bytes: Span<UInt8>, maximumFields: Int) throws(Fault) {
    guard let text = String(utf8: bytes) else { throw .malformed }
    // What is neither text nor a line end between lines has no place in a head (RFC 9110 §5.5).
    var lines: [Substring] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      guard line.last == UInt8(ascii: "\r") else { break }
      let content = line.dropLast()
      guard content.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else { throw .malformed }
      if content.isEmpty { break }
      lines.append(Substring(content))
      guard lines.count <= maximumFields + 1 else { throw .tooManyFields }
    }
    let read = lines.reduce(2) { $0 + $1.utf8.count + 2 }
    // Anything else than lines and an empty one: a bare line feed.
    guard let first = lines.first, read == bytes.count else { throw .malformed }
    firstLine = String(first)
    var fields: [(name: String, value: String)] = []
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { throw .malformed }
      let name = line[..<colon]
      // No folding, no blank before the colon (RFC 9112 §5.1, §5.2).
      guard !name.isEmpty, name.utf8.allSatisfy(HeaderText.isTokenByte) else { throw .malformed }
      fields.append((HeaderText.lowercased(name), HeaderText.trimmed(line[line.index(after: colon)...])))
    }
    self.fields = fields
  }

  /// The value of a field that may stand once only; `nil` when it is not there, or more often.
  func single(_ name: String) -> String? {
    let found = fields.filter { $0.name == name }
    return found.count == 1 ? found[0].value : nil
  }

  /// Whether there is such a field.
  func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

  /// The values of all fields of that name as one list (RFC 9110 §5.3).
  func joined(_ name: String) -> String {
    fields.filter { $0.name == name }.map(\.value).joined(separator: ", ")
  }

  /// Whether a list has a token, whatever its case.
  func lists(_ token: String, in name: String) -> Bool {
    HeaderText.list(joined(name)).contains { HeaderText.lowercased($0) == token }
  }

  /// Where the head ends that some bytes begin with: behind its empty line.
  static func end(in bytes: Span<UInt8>, from searched: Int) -> Int? {
    var index = max(searched, 3)
    while index < bytes.count {
      if bytes[index] == 0x0A, bytes[index - 1] == 0x0D, bytes[index - 2] == 0x0A, bytes[index - 3] == 0x0D {
        return index + 1
      }
      index += 1
    }
    return nil
  }
}

/// Small things about the text of header fields.
enum HeaderText {
  /// The elements of a comma-separated list, trimmed, empty ones left out. Commas in quotes separate nothing.
  static func list(_ text: String) -> [String] {
    var elements: [String] = []
    var current: [UInt8] = []
    var isQuoted = false
    func take() {
      let element = trimmed(Substring(String(decoding: current, as: UTF8.self)))
      if !element.isEmpty { elements.append(element) }
      current = []
    }
    for byte in text.utf8 {
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if byte == UInt8(ascii: ","), !isQuoted { take() } else { current.append(byte) }
    }
    take()
    return elements
  }

  /// Without blanks and tabs around.
  static func trimmed(_ text: some StringProtocol) -> String {
    var bytes = Substring(text).utf8
    while let first = bytes.first, first == 0x20 || first == 0x09 { bytes.removeFirst() }
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
    return String(Substring(bytes))
  }

  /// ASCII letters in lower case, all else as it is.
  static func lowercased(_ text: some StringProtocol) -> String {
    String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  /// RFC 9110 §5.6.2.
  static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
    default: false
    }
  }
}
