import SIPMessage
import Wire

/// A message as plain values, read through every accessor a proxy uses: what tests compare.
struct Facts {
  struct Via: Equatable {
    var transport: String
    var host: String
    var port: UInt16?
    var branch: String?
    var isRFC3261 = false
    var rport = ViaField.RPort.absent
    var received: String?
    var maddr: String?
  }

  struct Address: Equatable {
    var display: String?
    var uri: String
    var tag: String?
    var parameters = ""
  }

  var isRequest = true
  var method = ""
  var status = 0
  var reason = ""
  var uri = ""
  var uriField: SIPURIField?
  var user: String?
  var host: String?
  var vias: [Via] = []
  var from = Address(uri: "")
  var to = Address(uri: "")
  var callID = ""
  var cseq: UInt32 = 0
  var cseqMethod = SIPMethod.invite
  var maxForwards: UInt8?
  var expires: UInt32?
  var contentLength: Int?
  var routes: [Address] = []
  var recordRoutes: [Address] = []
  var isFirstRouteLoose = false
  var contacts: [Address] = []
  var isStar = false
  var headers: [(name: SIPHeaderName, text: String, value: String)] = []
  var body: [UInt8] = []
  var fields: SIPMandatoryFields?

  /// Indexes and validates the bytes of a datagram and reads everything.
  init(_ bytes: [UInt8], limits: SIPLimits = .default, framing: SIPFraming = .datagram) throws(SIPParseError) {
    var index = SIPMessageIndex(limits: limits)
    let span = bytes.span
    try index.index(span, framing: framing)
    try self.init(index.view(of: span))
  }

  init(_ text: String, limits: SIPLimits = .default, framing: SIPFraming = .datagram) throws(SIPParseError) {
    try self.init(Array(text.utf8), limits: limits, framing: framing)
  }

  init(_ view: borrowing SIPMessageView) throws(SIPParseError) {
    let fields = try view.validate()
    self.fields = fields
    isRequest = view.isRequest
    if isRequest {
      method = view.method.name
      uri = view.string(view.requestURI)
      let field = try view.requestURIField()
      uriField = field
      user = field.user.map { view.string($0) }
      host = view.string(field.host)
    } else {
      status = view.statusCode
      reason = view.string(view.reasonPhrase)
    }
    try readAddresses(view)
    try readLists(view)
    callID = view.string(try view.callID())
    let cseq = try view.cseq()
    (self.cseq, cseqMethod) = (cseq.number, cseq.method)
    maxForwards = try view.maxForwards()
    expires = try view.expires()
    contentLength = try view.contentLength()
    for place in 0..<view.headerCount {
      let entry = view.header(at: place)
      headers.append((entry.name, view.string(entry.nameRange), view.string(entry.valueRange)))
    }
    body = Array(copying: view.slice(view.body))
  }

  private mutating func readAddresses(_ view: borrowing SIPMessageView) throws(SIPParseError) {
    from = Facts.address(view, try view.from())
    to = Facts.address(view, try view.to())
  }

  private mutating func readLists(_ view: borrowing SIPMessageView) throws(SIPParseError) {
    var via: ViaField? = try view.topmostVia()
    while let field = via {
      vias.append(
        Via(
          transport: view.string(field.transportRange), host: view.string(field.host), port: field.port,
          branch: field.branch.map { view.string($0) }, isRFC3261: field.hasRFC3261Branch, rport: field.rport,
          received: field.received.map { view.string($0) }, maddr: field.maddr.map { view.string($0) }))
      via = try view.via(after: field)
    }
    var route = try view.topmostRoute()
    isFirstRouteLoose = route?.uri.isLooseRouter ?? false
    while let field = route {
      routes.append(Facts.address(view, field.address))
      route = try view.route(after: field)
    }
    var recordRoute = try view.firstRoute(.recordRoute)
    while let field = recordRoute {
      recordRoutes.append(Facts.address(view, field.address))
      recordRoute = try view.route(after: field, of: .recordRoute)
    }
    var contact = try view.firstContact()
    while let field = contact {
      switch field {
      case .all:
        isStar = true
        contact = nil
      case .address(let address):
        contacts.append(Facts.address(view, address))
        contact = try view.contact(after: address)
      }
    }
  }

  private static func address(_ view: borrowing SIPMessageView, _ field: AddressField) -> Address {
    Address(
      display: field.displayName.map { view.string($0) }, uri: view.string(field.uri),
      tag: field.tag.map { view.string($0) }, parameters: view.string(field.parameters))
  }

  /// The values of the headers of that name, in order.
  func values(_ name: SIPHeaderName) -> [String] { headers.filter { $0.name == name }.map(\.value) }

  /// The values of the headers written so.
  func values(named text: String) -> [String] { headers.filter { $0.text == text }.map(\.value) }
}
