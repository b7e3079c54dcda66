"""The base of tests of IF.guard: one expert with a key, who may but need not sign, and the operator's commands and API."""

import json
import urllib.error
import urllib.request

from .case import EXPERT, CalleeCase, registry
from .proxy import DOMAIN, Proxy
from .signing import Signer
from .sip import token

COUNCIL = f"sip:council@{DOMAIN}"


class GuardCase(CalleeCase):
    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.signer = Signer()
        cls.addClassCleanup(cls.signer.close)
        proxy = super().make_proxy()
        # A signature may be left out, as long as nobody says otherwise.
        proxy.registry = registry(key=cls.signer.public, signature="optional")
        proxy.write_config()
        return proxy

    def command(self, *arguments: str, expected: int = 0):
        done = self.proxy.command(*arguments, "--config", str(self.proxy.config_path))
        self.assertEqual(done.returncode, expected, done.stdout + done.stderr)
        return done

    def api(self, method: str, path: str, bearer: str, body: dict | None = None) -> tuple[int, dict]:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.proxy.admin_port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=5) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def escalate(self, signed: bool):
        """The final answer to an escalation; the callee, if it gets that far, is busy."""
        caller, call_id = self.endpoint(EXPERT), token("g") + "@test.invalid"
        headers = self.signer.headers("trace-1", "safety", f"{EXPERT}@external.advisor", f"council@{DOMAIN}", call_id)
        invite = caller.request(
            "INVITE",
            COUNCIL,
            headers=headers if signed else headers[:2],
            from_uri=f"sip:{EXPERT}@external.advisor",
            call_id=call_id,
        )
        caller.send(invite)
        invite.authorize(caller.response(invite), EXPERT, self.proxy.users[EXPERT])
        caller.send(invite)
        message = caller.receive()
        if message.status == 100:
            self.callee.reply(self.callee.expect("INVITE"), 486, "Busy Here")
            self.callee.expect("ACK")
            return caller.response(invite)
        caller.ack(invite, message)
        return message

    def posture_of_metrics(self) -> str:
        metrics = self.proxy.metrics()
        names = [name for name in ("normal", "elevated", "closed") if metrics.value("guard_posture", posture=name) == 1]
        self.assertEqual(len(names), 1)
        return names[0]
