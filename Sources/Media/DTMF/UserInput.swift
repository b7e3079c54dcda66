import Codecs
import Wire

/// What the user of an H.323 terminal keys in (H.245 §7.12.3, `UserInputIndication`), in no encoding: the gateway's H.245
/// side turns it into the message and back.
public enum UserInput: Sendable, Hashable {
  /// `alphanumeric`: characters; those that are keys count, the others are left out.
  case alphanumeric([UInt8])
  /// `signal`: one key, and how long it is held in milliseconds, 1 to 65,535, when that is known already.
  case signal(DTMFDigit, milliseconds: UInt16?)
  /// `signalUpdate`: the key of the last `signal` is held for so long in all, in milliseconds.
  case signalUpdate(milliseconds: UInt16)
}

extension Duration {
  /// Whole milliseconds, 1 to ``DTMFLimits/maxMilliseconds``.
  var keyMilliseconds: UInt16 {
    UInt16(truncatingIfNeeded: min(max(saturatingNanoseconds / 1_000_000, 1), Int64(DTMFLimits.maxMilliseconds)))
  }

  /// So many units of a clock.
  func units(at clockRate: UInt32) -> UInt32 {
    let milliseconds = min(max(saturatingNanoseconds / 1_000_000, 0), 1_000_000)
    return UInt32(truncatingIfNeeded: UInt64(milliseconds) * UInt64(clockRate) / 1_000)
  }

  /// So many units of a clock as a time.
  static func units(_ units: UInt32, at clockRate: UInt32) -> Duration {
    .microseconds(Int64(units) * 1_000_000 / Int64(max(clockRate, 1)))
  }
}
