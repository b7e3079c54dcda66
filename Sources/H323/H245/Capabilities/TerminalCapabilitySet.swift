import PER

/// What the sender can receive and send (H.245 Annex B).
public struct TerminalCapabilitySet: Sendable, Hashable {
  /// Comes back in the answer.
  public var sequenceNumber: UInt8
  /// The version of H.245.
  public var protocolIdentifier: ObjectIdentifier
  /// How channels are put together. Some peers leave it out.
  public var multiplexCapability: MultiplexCapability?
  /// What there is, by number; absent and not empty when there is nothing.
  public var capabilityTable: [CapabilityTableEntry]?
  /// What can be had at the same time, the most wanted first.
  public var capabilityDescriptors: [CapabilityDescriptor]?
  /// genericInformation and additions of later versions.
  public var extensions = PERAdditions()

  /// Whether this is the empty set. The standard's has no multiplexCapability either; some peers send one all the same.
  public var isEmpty: Bool { capabilityTable == nil && capabilityDescriptors == nil }
}

extension TerminalCapabilitySet {
  /// A set; without table and descriptors it is the empty one, which asks the peer to send nothing (H.323 §8.4.6).
  public init(
    sequenceNumber: UInt8, protocolIdentifier: ObjectIdentifier = .h245Version7,
    multiplexCapability: MultiplexCapability? = nil, capabilityTable: [CapabilityTableEntry]? = nil,
    capabilityDescriptors: [CapabilityDescriptor]? = nil
  ) {
    self.sequenceNumber = sequenceNumber
    self.protocolIdentifier = protocolIdentifier
    self.multiplexCapability = multiplexCapability
    self.capabilityTable = capabilityTable
    self.capabilityDescriptors = capabilityDescriptors
  }
}

/// One line of the table.
public struct CapabilityTableEntry: Sendable, Hashable {
  /// From 1.
  public var capabilityTableEntryNumber: UInt16
  /// What there is; nil takes the line away.
  public var capability: Capability?
}

extension CapabilityTableEntry {
  /// A line.
  public init(_ capabilityTableEntryNumber: UInt16, _ capability: Capability?) {
    self.capabilityTableEntryNumber = max(1, capabilityTableEntryNumber)
    self.capability = capability
  }
}

/// What can be had at the same time: one of every set.
public struct CapabilityDescriptor: Sendable, Hashable {
  /// Lower numbers are wanted more.
  public var capabilityDescriptorNumber: UInt8
  /// Sets of numbers in the table, each in order of preference; nil takes the descriptor away.
  public var simultaneousCapabilities: [[UInt16]]?

  /// A descriptor.
  public init(_ capabilityDescriptorNumber: UInt8, _ simultaneousCapabilities: [[UInt16]]?) {
    self.capabilityDescriptorNumber = capabilityDescriptorNumber
    self.simultaneousCapabilities = simultaneousCapabilities
  }
}

/// The set is taken.
public struct TerminalCapabilitySetAck: Sendable, Hashable {
  /// That of the set.
  public var sequenceNumber: UInt8
  /// genericInformation and additions of later versions.
  public var extensions = PERAdditions()
}

extension TerminalCapabilitySetAck {
  /// An answer with this number.
  public init(sequenceNumber: UInt8) { self.sequenceNumber = sequenceNumber }
}

/// The set is not taken.
public struct TerminalCapabilitySetReject: Sendable, Hashable {
  /// Why.
  public enum Cause: Sendable, Hashable {
    case unspecified, undefinedTableEntryUsed, descriptorCapacityExceeded
    /// The table is too long: the highest number that was read, nil for none.
    case tableEntryCapacityExceeded(highestEntryNumberProcessed: UInt16?)
    /// What later versions add.
    case unknown(UnknownAlternative)
  }

  /// That of the set.
  public var sequenceNumber: UInt8
  /// Why.
  public var cause: Cause
  /// genericInformation and additions of later versions.
  public var extensions = PERAdditions()
}

extension TerminalCapabilitySetReject {
  /// A rejection for this cause.
  public init(sequenceNumber: UInt8, cause: Cause) {
    self.sequenceNumber = sequenceNumber
    self.cause = cause
  }
}

/// No answer to the set came in time.
public struct TerminalCapabilitySetRelease: Sendable, Hashable {
  /// genericInformation and additions of later versions.
  public var extensions = PERAdditions()

  /// The message without additions.
  public init() {}
}
