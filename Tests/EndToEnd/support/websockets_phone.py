"""Registers with the server under test through a WebSocket client that this project has not written (PyPI `websockets`).

Runs in the Python of .build-venv: `websockets_phone.py URI USER PASSWORD COMPRESSION MESSAGES`; prints one JSON object.
"""

import json
import sys
from pathlib import Path

from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.sip import Message, digest, parse_challenge


def register(call_id: str, sequence: int, user: str, authorization: str = "", padding: int = 0) -> str:
    lines = [
        "REGISTER sip:if.internal SIP/2.0",
        f"Via: SIP/2.0/WS w.invalid;branch=z9hG4bK{call_id}{sequence}",
        "Max-Forwards: 70",
        f"From: <sip:{user}@if.internal>;tag=w",
        f"To: <sip:{user}@if.internal>",
        f"Call-ID: {call_id}",
        f"CSeq: {sequence} REGISTER",
        f"Contact: <sip:{user}@w.invalid;transport=ws>;expires=60",
        f"User-Agent: {'websockets ' * padding}",
        *([f"Authorization: {authorization}"] if authorization else []),
        "",
        "",
    ]
    return "\r\n".join(lines)


def main() -> None:
    uri, user, password, compression, count = sys.argv[1:]
    compression = None if compression == "none" else compression
    try:
        with connect(uri, subprotocols=["sip"], compression=compression, ping_interval=None) as socket:
            statuses = []
            for number in range(int(count)):
                call_id = f"w{number}"
                socket.send(register(call_id, 1, user, padding=number + 1))
                challenge = Message.parse(socket.recv(5).encode())
                offered = parse_challenge(challenge.header("WWW-Authenticate"))
                answer = digest(offered, user, password, "REGISTER", "sip:if.internal")
                # In fragments, so that these are compressed as one.
                text = register(call_id, 2, user, answer, padding=number + 1)
                socket.send([text[:100], text[100:300], text[300:]])
                statuses.append(Message.parse(socket.recv(5).encode()).status)
            pong = socket.ping(b"are you there").wait(5)
            found = {
                "statuses": statuses,
                "subprotocol": socket.subprotocol,
                "extensions": [extension.name for extension in socket.protocol.extensions],
                "pong": pong,
            }
        found["close"] = [socket.protocol.close_rcvd.code, socket.protocol.close_sent.code]
    except InvalidStatus as refused:
        found = {"refused": refused.response.status_code}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
