public import AdminQuery
internal import Wire

/// The part of the API that is about the council: its rooms, who is in them, and whom its gatekeeper knows (DOMAIN §9).
public struct AdminCouncil: Sendable {
  /// Short for what the whole API answers.
  public typealias Answer = AdminAPI.Answer
  /// Whose token a request brought.
  public typealias Identity = AdminAPI.Identity

  /// `GET /v1/council/rooms`; filter `trace_id`.
  public var rooms: @Sendable (AdminAPI.Page) async -> Answer
  /// `POST /v1/council/rooms`: begins a room before anybody is in it. The answer's body has the room's `id`.
  public var openRoom: @Sendable (RoomOrder, Identity) async -> Answer
  /// `GET /v1/council/rooms/{id}`.
  public var room: @Sendable (_ id: String) async -> Answer
  /// `DELETE /v1/council/rooms/{id}`: ends it for all.
  public var endRoom: @Sendable (_ id: String, Identity) async -> Answer
  /// `GET /v1/council/rooms/{id}/participants`.
  public var participants: @Sendable (_ room: String) async -> Answer
  /// `POST /v1/council/rooms/{id}/participants/{number}`: mutes somebody, or lets them be heard again.
  public var change: @Sendable (_ room: String, _ number: UInt64, ParticipantOrder, Identity) async -> Answer
  /// `DELETE /v1/council/rooms/{id}/participants/{number}`: ends somebody's call.
  public var expel: @Sendable (_ room: String, _ number: UInt64, Identity) async -> Answer
  /// `GET /v1/council/admissions`; filter `trace_id`.
  public var admissions: @Sendable (AdminAPI.Page) async -> Answer
  /// `DELETE /v1/council/admissions/{call identifier}`: ends the call, whoever has let it in.
  public var revokeAdmission: @Sendable (_ callIdentifier: String, Identity) async -> Answer
  /// `GET /v1/council/endpoints`.
  public var endpoints: @Sendable (AdminAPI.Page) async -> Answer

  /// All of it.
  public init(
    rooms: @escaping @Sendable (AdminAPI.Page) async -> Answer,
    openRoom: @escaping @Sendable (RoomOrder, Identity) async -> Answer,
    room: @escaping @Sendable (_ id: String) async -> Answer,
    endRoom: @escaping @Sendable (_ id: String, Identity) async -> Answer,
    participants: @escaping @Sendable (_ room: String) async -> Answer,
    change: @escaping @Sendable (_ room: String, _ number: UInt64, ParticipantOrder, Identity) async -> Answer,
    expel: @escaping @Sendable (_ room: String, _ number: UInt64, Identity) async -> Answer,
    admissions: @escaping @Sendable (AdminAPI.Page) async -> Answer,
    revokeAdmission: @escaping @Sendable (_ callIdentifier: String, Identity) async -> Answer,
    endpoints: @escaping @Sendable (AdminAPI.Page) async -> Answer
  ) {
    self.rooms = rooms
    self.openRoom = openRoom
    self.room = room
    self.endRoom = endRoom
    self.participants = participants
    self.change = change
    self.expel = expel
    self.admissions = admissions
    self.revokeAdmission = revokeAdmission
    self.endpoints = endpoints
  }
}
