/// Whether two byte strings are equal, in a time that depends on their lengths only.
///
/// For everything a peer could guess byte by byte: MACs, digest responses, cookies, tokens. Lengths are public.
/// The function is never inlined or specialised into its caller, and the differences are gathered through a second
/// opaque function, so no optimiser can prove that the answer is settled before the last byte.
@inline(never)
@_optimize(none)
public func constantTimeEquals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  var difference: UInt8 = 0
  for index in 0..<left.count {
    difference |= left[index] ^ right[index]
  }
  return difference == 0
}
