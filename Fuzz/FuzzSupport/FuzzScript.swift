/// A fuzzer's input read as a sequence of choices, for targets that run events against a machine.
///
/// Beyond the end every choice is the first one, so an input that is cut short still means what its beginning said.
public struct FuzzScript {
  private let bytes: [UInt8]
  private var position = 0

  /// A script of these bytes.
  public init(_ bytes: Span<UInt8>) {
    var copy: [UInt8] = []
    copy.reserveCapacity(bytes.count)
    for place in bytes.indices { copy.append(bytes[place]) }
    self.bytes = copy
  }

  /// Whether nothing is left to choose by.
  public var isAtEnd: Bool { position >= bytes.count }

  /// The next byte.
  public mutating func byte() -> UInt8 {
    guard position < bytes.count else { return 0 }
    position += 1
    return bytes[position - 1]
  }

  /// A number below a bound of 1 to 256.
  public mutating func below(_ bound: Int) -> Int { bound < 2 ? 0 : Int(byte()) % bound }

  /// One of several.
  public mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

  /// Once in so many times; never beyond the end.
  public mutating func once(in count: Int) -> Bool { below(count) == count - 1 }
}
