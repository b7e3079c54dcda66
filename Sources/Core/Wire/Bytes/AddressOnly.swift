/// Keeps the struct that holds it where it is.
///
/// The compiler may copy a large struct, byte by byte, to call a method that does not change it: 1,744 bytes a time for a
/// proxy core, which came to a fifteenth of all the work on a call. A struct with an existential in it is only ever
/// passed by its address. For `~Copyable` state of one owner; nothing else needs it.
public struct AddressOnly: Sendable {
  private let existential: any Sendable = 0 as UInt8

  /// Nothing to set.
  public init() {}
}
