import Wire

extension SDPEditor {
  /// Takes payload types out of a media description, with all that is said of them, and adds others behind those that
  /// stay, or before them. A payload type that is there already is not added. Of this and ``setPort(_:media:)`` or
  /// ``setTransport(_:media:)`` on one stream the later counts.
  public mutating func changeFormats(
    removing: [UInt8] = [], adding: [(map: RTPMap, parameters: String)] = [], isFirst: Bool = false, media: Int
  ) {
    guard let formats = formats(of: media) else { return }
    let removed = Set(removing.map { "\($0)" })
    var left = formats.filter { !removed.contains($0) }
    let added = adding.filter { new in !left.contains("\(new.map.payloadType)") }
    left.insert(contentsOf: added.map { "\($0.map.payloadType)" }, at: isFirst ? 0 : left.count)
    // A line without formats would be no media description.
    guard !left.isEmpty, left != formats else { return }
    setFormats(left, media: media)
    removeAttributes(of: removed, media: media)
    for new in added {
      append(new.map, media: media)
      if !new.parameters.isEmpty, let parameters = FormatParameters("\(new.map.payloadType)", new.parameters) {
        append(parameters, media: media)
      }
    }
  }
}
