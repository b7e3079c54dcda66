/// What Linux says of this process, under the names that every Prometheus client library uses.
public struct ProcessFigures: Sendable, Equatable {
  /// Processor time of all threads, user and system.
  public var cpuSeconds: Double
  /// Memory in use, bytes.
  public var residentBytes: UInt64
  /// Address space, bytes.
  public var virtualBytes: UInt64
  /// When the process began, seconds since 1970; nil: the machine does not say when it was started.
  public var startedAt: Double?
  /// Files and sockets that are open; nil: not known.
  public var openFiles: UInt64?
  /// How many may be; nil: not known.
  public var maxFiles: UInt64?

  /// Reads `/proc/self/stat` (proc(5)): everything behind the command's name, which is in parentheses and may hold any.
  ///
  /// - Parameters:
  ///   - machine: `/proc/stat`, for the time when the machine was started.
  ///   - ticksPerSecond: `_SC_CLK_TCK`.
  ///   - pageBytes: `_SC_PAGESIZE`.
  public init?(stat: String, machine: String, ticksPerSecond: Int, pageBytes: Int) {
    guard ticksPerSecond > 0, pageBytes > 0, let end = stat.utf8.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = stat[stat.utf8.index(after: end)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
    // The state is field 3 of the file, and the first here.
    func field(_ number: Int) -> UInt64? { fields.count > number - 3 ? UInt64(fields[number - 3]) : nil }
    guard let user = field(14), let system = field(15), let start = field(22), let virtual = field(23),
      let resident = field(24)
    else { return nil }
    let ticks = Double(ticksPerSecond)
    cpuSeconds = (Double(user) + Double(system)) / ticks
    virtualBytes = virtual
    residentBytes = resident.multipliedReportingOverflow(by: UInt64(pageBytes)).partialValue
    startedAt = Self.bootTime(machine).map { Double($0) + Double(start) / ticks }
  }

  private static func bootTime(_ machine: String) -> UInt64? {
    for line in machine.split(separator: "\n") where line.hasPrefix("btime ") { return UInt64(line.dropFirst(6)) }
    return nil
  }

  /// Writes the `process_*` families.
  public func write(to page: inout MetricsPage) {
    page.family(
      "process_cpu_seconds_total", .counter, unit: .seconds, help: "Processor time of all threads, user and system.")
    page.sample("process_cpu_seconds_total", cpuSeconds)
    page.family("process_resident_memory_bytes", .gauge, unit: .bytes, help: "Memory in use.")
    page.sample("process_resident_memory_bytes", residentBytes)
    page.family("process_virtual_memory_bytes", .gauge, unit: .bytes, help: "Address space.")
    page.sample("process_virtual_memory_bytes", virtualBytes)
    if let startedAt {
      page.family(
        "process_start_time_seconds", .gauge, unit: .seconds, help: "When the process began, in seconds since 1970.")
      page.sample("process_start_time_seconds", startedAt)
    }
    if let openFiles {
      page.family("process_open_fds", .gauge, help: "Files and sockets that are open.")
      page.sample("process_open_fds", openFiles)
    }
    if let maxFiles {
      page.family("process_max_fds", .gauge, help: "Files and sockets that may be open.")
      page.sample("process_max_fds", maxFiles)
    }
  }
}
