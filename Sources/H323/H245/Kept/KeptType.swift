import PER

/// The types of H.245 that are carried and not looked into.
public enum KeptType: Sendable, Hashable, CaseIterable {
  // Capabilities.
  case videoCapability, dataApplicationCapability, dataApplicationCapabilities, dataProtocolCapability
  case h233EncryptionReceiveCapability
  case is11172AudioCapability, is13818AudioCapability
  case h222Capability, h223Capability, v76Capability
  // Channels.
  case h222LogicalChannelParameters, h223LogicalChannelParameters, v76LogicalChannelParameters
  case encryptionMode
  case iPXAddress, netBios, iPSourceRouteAddress, multicastAddress
  // Requests.
  case multiplexEntrySend, requestMultiplexEntry, maintenanceLoopRequest, requestedModes
  // Responses.
  case multiplexEntrySendAck, multiplexEntrySendReject, requestMultiplexEntryAck, requestMultiplexEntryReject
  case maintenanceLoopAck, maintenanceLoopReject
  // Commands.
  case maintenanceLoopOffCommand, encryptionCommand, specificRequest
  // Indications.
  case multiplexEntrySendRelease, requestMultiplexEntryRelease, h223SkewIndication, newATMVCIndication
  // Parts of those above.
  case nonStandardParameter, genericCapability, genericParameter, capabilityIdentifier, parameterIdentifier
  case audioMode, videoMode, dataMode, h223ModeParameters, multiplexElement
}

extension KeptType {
  /// How the type is written.
  var shape: Shape {
    switch self {
    case .videoCapability: CapabilityShapes.video
    case .dataApplicationCapability: CapabilityShapes.dataApplication
    case .dataApplicationCapabilities: CapabilityShapes.dataApplications
    case .dataProtocolCapability: CapabilityShapes.dataProtocol
    case .h233EncryptionReceiveCapability: CapabilityShapes.h233Receive
    case .is11172AudioCapability: CapabilityShapes.is11172Audio
    case .is13818AudioCapability: CapabilityShapes.is13818Audio
    case .h222Capability: CapabilityShapes.h222
    case .h223Capability: CapabilityShapes.h223
    case .v76Capability: CapabilityShapes.v76
    case .h222LogicalChannelParameters: ChannelShapes.h222
    case .h223LogicalChannelParameters: ChannelShapes.h223
    case .v76LogicalChannelParameters: ChannelShapes.v76
    case .encryptionMode: ChannelShapes.encryptionMode
    case .iPXAddress: ChannelShapes.ipx
    case .netBios: .fixedOctets(16)
    case .iPSourceRouteAddress: ChannelShapes.sourceRoute
    case .multicastAddress: ChannelShapes.multicast
    case .multiplexEntrySend: MultiplexShapes.entrySend
    case .requestMultiplexEntry, .requestMultiplexEntryAck, .multiplexEntrySendRelease, .requestMultiplexEntryRelease:
      MultiplexShapes.entries
    case .multiplexEntrySendAck: MultiplexShapes.entrySendAck
    case .multiplexEntrySendReject: MultiplexShapes.entrySendReject
    case .requestMultiplexEntryReject: MultiplexShapes.requestEntryReject
    case .multiplexElement: MultiplexShapes.element
    case .maintenanceLoopRequest, .maintenanceLoopAck: MultiplexShapes.loop
    case .maintenanceLoopReject: MultiplexShapes.loopReject
    case .maintenanceLoopOffCommand: .open()
    case .encryptionCommand: MultiplexShapes.encryptionCommand
    case .specificRequest: MultiplexShapes.specificRequest
    case .h223SkewIndication: MultiplexShapes.h223Skew
    case .newATMVCIndication: MultiplexShapes.newATMVC
    case .requestedModes: ModeShapes.requested
    case .audioMode: ModeShapes.audio
    case .videoMode: ModeShapes.video
    case .dataMode: ModeShapes.data
    case .h223ModeParameters: ChannelShapes.h223
    case .nonStandardParameter: CapabilityShapes.nonStandard
    case .genericCapability: CapabilityShapes.generic
    case .genericParameter: CapabilityShapes.genericParameter
    case .capabilityIdentifier: CapabilityShapes.capabilityIdentifier
    case .parameterIdentifier: CapabilityShapes.parameterIdentifier
    }
  }
}
