import SIPMessage
import SIPTransaction
import Wire

/// What identifies a dialog at one end (RFC 3261 §12): Call-ID and both tags, compared byte for byte.
public struct DialogID: Sendable, Hashable {
  /// The Call-ID.
  public var callID: String
  /// Our tag.
  public var localTag: String
  /// The other side's tag; empty for an RFC 2543 client without one.
  public var remoteTag: String

  /// An identifier of these parts.
  public init(callID: String, localTag: String, remoteTag: String) {
    self.callID = callID
    self.localTag = localTag
    self.remoteTag = remoteTag
  }
}

/// A dialog at one end: RFC 3261 §12.
///
/// ```
///   1xx with tag           2xx                 BYE, or a failure to INVITE
///   ------------> Early ----------> Confirmed ----------------------------> Terminated
///                   |                                                          ^
///                   +----------------------------------------------------------+
/// ```
///
/// It knows what a request within it looks like and which requests of the other side are in order. It holds no bytes of
/// messages and no timers.
public struct Dialog: Sendable, Hashable {
  /// Where the dialog stands.
  public enum Phase: Sendable, Hashable, CaseIterable {
    case early, confirmed, terminated
  }

  /// Whose INVITE made it.
  public enum Role: Sendable, Hashable {
    case uac, uas
  }

  private enum State: Sendable, Hashable {
    /// To `confirmed`, `terminated`.
    case early
    /// To `terminated`.
    case confirmed
    case terminated
  }

  /// Which dialog.
  public let id: DialogID
  /// Whose INVITE made it.
  public let role: Role
  /// Our address as From has it, without tag.
  public let localAddress: String
  /// The other side's, as To has it, without tag.
  public let remoteAddress: String
  /// Where requests go in the end: the URI of the other side's Contact.
  public private(set) var remoteTarget: String
  /// The Route values of requests, as they go onto the wire, brackets and all.
  public private(set) var routeSet: [String]
  /// The secure flag of §12.1: it began with a SIPS URI, so that our Contact has to be one for as long as it lasts.
  public package(set) var isSecure = false
  private var isFirstRouteLoose: Bool
  private var state: State
  /// The number of our last request.
  public private(set) var localSequence: UInt32
  /// The number of the other side's last request; nil before the first.
  public private(set) var remoteSequence: UInt32?

  /// Why no dialog comes of a message.
  public enum Fault: Error, Sendable, Equatable {
    /// No tag of the other side, where there has to be one.
    case noTag
    /// No Contact, or one that is no SIP URI.
    case noContact
    /// More Record-Route values than the limit.
    case tooManyRoutes
    /// A header cannot be read.
    case malformed(SIPParseError)
  }

  /// The dialog that a response to our INVITE makes (§12.1.2).
  ///
  /// - Parameters:
  ///   - response: a provisional response with a To tag, or a 2xx.
  ///   - target: what takes the place of a missing Contact: a 2xx has to be acknowledged all the same.
  public init(
    response: borrowing SIPMessageView, localAddress: String, remoteAddress: String, target: String? = nil,
    maxRoutes: Int
  ) throws(Fault) {
    let parts = try Self.parts(of: response)
    guard let tag = parts.toTag, !tag.isEmpty else { throw .noTag }
    id = DialogID(callID: parts.callID, localTag: parts.fromTag ?? "", remoteTag: tag)
    role = .uac
    self.localAddress = localAddress
    self.remoteAddress = remoteAddress
    if let target {
      remoteTarget = (try? Self.contact(of: response)) ?? target
    } else {
      remoteTarget = try Self.contact(of: response)
    }
    let routes = try Self.recordRoutes(of: response, maxRoutes: maxRoutes)
    routeSet = routes.values.reversed()
    isFirstRouteLoose = routes.loose.last ?? true
    state = (200...299).contains(response.statusCode) ? .confirmed : .early
    localSequence = parts.sequence
    remoteSequence = nil
  }

  /// The dialog that an INVITE makes which we answer with this tag (§12.1.1).
  public init(request: borrowing SIPMessageView, localTag: String, maxRoutes: Int) throws(Fault) {
    let parts = try Self.parts(of: request)
    id = DialogID(callID: parts.callID, localTag: localTag, remoteTag: parts.fromTag ?? "")
    role = .uas
    do throws(SIPParseError) {
      localAddress = Self.address(try request.to(), in: request)
      remoteAddress = Self.address(try request.from(), in: request)
    } catch {
      throw .malformed(error)
    }
    remoteTarget = try Self.contact(of: request)
    let routes = try Self.recordRoutes(of: request, maxRoutes: maxRoutes)
    routeSet = routes.values
    isFirstRouteLoose = routes.loose.first ?? true
    isSecure = Self.isSIPS(request)
    state = .early
    localSequence = 0
    remoteSequence = parts.sequence
  }

  /// Whether a request asks for a SIPS Contact: by its Request-URI, or by the first Record-Route (§12.1.1).
  private static func isSIPS(_ request: borrowing SIPMessageView) -> Bool {
    if let uri = try? SIPURI(parsing: request.slice(request.requestURI)), uri.scheme == .sips { return true }
    return (try? request.recordRoutes())?.first?.address.uri.sip?.scheme == .sips
  }

