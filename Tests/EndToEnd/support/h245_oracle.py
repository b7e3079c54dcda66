"""Sets H245Pipe beside pycrate: messages at random go through it and come back as what they were."""

import collections
import json
import struct
from pathlib import Path

from .pycrate_per import Values, import_h245
from .srtp import Pipe

# What Swift cannot write with a hyphen.
NAMES = {
    "g722-64k": "g722At64k",
    "g722-56k": "g722At56k",
    "g722-48k": "g722At48k",
    "maxAl-sduAudioFrames": "maxAlSduAudioFrames",
}
# pycrate 0.8.1 has lost the extension marker in this type: its videoBadMBsCap is an addition.
AVOIDED = ("h262VideoCapability",)
UNKNOWN = ("unknown", "unknownAlternative")


class Difference(Exception):
    pass


def expect(is_equal: bool, place: str, ours, theirs) -> None:
    if not is_equal:
        raise Difference(f"{place}: {ours!r} for {theirs!r}")


def compare(ours, theirs, kind, place: str = "") -> None:
    """Raises Difference where our description of a value is not pycrate's value."""
    if isinstance(ours, dict) and "kept" in ours:
        return
    if kind.TYPE == "NULL":
        expect(ours in (None, True), place, ours, theirs)
    elif kind.TYPE == "OCTET STRING":
        expect(ours == theirs.hex(), place, ours, theirs)
    elif kind.TYPE == "OBJECT IDENTIFIER":
        expect(ours == list(theirs), place, ours, theirs)
    elif kind.TYPE.endswith("String"):
        octets = theirs.encode("latin-1")
        expect(ours == octets.hex() or [ours] == list(octets), place, ours, theirs)
    elif kind.TYPE in ("SEQUENCE OF", "SET OF"):
        expect(len(ours) == len(theirs), place, ours, theirs)
        for number, (mine, other) in enumerate(zip(ours, theirs, strict=True)):
            compare(mine, other, kind._cont, f"{place}[{number}]")
    elif kind.TYPE == "SEQUENCE":
        compare_sequence(ours, theirs, kind, place)
    elif kind.TYPE == "CHOICE":
        compare_choice(ours, theirs, kind, place)
    else:
        expect(type(ours) is type(theirs) and ours == theirs, place, ours, theirs)


def compare_sequence(ours, theirs, kind, place: str) -> None:
    ours = dict(ours)
    kept = ours.pop("extensions", [])
    if ours.get("rtpPayloadIndication") is False:
        del ours["rtpPayloadIndication"]
    additions = list(kind._ext or ())
    for name, value in theirs.items():
        if NAMES.get(name, name) in ours:
            compare(ours.pop(NAMES.get(name, name)), value, kind._cont[name], f"{place}.{name}")
        else:
            expect(name in additions and additions.index(name) in kept, f"{place}.{name}", None, value)
            kept.remove(additions.index(name))
    expect(not ours and not kept, place, (ours, kept), None)


def compare_choice(ours, theirs, kind, place: str) -> None:
    name, value = theirs
    place = f"{place}.{name}"
    if name == "tableEntryCapacityExceeded" and value[0] == "noneProcessed":
        expect(ours == {name: {}}, place, ours, theirs)
        return
    ((ours_name, ours_value),) = ours.items()
    part = kind._cont[name]
    if ours_name == NAMES.get(name, name):
        compare(ours_value, value, part, place)
    elif ours_name == "unknownUnicast":
        expect(ours_value == list(part._cont).index(value[0]), place, ours, theirs)
    elif ours_name in UNKNOWN:
        expect(ours_value == list(kind._cont).index(name), place, ours, theirs)
    else:
        expect(ours_name == "other" and "kept" in ours_value, place, ours, theirs)


def run(pipe: Path, seed: int, count: int) -> dict:
    """What was seen of each message, how many came back to the octet, and the faults."""
    from pycrate_asn1rt.err import ASN1Err

    module = import_h245().MULTIMEDIA_SYSTEM_CONTROL
    message = module.MultimediaSystemControlMessage
    program = Pipe(pipe)
    values = Values(seed, (0.5,) * 12, avoided=AVOIDED)
    seen, faults, exact = collections.Counter(), [], 0
    # Every third message is one of those that calls are made of.
    heavy = [
        ("request", "terminalCapabilitySet", module.TerminalCapabilitySet),
        ("request", "openLogicalChannel", module.OpenLogicalChannel),
        ("response", "openLogicalChannelAck", module.OpenLogicalChannelAck),
        ("indication", "userInput", module.UserInputIndication),
    ]
    for number in range(count):
        if number % 3 == 0:
            group, name, kind = heavy[number // 3 % len(heavy)]
            value = (group, (name, values.value(kind)))
        else:
            value = values.value(message)
        message.set_val(value)
        theirs = message.to_aper()
        answer = program.ask(theirs)
        what = f"{value[0]}.{value[1][0]}"
        seen[what] += 1
        if not answer:
            faults.append(f"{what}: refused {theirs.hex()}")
            continue
        (length,) = struct.unpack("!I", answer[:4])
        ours, text = answer[4 : 4 + length], answer[8 + length :]
        exact += ours == theirs
        try:
            compare(json.loads(text), value, message)
            message.from_aper(ours)
            again = message.get_val()
            expect(again == value, "again", again, value)
        except (Difference, KeyError, ValueError, TypeError, ASN1Err) as error:
            faults.append(f"{what}: {error!r} {theirs.hex()} {ours.hex()}")
    program.close()
    return {"seen": seen, "exact": exact, "faults": faults}
