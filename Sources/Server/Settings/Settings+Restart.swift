extension Settings {
  /// The top keys whose values differ in another configuration and are read at start only.
  public func keysForRestart(_ other: Settings) -> [String] {
    var keys: [String] = []
    func compare<Value: Equatable>(_ key: String, _ value: (Settings) -> Value) {
      if value(self) != value(other) { keys.append(key) }
    }
    compare("state_dir", \.stateDirectory)
    compare("listen") { settings in
      settings.listeners.map { listener in
        var listener = listener
        // Read again with the rest of the policy.
        listener.algorithms = nil
        return listener
      }
    }
    compare("admin", \.admin)
    compare("dns", \.dns)
    compare("reactors", \.reactors)
    compare("tcp", \.tcp)
    compare("websocket", \.webSocket)
    compare("council", \.council)
    compare("witness", \.witness)
    compare("hep", \.hep)
    return keys
  }
}
