import PER
import Wire

/// A call signalling message: Q.931 outside, H323-UserInformation in its User-user element.
public struct CallSignallingMessage: Sendable, Hashable {
  /// Why a message cannot be read or written.
  public enum Failure: Error, Sendable, Hashable {
    case q931(Q931Error)
    /// There is no User-user element, or it is empty or of another protocol.
    case noUserInformation
    case userInformation(PERError)
  }

  /// The Q.931 message; its User-user element is not looked at any more.
  public var q931: Q931Message

  /// What User-user says.
  public var userInformation: H323UserInformation

  /// A message of its two halves.
  public init(_ q931: Q931Message, _ userInformation: H323UserInformation) {
    self.q931 = q931
    self.userInformation = userInformation
  }

  /// Reads the payload of a TPKT packet.
  public init(decoding bytes: Span<UInt8>) throws(Failure) {
    do throws(Q931Error) {
      q931 = try Q931Message(decoding: bytes)
    } catch {
      throw .q931(error)
    }
    guard let octets = q931.userUser else { throw .noUserInformation }
    do throws(PERError) {
      userInformation = try H323UserInformation(decoding: octets)
    } catch {
      throw .userInformation(error)
    }
    q931.userUser = nil
  }

  /// Writes the payload of a TPKT packet.
  public func encoded() throws(Failure) -> [UInt8] {
    var message = q931
    do throws(PERError) {
      message.userUser = try userInformation.encoded()
    } catch {
      throw .userInformation(error)
    }
    do throws(Q931Error) {
      return try message.encoded()
    } catch {
      throw .q931(error)
    }
  }
}
