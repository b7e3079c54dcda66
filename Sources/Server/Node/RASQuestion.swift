import H225
import PER
import Synchronization
import Wire

/// What the first reactor, which has RAS, is told by others.
enum RASQuestion: Sendable {
  /// Where the gatekeepers of the configuration are.
  case located([SocketAddress])
  /// A call of that reactor wants to be let in by the gatekeeper; the tag is that reactor's own.
  case admit(AdmissionRequest, reactor: Int, tag: UInt64)
  /// A call that it has let in is over.
  case disengage(DisengageRequest)
}

/// What a reactor hears of RAS.
enum RASAnswer: Sendable {
  /// To `admit`: the gatekeeper's ACF or ARJ, and by what name it knows us; nil when there is no gatekeeper, or it says
  /// nothing.
  case admission(tag: UInt64, RASAdmission?)
  /// The gatekeeper ends a call, whosever it is.
  case callEnded(GloballyUniqueID?, conferenceID: GloballyUniqueID)
}

/// The gatekeeper's word about a call.
struct RASAdmission: Sendable {
  /// ACF or ARJ.
  var message: RasMessage
  /// What the gatekeeper calls us, for the Setup.
  var endpointIdentifier: BMPString?
}
