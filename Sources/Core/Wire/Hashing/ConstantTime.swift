/// Whether two byte strings are equal, in a time that depends on their lengths only.
///
/// For everything a peer could guess byte by byte: MACs, digest responses, cookies, tokens. Lengths are public.
/// The differences of every eight bytes pass through a function that the optimiser must not look into, so it cannot
/// know that the answer is settled before the last byte and cannot leave early.
@inline(never)
public func constantTimeEquals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  let count = left.count
  guard count == right.count else { return false }
  var difference: UInt8 = 0
  var index = 0
  while index < count {
    let end = min(index + 8, count)
    while index < end {
      difference |= left[index] ^ right[index]
      index += 1
    }
    difference = unseen(difference)
  }
  return difference == 0
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  constantTimeEquals(left.span, right.span)
}

/// The value it is given, which the optimiser cannot know.
@inline(never)
@_optimize(none)
private func unseen(_ value: UInt8) -> UInt8 {
  value
}
