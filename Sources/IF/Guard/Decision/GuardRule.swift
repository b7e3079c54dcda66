/// The rules of IF.guard in the order in which they are tried (DOMAIN §5, steps 8 and 9), and the two outcomes that
/// let a call in.
///
/// The raw values are stable: they stand in the `Reason` text, in witness records and in metric labels.
public enum GuardRule: String, Sendable, Hashable, CaseIterable {
  // Step 8: the headers.

  /// `headers: derived` is for phones that speak TLS.
  case derivedTransport = "derived-transport"
  /// `X-IF-Trace-ID` is missing, repeated or no trace_id.
  case traceIDHeader = "trace-id-header"
  /// `X-IF-Hazard` is missing, repeated or no token.
  case hazardHeader = "hazard-header"
  /// The hazard is none that an active expert speaks for.
  case hazardCovered = "hazard-covered"
  /// A phone without headers called a target that says nothing about the hazard, and no escalation is open for it.
  case hazardDerivable = "hazard-derivable"
  /// `X-IF-Timestamp` is missing beside a signature, repeated or no RFC 3339 time in UTC.
  case timestampHeader = "timestamp-header"
  /// The timestamp is too far from our clock.
  case timestampFresh = "timestamp-fresh"
  /// `X-IF-Signature` occurs more than once.
  case signatureHeader = "signature-header"

  // Step 9: the guard.

  /// Posture `closed`: no new escalations.
  case postureOpen = "posture-open"
  /// Nobody authenticated.
  case callerAuthenticated = "caller-authenticated"
  /// Neither the From URI nor the user is in the registry.
  case callerRegistered = "caller-registered"
  /// The entry is suspended or revoked.
  case callerActive = "caller-active"
  /// The entry's user is not the one who authenticated.
  case callerUser = "caller-user"
  /// The From URI is not one of the entry's.
  case callerAddress = "caller-address"
  /// The organisation is not active, or does not own the network the call comes from.
  case sourceNetwork = "source-network"
  /// The organisation lists names for client certificates, and the connection proves none of them.
  case clientCertificate = "client-certificate"
  /// The hazard is not among the expert's specialisations.
  case specialisation
  /// A signature is needed and not there.
  case signaturePresent = "signature-present"
  /// The signature does not hold.
  case signatureValid = "signature-valid"
  /// The signed Call-ID has had its 2xx, or its timestamp is from before we can remember.
  case signatureUnspent = "signature-unspent"
  /// We were to call an expert that is not in the registry.
  case calleeRegistered = "callee-registered"
  /// We were to call an expert that is suspended or revoked.
  case calleeActive = "callee-active"
  /// The room is closed.
  case roomOpen = "room-open"
  /// The room is full.
  case roomCapacity = "room-capacity"

  // Nothing failed.

  /// An expert calls in.
  case expertAdmitted = "expert-admitted"
  /// A guardian dials in.
  case guardianAdmitted = "guardian-admitted"
  /// We call an expert.
  case calloutAdmitted = "callout-admitted"

  /// Whether the rule refuses; false for the outcomes that let a call in.
  public var refuses: Bool { status != 200 }

  /// The status of the refusal: 400 for headers without the right form, else 403; 200 where nothing failed.
  public var status: Int {
    switch self {
    case .traceIDHeader, .hazardHeader, .timestampHeader, .signatureHeader: 400
    case .expertAdmitted, .guardianAdmitted, .calloutAdmitted: 200
    case .derivedTransport, .hazardCovered, .hazardDerivable, .timestampFresh, .postureOpen, .callerAuthenticated,
      .callerRegistered, .callerActive, .callerUser, .callerAddress, .sourceNetwork, .clientCertificate,
      .specialisation, .signaturePresent, .signatureValid, .signatureUnspent, .calleeRegistered, .calleeActive,
      .roomOpen, .roomCapacity:
      403
    }
  }
}

/// The rules before IF.guard (DOMAIN §5, steps 1 to 7), so that all names of refusals come from one place.
///
/// The proxy applies them; Guard only names them. The raw values are stable, as those of `GuardRule`.
public enum AdmissionRule: String, Sendable, Hashable, CaseIterable {
  /// Step 1: too many packets from one source; dropped.
  case flood
  /// Step 2: not a sane SIP message.
  case sanity
  /// Step 3: the source is not on the allowlist.
  case source = "source-allowed"
  /// A trusted neighbour did not say on whose behalf it calls.
  case trustedFacts = "trusted-facts"
  /// A Route or `maddr` of somebody else's, from somebody untrusted.
  case route = "foreign-route"
  /// Step 4: the transport is not secure enough for the target.
  case transport = "transport-secure"
  /// Step 5: Max-Forwards is used up.
  case maxForwards = "max-forwards"
  /// Step 6: too many failed attempts.
  case lockout
  /// Step 6: no credentials, or none that hold.
  case authentication
  /// The From or To URI does not belong to the user who authenticated.
  case identity
  /// Step 7: too many calls of one expert.
  case rate = "rate-limit"
  /// Step 7: too many calls of one expert at the same time.
  case callsAtOnce = "calls-at-once"
  /// The target is nobody we route to.
  case relay = "no-relay"
  /// An expert called something that is no escalation target.
  case expertTarget = "expert-target"
  /// A request inside a dialog that is none of ours.
  case dialog = "unknown-dialog"
}
