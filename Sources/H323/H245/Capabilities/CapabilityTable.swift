import PER

/// What the peer can do, as its sets have said it so far.
public struct CapabilityTable: Sendable, Hashable {
  /// By number.
  public private(set) var entries: [UInt16: Capability] = [:]
  /// By number; sets of numbers of entries.
  public private(set) var descriptors: [UInt8: [[UInt16]]] = [:]

  /// Nothing.
  public init() {}

  /// Takes a set over: its entries and descriptors replace those of the same numbers (H.245 Annex B).
  ///
  /// - Returns: why the set is refused; nil when it was taken. A refused set changes nothing.
  public mutating func apply(_ set: TerminalCapabilitySet) -> TerminalCapabilitySetReject.Cause? {
    var table = self
    var highest: UInt16?
    for entry in set.capabilityTable ?? [] {
      table.entries[entry.capabilityTableEntryNumber] = entry.capability
      guard table.entries.count <= H245Limits.maxCapabilities else {
        return .tableEntryCapacityExceeded(highestEntryNumberProcessed: highest)
      }
      highest = max(highest ?? 0, entry.capabilityTableEntryNumber)
    }
    for descriptor in set.capabilityDescriptors ?? [] {
      table.descriptors[descriptor.capabilityDescriptorNumber] = descriptor.simultaneousCapabilities
    }
    self = table
    return nil
  }

  /// The codecs that the peer can receive, those it wants most first: in the order of its descriptors, then of its table.
  /// Numbers in a descriptor that the table does not have are passed over.
  public var receivableAudio: [AudioCapability] {
    var seen: Set<UInt16> = []
    var audio: [AudioCapability] = []
    var numbers: [UInt16] = []
    for descriptor in descriptors.keys.sorted() {
      for alternatives in descriptors[descriptor] ?? [] { numbers += alternatives }
    }
    numbers += entries.keys.sorted()
    for number in numbers where seen.insert(number).inserted {
      switch entries[number] {
      case .receiveAudioCapability(let capability)?, .receiveAndTransmitAudioCapability(let capability)?:
        audio.append(capability)
      default: continue
      }
    }
    return audio
  }

  /// The codec to send with: the first of ours that the peer can receive, with no more frames than either wants.
  public func choose(from preferences: [AudioCapability]) -> AudioCapability? {
    let audio = receivableAudio
    for wanted in preferences {
      guard let codec = wanted.codec, let theirs = audio.first(where: { $0.codec == codec }) else { continue }
      return wanted.limited(toFrames: theirs.framesPerPacket ?? .max)
    }
    return nil
  }

  /// The dynamic payload type with which the peer takes telephone events in RTP (RFC 4733).
  public var telephoneEventPayloadType: UInt8? {
    for number in entries.keys.sorted() {
      if case .receiveRTPAudioTelephonyEventCapability(let events)? = entries[number] {
        return events.dynamicRTPPayloadType
      }
    }
    return nil
  }

  /// Whether the peer takes user input in this way.
  public func takes(_ input: UserInputCapability) -> Bool {
    entries.values.contains {
      switch $0 {
      case .receiveUserInputCapability(let other), .receiveAndTransmitUserInputCapability(let other): other == input
      default: false
      }
    }
  }
}

/// What we can do, and how it is said.
public struct LocalCapabilities: Sendable, Hashable {
  /// The codecs we can receive, most wanted first; also those we send with.
  public var audio: [AudioCapability]
  /// How we take user input.
  public var userInput: [UserInputCapability]
  /// The payload type with which we take telephone events in RTP.
  public var telephoneEventPayloadType: UInt8?
  /// Whether we mix in the middle of a conference.
  public var isConference: Bool

  /// G.711 both laws, 20 ms a packet; user input in every way.
  public init(
    audio: [AudioCapability] = [.g711Ulaw64k(20), .g711Alaw64k(20)],
    userInput: [UserInputCapability] = [.basicString, .dtmf], telephoneEventPayloadType: UInt8? = 101,
    isConference: Bool = false
  ) {
    self.audio = audio
    self.userInput = userInput
    self.telephoneEventPayloadType = telephoneEventPayloadType
    self.isConference = isConference
  }

  /// The set that says so: one descriptor, in which one codec and one way of user input go together. Of what is beyond
  /// 256 entries nothing is said.
  public func terminalCapabilitySet(sequenceNumber: UInt8) -> TerminalCapabilitySet {
    var entries: [CapabilityTableEntry] = []
    var sets: [[UInt16]] = []
    func add(_ capabilities: [Capability]) {
      var numbers: [UInt16] = []
      for capability in capabilities where entries.count < 256 {
        let number = UInt16(entries.count + 1)
        entries.append(CapabilityTableEntry(number, capability))
        numbers.append(number)
      }
      if !numbers.isEmpty { sets.append(numbers) }
    }
    add(audio.map { .receiveAudioCapability($0) })
    var input = userInput.map { Capability.receiveAndTransmitUserInputCapability($0) }
    if let telephoneEventPayloadType, (96...127).contains(telephoneEventPayloadType) {
      input.append(
        .receiveRTPAudioTelephonyEventCapability(
          AudioTelephonyEventCapability(dynamicRTPPayloadType: telephoneEventPayloadType)))
    }
    add(input)
    return TerminalCapabilitySet(
      sequenceNumber: sequenceNumber, multiplexCapability: .h2250Capability(H2250Capability(centralized: isConference)),
      capabilityTable: entries.isEmpty ? nil : entries,
      capabilityDescriptors: sets.isEmpty ? nil : [CapabilityDescriptor(0, sets)])
  }
}
