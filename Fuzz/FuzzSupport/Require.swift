/// Traps with a message when an invariant does not hold, also in release builds: the fuzzer keeps the input.
public func require(
  _ condition: @autoclosure () -> Bool, _ message: @autoclosure () -> String, file: StaticString = #file,
  line: UInt = #line
) {
  if !condition() { fatalError(message(), file: file, line: line) }
}
