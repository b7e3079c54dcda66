"""SIP over WebSocket with clients that this project has not written: a browser, and the `websockets` of PyPI."""

import json
import subprocess
import unittest
from pathlib import Path
from typing import ClassVar

from support.browser import Site, chromium, run_page
from support.proxy import DOMAIN, ROOT
from support.websocket_case import USERS, WebSocketCase

PYTHON = ROOT / ".build-venv/bin/python"


def has_websockets() -> bool:
    if not PYTHON.exists():
        return False
    return subprocess.run([str(PYTHON), "-c", "import websockets"], capture_output=True, check=False).returncode == 0


@unittest.skipUnless(has_websockets(), "no websockets in .build-venv")
class Websockets(WebSocketCase):
    """The client of PyPI, which this project has not written."""

    def register(self, compression: str, count: int = 20, path: str = "/sip") -> dict:
        script = Path(__file__).parent / "support/websockets_phone.py"
        uri = f"ws://127.0.0.1:{self.port}{path}"
        arguments = [str(PYTHON), "-B", str(script), uri, "alice", USERS["alice"], compression, str(count)]
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_registers_in_clear_and_compressed(self):
        for compression, extensions in (("none", []), ("deflate", ["permessage-deflate"])):
            with self.subTest(compression):
                found = self.register(compression)
                self.assertEqual(found["statuses"], [200] * 20)
                self.assertEqual((found["subprotocol"], found["extensions"]), ("sip", extensions))
                self.assertEqual((found["pong"], found["close"]), (True, [1000, 1000]))
        self.assert_no_connections()

    def test_refused(self):
        self.assertEqual(self.register("none", path="/other"), {"refused": 404})


@unittest.skipUnless(chromium(), "no chromium here")
class Browser(WebSocketCase):
    """A real browser with a page that registers."""

    config: ClassVar[dict] = {
        "auth": {"realm": DOMAIN, "invite": "required", "register": "required", "algorithms": ["SHA-256"]}
    }

    def page(self, url: str) -> dict:
        site = Site()
        self.addCleanup(site.close)
        return run_page(site, f"url={url}&user=alice&password={USERS['alice']}")

    def test_a_page_of_the_same_host_registers(self):
        found = self.page(f"ws://127.0.0.1:{self.port}/sip")
        self.assertEqual(found["statuses"], [401, 200])
        self.assertEqual((found["protocol"], found["code"], found["clean"]), ("sip", 1000, True))
        self.assertTrue(found["extensions"].startswith("permessage-deflate"), found["extensions"])
        self.assert_no_connections()

    def test_a_page_of_another_host_does_not(self):
        """By a name the server is the same, but the page is another's."""
        found = self.page(f"ws://localhost:{self.port}/sip")
        self.assertEqual((found["statuses"], found["code"]), ([], 1006))


if __name__ == "__main__":
    unittest.main()
