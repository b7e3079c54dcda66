import Wire

// Where media is relayed.
extension SettingsReader {
  /// - Parameter settings: everything that was read so far: listeners and escalation targets.
  func media(_ top: inout Section, _ settings: Settings) -> Settings.Media {
    var section = top.section("media")
    var media = Settings.Media()
    media.relay = section.choice("relay", default: media.relay)
    let address = mediaAddress(&section, "address", example: "127.0.0.1")
    let address6 = mediaAddress(&section, "address6", example: "2001:db8::7")
    readPorts(&section, &media)
    media.srtp = section.choice("srtp", default: media.srtp)
    let seconds = section.integer("timeout_seconds", 0...86_400, default: 30)
    media.timeout = seconds == 0 ? nil : .seconds(seconds)
    media.learn = section.choice("learn", default: media.learn)
    media.dscp = UInt8(truncatingIfNeeded: section.integer("dscp", 0...63, default: Int(media.dscp)))
    media.transcodes = section.boolean("transcode", default: false)
    media.recording = recording(&section)
    section.finish()
    if let address6, address6.isIPv4 || address?.isIPv4 == false {
      problems.add(
        section.memberPlace("address6"), "media.address6",
        "is for the IPv6 address beside an IPv4 one; write { address: 192.0.2.7, address6: \"2001:db8::7\" }")
    }
    let own = Self.usable(settings.listeners, isIPv4: true)
    let own6 = Self.usable(settings.listeners, isIPv4: false)
    media.address = address ?? own ?? own6 ?? media.address
    media.address6 = address6 ?? (media.address.isIPv4 ? own6 : nil)
    var whole = settings
    whole.media = media
    if address == nil, own == nil, own6 == nil, whole.relaysMedia {
      problems.add(
        section.memberPlace("address"), "media.address",
        "is missing, and no listener has an address that could be told; write the one that phones reach, or relay: off")
    }
    return media
  }

  private func recording(_ media: inout Section) -> Settings.Media.Recording {
    var section = media.section("recording")
    var recording = Settings.Media.Recording()
    recording.isAllowed = section.boolean("allow", default: false)
    recording.directory = path(section.text("directory"), at: section.pathOf("directory"))
    recording.longest = .seconds(section.integer("max_seconds", 1...86_400, default: 14_400))
    section.finish()
    return recording
  }

  private func mediaAddress(_ section: inout Section, _ key: String, example: String) -> IPAddress? {
    guard let (text, place) = section.text(key) else { return nil }
    guard let address = IPAddress(text), !address.isUnspecified else {
      problems.add(
        place, section.pathOf(key), "\"\(text.shortened)\" is no address that phones could send to; write \(example)")
      return nil
    }
    return address
  }

  private func readPorts(_ section: inout Section, _ media: inout Settings.Media) {
    let place = section.nodePlace("ports")
    let numbers = section.each("ports") { text, place, path -> UInt16? in
      guard let port = UInt16(text), port >= 1_024 else {
        problems.add(place, path, "\"\(text.shortened)\" is no port from 1024 to 65535")
        return nil
      }
      return port
    }
    guard let numbers else { return }
    // A stream takes four: a pair for each side.
    if numbers.count == 2, numbers[0] < numbers[1], numbers[1] - numbers[0] >= 3 {
      media.ports = numbers[0]...numbers[1]
    } else if let place {
      problems.add(place, "media.ports", "write the first and the last port, at least four: [40000, 49999]")
    }
  }

  /// The listeners' address that media may use: one that others reach before one of this machine only.
  private static func usable(_ listeners: [Settings.Listener], isIPv4: Bool) -> IPAddress? {
    let own = listeners.lazy.map(\.address.ip).filter { $0.isIPv4 == isIPv4 && !$0.isUnspecified }
    return own.first { !$0.isLoopback } ?? own.first
  }
}
