import SIPMessage
import Testing

/// A row of valid values: what is read, and the canonical text of what was read (nil: the same).
typealias Valid = (input: String, text: String?)

/// A row of invalid values: what is read, why it is refused, and where (nil: not looked at).
typealias Invalid = (input: String, reason: SIPParseError.Reason, offset: Int?)

/// Every valid row parses to its text, and the text to an equal value; every invalid row is refused for its reason.
func check<Value: SIPValue>(
  _ type: Value.Type, valid: [Valid] = [], invalid: [Invalid] = [],
  at location: SourceLocation = #_sourceLocation
) {
  for row in valid {
    do throws(SIPParseError) {
      let value = try Value(row.input)
      #expect(value.text == row.text ?? row.input, sourceLocation: location)
      let again = try Value(value.text)
      #expect(again == value, "\(row.input) does not survive its own text", sourceLocation: location)
    } catch {
      Issue.record("\(row.input): refused: \(error)", sourceLocation: location)
    }
  }
  for row in invalid {
    do throws(SIPParseError) {
      let value = try Value(row.input)
      Issue.record("\(row.input): taken as \(value)", sourceLocation: location)
    } catch {
      #expect(error.reason == row.reason, "\(row.input): \(error)", sourceLocation: location)
      #expect(error.header == Value.headerName, "\(row.input): \(error)", sourceLocation: location)
      if let offset = row.offset { #expect(error.offset == offset, "\(row.input)", sourceLocation: location) }
    }
  }
}

/// The reason a parse is refused for; nil when it is not.
func reason(_ body: () throws(SIPParseError) -> Void) -> SIPParseError.Reason? {
  do throws(SIPParseError) {
    try body()
    return nil
  } catch {
    return error.reason
  }
}
