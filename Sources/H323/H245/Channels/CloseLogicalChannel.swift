import PER

/// The sender of a channel ends it (H.245 Annex B).
public struct CloseLogicalChannel: Sendable, Hashable {
  /// Who wants it.
  public enum Source: Int, Sendable, Hashable, CaseIterable {
    case user, lcse
  }

  /// Why, since version 2.
  public enum Reason: Sendable, Hashable {
    case unknown, reopen, reservationFailure
    /// networkErrorCode and what later versions add.
    case unknownAlternative(UnknownAlternative)
  }

  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// Who wants it.
  public var source: Source
  /// Why.
  public var reason: Reason?
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension CloseLogicalChannel {
  /// Of a channel.
  public init(_ forwardLogicalChannelNumber: LogicalChannelNumber, source: Source = .user, reason: Reason? = .unknown) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
    self.source = source
    self.reason = reason
  }
}

/// The channel has ended.
public struct CloseLogicalChannelAck: Sendable, Hashable {
  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension CloseLogicalChannelAck {
  /// Of a channel.
  public init(_ forwardLogicalChannelNumber: LogicalChannelNumber) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
  }
}

/// The receiver of a channel wants it ended (H.245 Annex B).
public struct RequestChannelClose: Sendable, Hashable {
  /// Why, since version 3.
  public enum Reason: Sendable, Hashable {
    case unknown, normal, reopen, reservationFailure
    /// networkErrorCode and what later versions add.
    case unknownAlternative(UnknownAlternative)
  }

  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// Why.
  public var reason: Reason?
  /// qosCapability and additions of later versions.
  public var extensions = PERAdditions()
}

extension RequestChannelClose {
  /// Of a channel.
  public init(_ forwardLogicalChannelNumber: LogicalChannelNumber, reason: Reason? = .normal) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
    self.reason = reason
  }
}

/// It will be ended.
public struct RequestChannelCloseAck: Sendable, Hashable {
  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension RequestChannelCloseAck {
  /// Of a channel.
  public init(_ forwardLogicalChannelNumber: LogicalChannelNumber) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
  }
}

/// It will not be ended.
public struct RequestChannelCloseReject: Sendable, Hashable {
  /// Why.
  public enum Cause: Int, NullAlternatives {
    case unspecified
    /// Alternatives of the root.
    public static let rootCount = 1
  }

  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// Why.
  public var cause: Extensible<Cause>
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension RequestChannelCloseReject {
  /// Of a channel.
  public init(_ forwardLogicalChannelNumber: LogicalChannelNumber, cause: Cause = .unspecified) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
    self.cause = .known(cause)
  }
}

/// No answer to the request came in time.
public struct RequestChannelCloseRelease: Sendable, Hashable {
  /// The channel.
  public var forwardLogicalChannelNumber: LogicalChannelNumber
  /// Additions of later versions.
  public var extensions = PERAdditions()
}

extension RequestChannelCloseRelease {
  /// Of a channel.
  public init(_ forwardLogicalChannelNumber: LogicalChannelNumber) {
    self.forwardLogicalChannelNumber = max(1, forwardLogicalChannelNumber)
  }
}
