import Wire

extension SessionDescription {
  /// The same description as RFC 8866 §5 wants it: CRLF behind every line, no empty lines, the order of the standard,
  /// `s=-` and `t=0 0` where they were missing.
  ///
  /// Lines keep their text, and lines of one letter their order; lines of unknown letters stand before the attributes.
  /// What is canonical already stays the same value.
  public func canonical() -> SessionDescription {
    let lines = storage.index.lines
    var session: [Int] = []
    var media: [[Int]] = []
    for number in lines.indices where lines[number].letter != 0 {
      let letter = lines[number].letter
      if letter == UInt8(ascii: "m") { media.append([]) }
      if media.isEmpty || Self.belongsToSession(letter) {
        session.append(number)
      } else {
        media[media.count - 1].append(number)
      }
    }
    var output: [UInt8] = []
    output.reserveCapacity(storage.bytes.count + 32)
    func append(_ numbers: [Int], isSession: Bool) {
      let bytes = storage.bytes
      func has(_ letter: Unicode.Scalar) -> Bool { numbers.contains { lines[$0].letter == UInt8(ascii: letter) } }
      var needsName = isSession && !has("s")
      var needsTime = isSession && !has("t")
      for number in numbers {
        let line = lines[number]
        if needsName, Self.rank(line.letter) > Self.rank(UInt8(ascii: "s")) {
          output.append(text: "s=-\r\n")
          needsName = false
        }
        if needsTime, Self.rank(line.letter) > Self.rank(UInt8(ascii: "t")) {
          output.append(text: "t=0 0\r\n")
          needsTime = false
        }
        output.append(copying: bytes.span.extracting(line.start..<line.value.upperBound))
        output.append(text: "\r\n")
      }
      if needsName { output.append(text: "s=-\r\n") }
      if needsTime { output.append(text: "t=0 0\r\n") }
    }
    func ordered(_ numbers: [Int], isSession: Bool) -> [Int] {
      // `r=` stays behind its `t=`, so both have one rank; `z=` behind them.
      numbers.sorted { (Self.rank(lines[$0].letter), $0) < (Self.rank(lines[$1].letter), $1) }
    }
    append(ordered(session, isSession: true), isSession: true)
    for numbers in media { append(ordered(numbers, isSession: false), isSession: false) }
    if output == storage.bytes { return self }
    // The lines are those that were parsed; a limit that two short lines exceed leaves the description as it was.
    return (try? SessionDescription(parsing: output, limits: .unlimited)) ?? self
  }

  private static func belongsToSession(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "z"), UInt8(ascii: "u"), UInt8(ascii: "e"),
      UInt8(ascii: "p"):
      true
    default: false
    }
  }

  /// The place of a line in its section (§5, §9).
  private static func rank(_ letter: UInt8) -> Int {
    switch letter {
    case UInt8(ascii: "v"), UInt8(ascii: "m"): 0
    case UInt8(ascii: "o"): 1
    case UInt8(ascii: "s"): 2
    case UInt8(ascii: "i"): 3
    case UInt8(ascii: "u"): 4
    case UInt8(ascii: "e"): 5
    case UInt8(ascii: "p"): 6
    case UInt8(ascii: "c"): 7
    case UInt8(ascii: "b"): 8
    case UInt8(ascii: "t"), UInt8(ascii: "r"): 9
    case UInt8(ascii: "z"): 10
    case UInt8(ascii: "k"): 11
    case UInt8(ascii: "a"): 13
    default: 12
    }
  }
}

extension SDPLimits {
  /// For what was parsed under the user's limits already and has changed little.
  package static let unlimited: SDPLimits = {
    var limits = SDPLimits()
    limits.maxBytes = .max
    limits.maxLineBytes = .max
    limits.maxMedia = .max
    limits.maxLines = .max
    limits.maxAttributes = .max
    limits.maxFormats = .max
    limits.maxCandidates = .max
    return limits
  }()
}
