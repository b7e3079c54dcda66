import Settings
import Testing
import Wire

@Suite("Settings: media")
struct MediaSettingsTests {
  @Test("every key is read")
  func everyKey() throws {
    let read = try #require(
      load(
        """
        media: { relay: all, address: 192.0.2.7, address6: "2001:db8::7", ports: [30000, 30099], srtp: off, timeout_seconds: 90, learn: port, dscp: 34 }
        """
      ).0?.media)
    #expect(read.relay == .all && read.srtp == .off && read.learn == .port && read.dscp == 34)
    #expect(read.addresses.map(\.description) == ["192.0.2.7", "2001:db8::7"])
    #expect(read.ports == 30_000...30_099 && read.timeout == .seconds(90))
    #expect(load("media: { timeout_seconds: 0 }").0?.media.timeout == .some(nil))
  }

  @Test("the address is that of a listener which others reach, if there is one")
  func defaultAddress() throws {
    let both = try #require(
      load("listen: [\"udp://127.0.0.1:5060\", \"udp://192.0.2.1:5060\", \"tcp://[2001:db8::1]:5060\"]").0?.media)
    #expect(both.addresses.map(\.description) == ["192.0.2.1", "2001:db8::1"])
    #expect(load("").0?.media.addresses.map(\.description) == ["127.0.0.1"])
    #expect(load("listen: [\"udp://[::1]:5060\"]").0?.media.addresses.map(\.description) == ["::1"])
  }

  @Test("an address has to be written where no listener has one, and only where something is relayed")
  func wildcard() {
    let listen = "listen: [\"udp://0.0.0.0:5060\"]\n"
    #expect(load(listen).1.isEmpty)
    #expect(load(listen + "media: { relay: all }").1.map(\.key) == ["media.address"])
    #expect(load(listen + "escalation_targets: [\"sip:council@if.internal\"]").1.map(\.key) == ["media.address"])
    #expect(load(listen + "media: { relay: all, address: 192.0.2.7 }").1.isEmpty)
  }

  @Test(
    "each wrong value is a problem of its key",
    arguments: [
      ("media: { relay: some }", "media.relay"), ("media: { address: here }", "media.address"),
      ("media: { address: 0.0.0.0 }", "media.address"), ("media: { address6: 192.0.2.7 }", "media.address6"),
      ("media: { address: \"::1\", address6: \"::1\" }", "media.address6"),
      ("media: { ports: [40000, 40002] }", "media.ports"), ("media: { ports: [40000] }", "media.ports"),
      ("media: { srtp: always }", "media.srtp"), ("media: { timeout_seconds: -1 }", "media.timeout_seconds"),
      ("media: { timeout_seconds: 86401 }", "media.timeout_seconds"), ("media: { learn: all }", "media.learn"),
      ("media: { dscp: 64 }", "media.dscp"), ("media: { relays: all }", "media.relays"),
    ])
  func wrong(text: String, key: String) {
    #expect(load(text).1.map(\.key) == [key])
  }
}
