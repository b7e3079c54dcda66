import Admin
import AdminQuery
import Logging
import Wire

// What the operator sees and does of the council (DOMAIN §9).
extension Node {
  /// The council in the API.
  var councilAPI: AdminCouncil {
    AdminCouncil(
      rooms: { _ in Self.noCouncil },
      openRoom: { _, _ in Self.noCouncil },
      room: { _ in Self.noCouncil },
      endRoom: { _, _ in Self.noCouncil },
      participants: { _ in Self.noCouncil },
      change: { _, _, _, _ in Self.noCouncil },
      expel: { _, _, _ in Self.noCouncil },
      admissions: { _ in Self.noCouncil },
      revokeAdmission: { _, _ in Self.noCouncil },
      endpoints: { _ in Self.noCouncil })
  }

  static var noCouncil: AdminAPI.Answer {
    .failure(
      404, "NO_COUNCIL",
      "this node has no council of its own: the configuration says council: { mode: off }, or names an external one")
  }
}
