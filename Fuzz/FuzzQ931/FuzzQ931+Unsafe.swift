import FuzzSupport
import H225
import Wire

/// Any octets are refused or are a message; a message, written and read again, is the same. What elements mean can be asked
/// of every message, and what they say can be set on another.
private func check(_ bytes: Span<UInt8>) {
  guard let message = try? Q931Message(decoding: bytes) else { return }
  do throws(Q931Error) {
    let again = try message.encoded()
    require(again.count == bytes.count, "another length")
    let second = try Q931Message(decoding: again.span)
    require(second == message, "another message")
    var copy = Q931Message(message.messageType, callReference: 1, isFromDestination: false)
    copy.bearerCapability = message.bearerCapability
    copy.cause = message.cause
    copy.callState = message.callState
    copy.progressDescription = message.progressDescription
    copy.notification = message.notification
    copy.display = message.display
    copy.keypad = message.keypad
    copy.userUser = message.userUser
    require(copy.bearerCapability == message.bearerCapability, "another bearer")
    require(copy.cause == message.cause, "another cause")
    require(copy.callState == message.callState, "another state")
    require(copy.progressDescription == message.progressDescription, "another progress")
    require(copy.notification == message.notification, "another notification")
    require(copy.userUser == message.userUser, "another user information")
    if let number = message.callingPartyNumber, number.digits.utf8.count <= Q931Limits.maxDigits {
      try copy.setCallingPartyNumber(number)
      require(copy.callingPartyNumber == number, "another number")
    }
    if let number = message.calledPartyNumber, number.digits.utf8.count <= Q931Limits.maxDigits {
      try copy.setCalledPartyNumber(number)
      require(copy.calledPartyNumber?.digits == number.digits, "other digits")
    }
  } catch {
    fatalError("cannot be written: \(error)")
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
