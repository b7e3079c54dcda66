import Wire

extension DNSMessage {
  /// What this message says to a question of ours.
  ///
  /// Only records count whose owner is the question's name, or the name that the answer's own CNAME records lead to
  /// from there (RFC 1034 §3.6.2, §5.2.2). Whatever else a server puts into its answer is for nobody. We ask servers that
  /// recurse, so a chain that ends without records has none.
  public func answer(to question: DNSQuestion, limits: DNSLimits = .default) -> DNSAnswer {
    guard isResponse, opcode == 0, self.question == question, !isTruncated else { return .failed(.malformed) }
    switch responseCode {
    case .noError, .noSuchName: break
    case .serverFailure, .other: return .failed(.serverFailure)
    case .refused: return .failed(.refused)
    }
    var name = question.name
    var timeToLive = UInt32.max
    var aliases = 0
    while true {
      if responseCode == .noError, let (records, seconds) = records(of: name, question.type, limits) {
        return .records(records, timeToLive: min(timeToLive, seconds))
      }
      guard let (target, seconds) = alias(of: name) else { break }
      aliases += 1
      guard aliases <= limits.maxAliases else { return .failed(.tooManyAliases) }
      timeToLive = min(timeToLive, seconds)
      name = target
    }
    let known = startOfAuthority.flatMap { name.isWithin($0.zone) ? $0.negativeTimeToLive : nil }
    return .absent(
      responseCode == .noSuchName ? .noSuchName : .noSuchRecord,
      timeToLive: known.map { min($0, timeToLive) })
  }

  private func alias(of name: DNSName) -> (DNSName, UInt32)? {
    for record in answers where record.owner == name {
      if case .alias(let target) = record.content { return (target, record.timeToLive) }
    }
    return nil
  }

  /// The records of one name and type, with the least of their TTLs (RFC 2181 §5.2); nil when there are none.
  private func records(
    of name: DNSName, _ type: DNSRecordType, _ limits: DNSLimits
  ) -> (DNSRecords, UInt32)? {
    var addresses: [IPAddress] = []
    var services: [SRVRecord] = []
    var pointers: [NAPTRRecord] = []
    var count = 0
    var timeToLive = UInt32.max
    for record in answers where record.owner == name && count < limits.maxAnswerRecords {
      switch (type, record.content) {
      case (.a, .address(let address)) where address.isIPv4: addresses.append(address)
      case (.aaaa, .address(let address)) where address.isIPv6: addresses.append(address)
      case (.srv, .service(let service)): services.append(service)
      case (.naptr, .pointer(let pointer)): pointers.append(pointer)
      case (.a, _), (.aaaa, _), (.srv, _), (.naptr, _): continue
      }
      count += 1
      timeToLive = min(timeToLive, record.timeToLive)
    }
    guard count > 0 else { return nil }
    switch type {
    case .a, .aaaa: return (.addresses(addresses), timeToLive)
    case .srv: return (.services(services), timeToLive)
    case .naptr: return (.pointers(pointers), timeToLive)
    }
  }
}
