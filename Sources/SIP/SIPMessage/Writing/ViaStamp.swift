import Wire

/// What a server writes into the topmost Via of a request (§18.2.1, RFC 3581 §4): one or two places of the value with
/// what goes there, in the value's order.
struct ViaStamp {
  struct Edit {
    var range: ByteRange
    var text: Text
  }

  enum Text {
    /// `rport=` and the port seen.
    case rport(UInt16)
    /// The address alone, in the place of another.
    case address(IPAddress)
    /// `;received=` and the address.
    case received(IPAddress)

    func write(into bytes: inout [UInt8]) {
      switch self {
      case .rport(let port):
        bytes.append(contentsOf: "rport=")
        Decimal.append(UInt64(port), to: &bytes)
      case .address(let address):
        address.appendText(to: &bytes)
      case .received(let address):
        bytes.append(contentsOf: ";received=")
        address.appendText(to: &bytes)
      }
    }
  }

  private(set) var first: Edit?
  private(set) var second: Edit?

  init(_ via: ViaField, received: IPAddress?, port: UInt16?) {
    if let parameter = via.rportParameter, let port { first = Edit(range: parameter, text: .rport(port)) }
    guard let received else { return }
    let edit: Edit
    if let old = via.received {
      edit = Edit(range: old, text: .address(received))
    } else {
      edit = Edit(range: ByteRange(at: via.value.upper, to: via.value.upper), text: .received(received))
    }
    if let rport = first, rport.range.lower > edit.range.lower {
      (first, second) = (edit, rport)
    } else if first == nil {
      first = edit
    } else {
      second = edit
    }
  }
}
