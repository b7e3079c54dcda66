import Files

// Small files of the state directory that others keep something in.
extension StateDirectory {
  /// What a note holds; nil: there is none.
  public func note(_ name: String, limit: Int) throws(StoreError) -> [UInt8]? {
    do throws(FileError) {
      guard try Files.isRegular("\(path)/\(name)") else { return nil }
      return try Files.read("\(path)/\(name)", limit: limit)
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  /// Writes a note, whole or not at all.
  public func setNote(_ name: String, _ bytes: [UInt8]) throws(StoreError) {
    do throws(FileError) {
      try Files.replace("\(path)/\(name)", with: bytes)
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }

  /// Takes a note away; durable when it returns.
  public func removeNote(_ name: String) throws(StoreError) {
    do throws(FileError) {
      guard try Files.isRegular("\(path)/\(name)") else { return }
      try Files.remove("\(path)/\(name)")
      try Files.syncDirectory(path)
    } catch {
      throw StoreError(.fileSystem, "\(error)")
    }
  }
}
