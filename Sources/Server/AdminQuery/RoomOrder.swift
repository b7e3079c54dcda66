internal import Guard
public import Wire

/// A room that the operator wants: the body of `POST /v1/council/rooms`.
public struct RoomOrder: Sendable, Equatable {
  /// Its name: `council`, or `council-` and up to 64 letters, digits and `. _ -`. Nil: one that the node makes up.
  public var id: String?
  /// What ties its records together; nil: what its name says, or one that the node makes up.
  public var traceID: String?
  /// How many may be in it; nil: as many as the node allows.
  public var capacity: Int?
  /// How long it lasts though nobody leaves, in seconds; nil: as long as the node allows.
  public var seconds: Int64?

  /// The most people in a room (DOMAIN §9).
  public static let maxCapacity = 25
  /// The longest a room may be wanted for, in seconds: a day.
  public static let maxSeconds: Int64 = 86_400

  /// An order for any room.
  public init(id: String? = nil, traceID: String? = nil, capacity: Int? = nil, seconds: Int64? = nil) {
    self.id = id
    self.traceID = traceID
    self.capacity = capacity
    self.seconds = seconds
  }

  /// What a body orders. Members that are not known are a mistake that should be heard of.
  public init(_ body: JSONValue) throws(QueryError) {
    self.init()
    guard case .object(let members) = body else { throw .value("the body", "a JSON object") }
    for (name, value) in members {
      switch name {
      case "id":
        guard let text = value.string, RoomName.isRoom(text) else {
          throw .value("id", "council, or council- and up to \(TraceID.maxBytes) letters, digits and . _ -")
        }
        id = text
      case "trace_id":
        guard let text = value.string, TraceID.isTraceID(text.utf8) else {
          throw .value("trace_id", "1 to \(TraceID.maxBytes) letters, digits and . _ -")
        }
        traceID = text
      case "capacity":
        guard let number = value.integer, (1...Int64(Self.maxCapacity)).contains(number) else {
          throw .value("capacity", "a number from 1 to \(Self.maxCapacity)")
        }
        capacity = Int(number)
      case "seconds":
        guard let number = value.integer, (1...Self.maxSeconds).contains(number) else {
          throw .value("seconds", "a number from 1 to \(Self.maxSeconds)")
        }
        seconds = number
      default: throw .unknown(name, known: ["id", "trace_id", "capacity", "seconds"])
      }
    }
  }
}

/// What the operator wants of somebody in a room: the body of `POST /v1/council/rooms/{id}/participants/{number}`.
public struct ParticipantOrder: Sendable, Equatable {
  /// Whether the others shall not hear them.
  public var isMuted: Bool

  /// An order.
  public init(isMuted: Bool) { self.isMuted = isMuted }

  /// What a body orders: `{"muted": true}` or `{"muted": false}`.
  public init(_ body: JSONValue) throws(QueryError) {
    guard case .object(let members) = body else { throw .value("the body", "a JSON object") }
    var muted: Bool?
    for (name, value) in members {
      guard name == "muted" else { throw .unknown(name, known: ["muted"]) }
      guard let flag = value.bool else { throw .value("muted", "true or false") }
      muted = flag
    }
    guard let muted else { throw .value("muted", "there: true or false") }
    isMuted = muted
  }
}
