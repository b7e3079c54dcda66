"""What a peer does, and what it does oddly."""

from dataclasses import dataclass

from .values import CODECS, Address


@dataclass
class Options:
    """The defaults are those of a plain terminal of H.225.0 version 4."""

    version: int = 4
    display: str | None = None
    codecs: tuple[str, ...] = CODECS
    """In order of preference."""
    frames: int = 20
    """Milliseconds of G.711 in a packet."""
    fast: bool = True
    """Whether fast connect is offered, and taken."""
    tunnel: bool = True
    """Whether H.245 is tunnelled; else it has a connection of its own."""
    early: bool = False
    """Whether H.245 begins before Connect."""
    user_input: tuple[str, ...] = ("basicString", "dtmf")
    telephone_event: bool = True

    # As a callee
    answers: bool = True
    """False: it rings until `answer` is called."""
    proceeds: bool = True
    alerts: bool = True
    progresses: bool = False
    """Whether Progress says, before Alerting, that something is to be heard."""
    fast_in: str = "connect"
    """Which message has the callee's fastStart: callProceeding, progress, alerting or connect."""
    refuses: int | None = None
    """A cause of Q.931, with which a Setup is refused; 0, which is none, where there is a reason."""
    reason: str | None = None
    """A reason of H.225.0, with which a Setup is refused; with a cause or without."""
    forwards: tuple[str, Address | None, str | None] | None = None
    """After Alerting it wants the call led elsewhere: the reason of the Facility, an address and an alias."""
    forward_conference: bytes | None = None
    """The conferenceID of that Facility."""
    forwards_and_goes: bool = False
    """Whether it releases at once then."""
    silent_after: str | None = None
    """The message after which nothing more is said: setup, callProceeding or alerting."""

    # Odd, and legal or seen
    determination_first: bool = False
    """Master and slave are determined before capabilities are told."""
    determines_after_hold: bool = True
    """Whether it begins the determination once it may send again; else it waits for the other side's."""
    multiplex: bool = True
    """Whether multiplexCapability is in the capabilities."""
    end_session: bool = True
    """Whether endSession comes before ReleaseComplete."""
    acknowledges_rtcp: bool = True
    """Whether openLogicalChannelAck has a mediaControlChannel."""
    facility: str = "empty"
    """The body of a Facility that carries H.245: empty, or a facility of transportedInformation."""
    h245_address: Address | None = None
    """Where it says its H.245 is, wherever that may be."""
    ends_display: bool = False
    """Whether a NUL ends Display."""
    piece: int | None = None
    """So many octets in a TCP segment."""
    changes_fast_start: bool = False
    """Whether the callee's fastStart has another framesPerPacket than the offer."""
