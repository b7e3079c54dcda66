import Settings
import Testing

@Suite("Settings: hep")
struct HEPSettingsTests {
  @Test("Every key is read; the key's path begins where the file is")
  func everyKey() throws {
    let read = try #require(
      load(
        """
        hep: { server: "udp://[2001:db8::9]:9061", capture_id: 4294967295, node_name: "edge 1", auth_key_file: keys/hep, events: false }
        """
      ).0?.hep)
    #expect(read.url == "udp://[2001:db8::9]:9061")
    #expect(read.captureID == .max && read.nodeName == "edge 1" && read.authKeyPath == "dir/keys/hep")
    #expect(!read.hasEvents)
  }

  @Test("Off unless a server is written; the rest has defaults")
  func defaults() throws {
    #expect(load("").0?.hep == nil)
    #expect(load("hep: { server: null, capture_id: 7 }").0?.hep == nil)
    let read = try #require(load("hep: { server: \"UDP://192.0.2.9\" }").0?.hep)
    #expect(read.url == "udp://192.0.2.9:9060")
    #expect(read.captureID == 2_001 && read.nodeName == nil && read.authKeyPath == nil && read.hasEvents)
  }

  @Test(
    "each wrong value is a problem of its key",
    arguments: [
      ("hep: { server: \"192.0.2.9:9060\" }", "hep.server"), ("hep: { server: \"tcp://192.0.2.9\" }", "hep.server"),
      ("hep: { server: \"udp://homer.example.net:9060\" }", "hep.server"),
      ("hep: { server: \"udp://192.0.2.9:0\" }", "hep.server"),
      ("hep: { server: \"udp://0.0.0.0:9060\" }", "hep.server"),
      ("hep: { server: \"udp://192.0.2.9:65536\" }", "hep.server"), ("hep: { server: \"udp://\" }", "hep.server"),
      ("hep: { server: [\"udp://192.0.2.9\"] }", "hep.server"), ("hep: udp://192.0.2.9", "hep"),
      ("hep: { capture_id: 0 }", "hep.capture_id"), ("hep: { capture_id: 4294967296 }", "hep.capture_id"),
      ("hep: { node_name: \"\" }", "hep.node_name"), ("hep: { node_name: \"a\\nb\" }", "hep.node_name"),
      ("hep: { auth_key_file: \"\" }", "hep.auth_key_file"), ("hep: { events: maybe }", "hep.events"),
      ("hep: { sever: \"udp://192.0.2.9\" }", "hep.sever"),
    ])
  func wrong(text: String, key: String) {
    #expect(load(text).1.map(\.key) == [key])
  }

  @Test("a node name has at most 255 bytes")
  func nodeName() {
    func problems(_ count: Int) -> [SettingsProblem] {
      load("hep: { server: \"udp://192.0.2.9\", node_name: \"\(String(repeating: "n", count: count))\" }").1
    }
    #expect(problems(Settings.HEP.maxTextBytes).isEmpty)
    #expect(problems(Settings.HEP.maxTextBytes + 1).map(\.key) == ["hep.node_name"])
  }
}
