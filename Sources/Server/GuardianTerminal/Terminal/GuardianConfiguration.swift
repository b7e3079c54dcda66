public import Admissions
import H225
public import H245
public import OpenSSLCrypto
import PER
public import Wire

/// Who a guardian is, where it calls and what it says there.
public struct GuardianConfiguration: Sendable {
  /// How it reaches the council.
  public enum Way: Sendable, Hashable {
    /// It registers with the first of these that answers, and asks to be admitted.
    case gatekeepers([SocketAddress])
    /// It calls there without asking.
    case direct(SocketAddress)
  }

  /// The room: `council-…`, or any other alias.
  public var room: String
  /// How it is reached.
  public var way: Way
  /// Its entry in the registry: `if://guardian/…`.
  public var terminalID: String
  /// Its aliases; without any, ``terminalID`` is one.
  public var aliases: [String]
  /// With which it signs its requests; nil: it does not.
  public var key: GuardianKey?
  /// H.235.1; nil: messages are not sealed.
  public var password: H2351Password?
  /// Where RAS reaches it.
  public var ras: SocketAddress
  /// Where calls would reach it.
  public var signalling: SocketAddress
  /// Where it takes RTP.
  public var media: SocketAddress
  /// Where it takes RTCP.
  public var control: SocketAddress
  /// What it takes and sends, most wanted first.
  public var codecs: [AudioCapability] = [.g711Ulaw64k(20), .g711Alaw64k(20)]
  /// What it says.
  public var source = AudioSource.silence
  /// Digits that it sends once it is in: of `0123456789*#ABCD!`.
  public var digits: [UInt8] = []
  /// Whether digits go as telephone-events in RTP where the peer takes them; otherwise as user input of H.245.
  public var sendsDigitsInRTP = false
  /// How long it stays once it is connected; nil: until it is told to go.
  public var stay: Duration?
  /// How long registering, being admitted and being connected may take, each.
  public var patience = Duration.seconds(15)
  /// What its call may use, both directions together, in bits per second.
  public var bandwidthBitsPerSecond: Int64 = 128_000
  /// What its token declares: ``AdmissionToken/callType`` and ``AdmissionToken/hasPII``.
  public var callType = AdmissionToken.escalate
  /// Whether the call is about personal data.
  public var hasPII = false
  /// The trace_id that its Setup carries; nil for none.
  public var traceID: String?
  /// Whether it offers fast connect, and tunnels H.245.
  public var usesFastStart = true
  /// Whether it tunnels H.245.
  public var tunnelsH245 = true

  /// The payload type under which it takes telephone-events.
  static let keyPayloadType: UInt8 = 101
  /// The most digits.
  public static let maxDigits = 64

  /// A guardian.
  public init(
    room: String, way: Way, terminalID: String, aliases: [String] = [], ras: SocketAddress, signalling: SocketAddress,
    media: SocketAddress, control: SocketAddress
  ) {
    self.room = room
    self.way = way
    self.terminalID = terminalID
    self.aliases = aliases
    self.ras = ras
    self.signalling = signalling
    self.media = media
    self.control = control
  }

  /// Its aliases as H.225.0 has them.
  var aliasAddresses: [AliasAddress] { (aliases.isEmpty ? [terminalID] : aliases).map(Self.address) }

  /// The alias of a text: digits are dialled, what has a scheme is a URL, all else a name.
  static func address(_ text: String) -> AliasAddress {
    let digits = Array("0123456789#*,".utf8)
    if !text.isEmpty, text.utf8.count <= 128, text.utf8.allSatisfy(digits.contains) { return .dialledDigits(text) }
    if text.contains("://"), text.utf8.count <= 512, text.utf8.allSatisfy({ $0 < 0x80 }) { return .urlID(text) }
    return .h323ID(BMPString(String(text.prefix(256))))
  }

  /// What it is in H.323.
  static var endpointType: EndpointType {
    var type = EndpointType(mc: false, undefinedNode: false)
    type.terminal = TerminalInfo()
    type.vendor = vendor
    return type
  }

  /// Who made it.
  static var vendor: VendorIdentifier { VendorIdentifier(product: "ifsip-proxy guardian") }
}

extension SocketAddress {
  /// As H.225.0 has it.
  var transport: H225.TransportAddress { .ipAddress(ip, port: port) }
}

/// A private key that whoever needs it holds together.
public final class GuardianKey: Sendable {
  /// The key.
  public let key: Ed25519PrivateKey

  /// Takes a key over.
  public init(_ key: consuming Ed25519PrivateKey) { self.key = key }
}
