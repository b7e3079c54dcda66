import Wire

/// What an index knows besides the headers: the start line, the body, and which headers there are.
///
/// Offsets and bits alone, valid for every copy of the same bytes.
package struct SIPMessageHead: Sendable {
  /// Whether the start line is a request's; true also when it is no start line at all, so that a 400 can be sent.
  package var isRequest = true
  /// The status of a response, 100 to 699; 0 in requests.
  package var statusCode: UInt16 = 0
  /// Where the message starts: behind empty lines, if there were any.
  package var start: UInt32 = 0
  /// The method, in requests.
  package var method = ByteRange.zero
  /// The Request-URI, or the reason phrase of a response.
  package var target = ByteRange.zero
  /// Where the first header line starts.
  package var headersStart: UInt32 = 0
  /// The body: what Content-Length says, or the rest of the datagram.
  package var body = ByteRange.zero
  /// The empty line before the body; empty when it is missing.
  package var emptyLine = ByteRange.zero
  /// How many bytes were indexed.
  package var byteCount: UInt32 = 0
  /// `SIPLimits.maxValues` and `SIPLimits.maxParameters`, for the typed accessors.
  var maxValues: UInt16 = 0
  var maxParameters: UInt16 = 0
  /// The headers that are there.
  var present = SIPHeaderSet()
  /// The headers that are there on more than one line.
  var repeated = SIPHeaderSet()
}
