/// The limits of keys on their way between two legs.
public enum DTMFLimits {
  /// The most bytes of an INFO body that is looked at.
  public static let maxInfoBytes = 256
  /// The longest that a key is said to be held in an INFO body or a user input, in milliseconds; what is longer is cut.
  public static let maxMilliseconds: UInt16 = 65_535
  /// The most characters of one alphanumeric user input; what is behind them is left out.
  public static let maxCharacters = 128
  /// The most keys that wait for a leg; what comes then is lost, and counted.
  public static let maxWaiting = 64
  /// The most RTP sources of one leg that are told apart; the one that was silent longest makes room.
  public static let maxSources = 4
  /// Presses that are remembered, to know those that come a second time by another way.
  public static let maxRemembered = 16
  /// A press that comes by another way within this time after the first is the same press.
  public static let pairing = Duration.seconds(2)
  /// A key of which no packet comes for so long is over: three packet times of 60 ms and some more (RFC 4733 §2.5.2.2).
  public static let silence = Duration.milliseconds(250)
  /// The shortest that a key is sent as telephone events: detectors behind it want 40 ms (ITU-T Q.24).
  public static let minHold = Duration.milliseconds(40)
  /// How long a key is held of which nobody says how long.
  public static let usualHold = Duration.milliseconds(160)
  /// The pause between two keys that are sent as telephone events.
  public static let pause = Duration.milliseconds(40)
}
