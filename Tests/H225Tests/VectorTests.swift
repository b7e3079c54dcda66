import H225
import PER
import Testing
import Wire

/// PDUs that others accept are read, and what is written of them is read as the same.
@Suite struct VectorTests {
  private func signalling(_ name: String) throws -> CallSignallingMessage {
    let vector = try #require(Vectors.signalling.first { $0.name == name })
    let octets = try Hex.decode(vector.hex)
    return try CallSignallingMessage(decoding: octets.span)
  }

  private func ras(_ name: String) throws -> RasMessage {
    let vector = try #require(Vectors.ras.first { $0.name == name })
    return try RasMessage(decoding: Hex.decode(vector.hex))
  }

  @Test func everySignallingMessage() throws {
    for vector in Vectors.signalling {
      let octets = try Hex.decode(vector.hex)
      let message = try CallSignallingMessage(decoding: octets.span)
      let written = try message.encoded()
      #expect(try CallSignallingMessage(decoding: written.span) == message, "\(vector.name)")
      for count in octets.indices {
        #expect(throws: CallSignallingMessage.Failure.self) {
          try CallSignallingMessage(decoding: octets.span.extracting(0..<count))
        }
      }
    }
  }

  @Test func everyRasMessage() throws {
    for vector in Vectors.ras {
      let octets = try Hex.decode(vector.hex)
      let message = try RasMessage(decoding: octets)
      #expect(try RasMessage(decoding: message.encoded()) == message, "\(vector.name)")
    }
  }

  @Test func setup() throws {
    let message = try signalling("setup_faststart")
    #expect(message.q931.messageType == .setup && !message.q931.isFromDestination)
    #expect(message.q931.callingPartyNumber?.digits == "1001")
    #expect(message.q931.calledPartyNumber?.digits == "3000")
    let pdu = message.userInformation.h323UUPDU
    #expect(pdu.h245Tunnelling == true)
    guard case .setup(let setup) = pdu.h323MessageBody else {
      Issue.record("no Setup")
      return
    }
    #expect(setup.protocolIdentifier.description == "0.0.8.2250.0.4")
    #expect(setup.sourceAddress == [.h323ID("alice"), .dialledDigits("1001")])
    #expect(setup.sourceInfo.vendor?.vendor.manufacturerCode == 21_324)
    #expect(setup.sourceInfo.vendor?.productId == Array("oracle".utf8))
    #expect(setup.destinationAddress == [.dialledDigits("3000")])
    #expect(setup.conferenceGoal == .create && setup.callType == .pointToPoint)
    #expect(setup.conferenceID.high == 0x0001_0203_0405_0607)
    #expect(setup.sourceCallSignalAddress == .ipAddress(IPAddress(v4: 0x7F00_0001), port: 1720))
    #expect(setup.callIdentifier?.guid.low == 0x1819_1A1B_1C1D_1E1F)
    #expect(setup.fastStart?.count == 4 && setup.fastStart?.first?.octets.count == 19)
    #expect(setup.mediaWaitForConnect == false && setup.multipleCalls == false)
  }

  @Test func tokens() throws {
    guard case .setup(let setup) = try signalling("setup_tokens").userInformation.h323UUPDU.h323MessageBody else {
      Issue.record("no Setup")
      return
    }
    let clear = try #require(setup.tokens?.first)
    #expect(clear.tokenOID.description == "0.0.8.235.0.2.1" && clear.timeStamp == 1_700_000_000)
    #expect(clear.random == -5 && clear.generalID == "gk" && clear.sendersID == "ep1")
    guard case .nestedcryptoToken(.cryptoHashedToken(let hashed))? = setup.cryptoTokens?.first else {
      Issue.record("no hashed token")
      return
    }
    #expect(hashed.hashedVals.random == 7 && hashed.token.hash.count == 96)
    #expect(hashed.token.algorithmOID.description == "0.0.8.235.0.2.6")
  }

  @Test func endings() throws {
    let message = try signalling("release_complete_reason")
    #expect(message.q931.cause?.value == 17)
    #expect(message.userInformation.h323UUPDU.h245Control == [OctetString([0x4A, 0x40])])
    guard case .releaseComplete(let release) = message.userInformation.h323UUPDU.h323MessageBody else {
      Issue.record("no ReleaseComplete")
      return
    }
    #expect(release.reason == .destinationRejection)
  }

  @Test func registration() throws {
    guard case .registrationConfirm(let confirm) = try ras("rcf") else {
      Issue.record("no RCF")
      return
    }
    #expect(confirm.requestSeqNum == 2 && confirm.endpointIdentifier == "1_ep" && confirm.timeToLive == 300)
    #expect(confirm.gatekeeperIdentifier == "GK1" && confirm.willRespondToIRR == false)
    guard case .gatekeeperConfirm(let gatekeeper) = try ras("gcf") else {
      Issue.record("no GCF")
      return
    }
    let alternate = try #require(gatekeeper.alternateGatekeeper?.first)
    #expect(alternate.rasAddress == .ipAddress(IPAddress(v4: 0x7F00_0002), port: 1719))
    #expect(alternate.needToRegister && alternate.priority == 1)
  }

  @Test func admission() throws {
    guard case .admissionConfirm(let confirm) = try ras("acf") else {
      Issue.record("no ACF")
      return
    }
    #expect(confirm.bandWidth == 1_280 && confirm.callModel == .gatekeeperRouted && confirm.irrFrequency == 120)
    #expect(confirm.uuiesRequested?.setup == false)
    // The bitmap has a bit for each addition of the type there too, so the octets are the same.
    #expect(try Hex.encode(ras("acf").encoded()) == Vectors.ras.first { $0.name == "acf" }?.hex)
  }

  @Test func additionsOfLaterVersions() throws {
    guard case .setup(var setup) = try signalling("setup_slow").userInformation.h323UUPDU.h323MessageBody else {
      Issue.record("no Setup")
      return
    }
    setup.unknown[31] = [1, 2, 3]
    setup.unknown[99] = [4]
    let again = try SetupUUIE(decoding: setup.encoded())
    #expect(again == setup && again.unknown[99] == [4])
    // A body that nobody knows yet.
    var pdu = H323UUPDU(h323MessageBody: .other(H225Alternative(index: 40, octets: [9, 9])))
    pdu.h245Tunnelling = true
    #expect(try H323UUPDU(decoding: pdu.encoded()) == pdu)
    let reason = ReleaseCompleteReason.other(H225Alternative(index: 90, octets: [7]))
    #expect(try ReleaseCompleteReason(decoding: reason.encoded()) == reason)
  }

  @Test func parametersInParameters() throws {
    func nested(_ levels: Int) -> GenericData {
      var data = GenericData(id: .standard(levels))
      var parameter = EnumeratedParameter(id: .standard(1))
      parameter.content = levels > 1 ? .nested([nested(levels - 1)]) : .bool(true)
      data.parameters = [parameter]
      return data
    }
    let deep = nested(PERLimits.maxDepth + 1)
    #expect(try GenericData(decoding: deep.encoded()) == deep)
    #expect(throws: PERError.self) { try nested(PERLimits.maxDepth + 2).encoded() }
    // The same by hand: a level is a parameter whose content is one GenericData.
    let level = try deep.encoded()
    #expect(level.count < 200)
  }
}