  /// Where the dialog stands.
  public var phase: Phase {
    switch state {
    case .early: .early
    case .confirmed: .confirmed
    case .terminated: .terminated
    }
  }

  /// The 2xx came for an early dialog: the route set is the one it brings (§13.2.2.4).
  public mutating func confirm(response: borrowing SIPMessageView, maxRoutes: Int) throws(Fault) {
    guard state == .early else { return }
    remoteTarget = (try? Self.contact(of: response)) ?? remoteTarget
    let routes = try Self.recordRoutes(of: response, maxRoutes: maxRoutes)
    routeSet = routes.values.reversed()
    isFirstRouteLoose = routes.loose.last ?? true
    state = .confirmed
  }

  /// We have sent the 2xx.
  public mutating func confirm() {
    if state == .early { state = .confirmed }
  }

  /// The dialog is over.
  public mutating func terminate() {
    state = .terminated
  }

  /// A target refresh request or its 2xx came (§12.2): its Contact is where requests go from now on.
  public mutating func refreshTarget(_ message: borrowing SIPMessageView) {
    guard state != .terminated, let target = try? Self.contact(of: message) else { return }
    remoteTarget = target
  }

  /// The number of our next request; nil when they are used up.
  public mutating func nextSequence() -> UInt32? {
    guard localSequence < CSeqHeader.maxNumber else { return nil }
    localSequence += 1
    return localSequence
  }

  /// Sets the number of our last request: one that was sent before the dialog was there.
  package mutating func sent(_ sequence: UInt32) {
    localSequence = max(localSequence, sequence)
  }

  /// A request of the other side came, other than ACK and CANCEL; whether its number is in order (§12.2.2).
  public mutating func received(_ sequence: UInt32) -> Bool {
    if let remoteSequence, sequence <= remoteSequence { return false }
    remoteSequence = sequence
    return true
  }
}

// MARK: - Requests within it

extension Dialog {
  /// The Request-URI and the Route values of a request (§12.2.1.1): the remote target behind all routes, or, when the
  /// first of them is a strict router, that one's URI with the remote target as the last route.
  public var requestTarget: (requestURI: String, routes: [String]) {
    guard let first = routeSet.first, !isFirstRouteLoose else { return (remoteTarget, routeSet) }
    return (Self.requestURI(ofRoute: first), Array(routeSet.dropFirst()) + ["<\(remoteTarget)>"])
  }

  /// The URI that decides where a request goes: the first route's, or the remote target (§8.1.2).
  public var nextHop: String {
    routeSet.first.map(Self.uri(ofRoute:)) ?? remoteTarget
  }

  private static func uri(ofRoute route: String) -> String {
    (try? RouteHeader(route))?.uri.text ?? route
  }

  /// Without what a Request-URI may not have (§19.1.1): method and headers.
  private static func requestURI(ofRoute route: String) -> String {
    guard let uri = try? RouteHeader(route).uri else { return route }
    return uri.sip?.asRequestURI.text ?? uri.text
  }
}

// MARK: - What messages say

extension Dialog {
  private static func parts(
    of view: borrowing SIPMessageView
  ) throws(Fault) -> (callID: String, fromTag: String?, toTag: String?, sequence: UInt32) {
    do throws(SIPParseError) {
      let callID = view.string(try view.callID())
      let from = try view.from().tag
      let to = try view.to().tag
      return (callID, from.map { view.string($0) }, to.map { view.string($0) }, try view.cseq().number)
    } catch {
      throw .malformed(error)
    }
  }

  /// The URI of the first Contact.
  static func contact(of view: borrowing SIPMessageView) throws(Fault) -> String {
    let contact: ContactField?
    do throws(SIPParseError) {
      contact = try view.firstContact()
    } catch {
      throw .malformed(error)
    }
    guard case .address(let field)? = contact, field.scheme == .sip || field.scheme == .sips else { throw .noContact }
    return view.string(field.uri)
  }

  private static func recordRoutes(
    of view: borrowing SIPMessageView, maxRoutes: Int
  ) throws(Fault) -> (values: [String], loose: [Bool]) {
    var values: [String] = []
    var loose: [Bool] = []
    do throws(SIPParseError) {
      var next = try view.firstRoute(.recordRoute)
      while let route = next {
        guard values.count < maxRoutes else { break }
        values.append(view.string(route.value))
        loose.append(route.uri.isLooseRouter)
        next = try view.route(after: route, of: .recordRoute)
      }
      guard next == nil else { throw SIPParseError(.tooManyValues, at: 0, in: .recordRoute) }
    } catch {
      throw error.reason == .tooManyValues ? .tooManyRoutes : .malformed(error)
    }
    return (values, loose)
  }

  /// Display name and URI in brackets, without parameters.
  static func address(_ field: AddressField, in view: borrowing SIPMessageView) -> String {
    let uri = "<" + view.string(field.uri) + ">"
    guard let name = field.displayName else { return uri }
    return view.string(name) + " " + uri
  }
}
