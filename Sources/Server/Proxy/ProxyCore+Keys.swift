import DTMF
import Guard
import Relay
import SIPMessage
import SIPTransaction
import Wire

/// An INFO of ours that is under way, and whose key is in it.
struct KeyRequest {
  let relay: RelayCallID
  let stream: Int
}

// Keys of a relayed call whose parties want them differently (``MediaAnchor``): INFO requests with keys end here and become
// telephone events at the relay, and the other way round.
//
// An INFO of ours stands in the dialog of the two parties in the name of one of them, as a BYE of the operator's does. What
// that party says later must have a higher number (RFC 3261 §12.2.1.1): from then on the numbers of its requests are
// written higher, and those in the answers lower again.
extension ProxyCore {
  /// A key has come as a telephone event, for a party that takes INFO.
  public mutating func send(
    key: DTMFInfo, stream: Int, of relay: RelayCallID, to side: RelaySide, at moment: Moment, into sink: inout ProxySink
  ) {
    guard let name = relayed[relay], let call = calls[name], let dialog = call.dialog,
      let party = side == .caller ? dialog.caller : dialog.callee,
      let other = side == .caller ? dialog.callee : dialog.caller, party.isReachable
    else {
      sink.actions.append(.keyAnswered(relay, stream: stream))
      return
    }
    let number = dialog.takeNumber(of: side.other, other.sequence)
    var body: [UInt8] = []
    key.write(into: &body)
    var client: ClientTransactionID?
    if let info = ownRequest(
      .info, call, to: party, from: other, sequence: number, reason: nil, body: (key.form.contentType, body))
    {
      client = layer.sendRequest(
        method: .info, branch: info.branch.span, bytes: info.bytes, hop: info.hop, context: ContextID.ownRequest.word,
        now: moment.now, into: &transactions)
      if client != nil { recordOwn(.info, call, info.hop, at: moment, into: &sink) }
    }
    if let client {
      keyRequests[client] = KeyRequest(relay: relay, stream: stream)
    } else {
      sink.actions.append(.keyAnswered(relay, stream: stream))
    }
    settle(at: moment, into: &sink)
  }

  /// An INFO of ours has its final answer, or none will come.
  mutating func keyAnswered(_ client: ClientTransactionID, into sink: inout ProxySink) {
    guard !keyRequests.isEmpty, let request = keyRequests.removeValue(forKey: client) else { return }
    sink.actions.append(.keyAnswered(request.relay, stream: request.stream))
  }

  /// Takes an INFO with a key of a call whose parties want their keys differently; false: it goes its way.
  mutating func takeKey(
    _ inbound: Inbound, _ dialog: DialogReference, at moment: Moment, into sink: inout ProxySink
  ) -> Bool {
    guard inbound.method == .info, let name = dialog.call, let media = calls[name]?.media, let relay = media.relay,
      let stream = media.keyStream
    else { return false }
    let request = inbound.request
    let view = request.view
    guard let entry = view.first(.contentType), let form = DTMFInfo.Form(contentType: view.slice(entry.valueRange)),
      let key = try? DTMFInfo(parsing: view.slice(view.body), as: form)
    else { return false }
    respond(
      inbound, status: 200, phrase: "OK", headers: [], traceID: dialog.traceID, at: moment, into: &sink)
    refresh(name, at: moment)
    sink.actions.append(.pressKey(relay, stream: stream, of: dialog.isFromCaller ? .caller : .callee, key))
    return true
  }
}

extension CallMedia {
  /// The stream of the relayed call whose sides want their keys differently; nil when there is none.
  var keyStream: Int? {
    for line in anchor.openStreams {
      if let peers = anchor.peers(of: line), peers.caller.keyEvents != nil || peers.callee.keyEvents != nil {
        return place(of: line)
      }
    }
    return nil
  }
}

extension CallDialog {
  /// A number for a request of ours in a party's name, above all of its own so far.
  func takeNumber(of side: RelaySide, _ highest: UInt32) -> UInt32 {
    let shift = shift(of: side)
    // A party that has sent nothing may begin with 0 (§8.1.1.5 has no lowest number).
    let more: UInt32 = highest == 0 ? 2 : 1
    if side == .caller { callerShift = shift &+ more } else { calleeShift = shift &+ more }
    return min(highest, UInt32(Int32.max) - 1) &+ shift &+ 1
  }

  /// By how much the numbers of a party's requests are written higher.
  func shift(of side: RelaySide) -> UInt32 { side == .caller ? callerShift : calleeShift }

  /// The same for a request that goes on now; the ACK of an INVITE has the INVITE's, whatever comes between them.
  func shift(of side: RelaySide, _ method: SIPMethod, _ sequence: UInt32) -> UInt32 {
    if method == .ack {
      guard let invite = side == .caller ? callerInvite : calleeInvite, invite.sequence == sequence else { return 0 }
      return invite.shift
    }
    let shift = shift(of: side)
    if method == .invite {
      if side == .caller { callerInvite = (sequence, shift) } else { calleeInvite = (sequence, shift) }
    }
    return shift
  }
}
