/// Names a call of one `UserAgent`: an INVITE of ours or theirs and what has become of it. Stays harmless after its end.
public struct CallHandle: Sendable, Hashable {
  package let number: UInt64
}

/// Names a dialog of one `UserAgent` (RFC 3261 §12); a forked INVITE may make several. Stays harmless after its end.
public struct DialogHandle: Sendable, Hashable {
  package let number: UInt64
}

/// Names a request within a dialog that waits for the user: theirs for an answer, ours for credentials.
public struct RequestHandle: Sendable, Hashable {
  package let number: UInt64
}
