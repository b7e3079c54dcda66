"""The base of the tests of SIP over WebSocket: a server that listens for it, and phones of both kinds."""

import time
from typing import ClassVar

from .case import ProxyCase
from .ports import connections, free_port
from .proxy import DOMAIN, Proxy
from .sip import Callee
from .websocket import WebSocket, WebSocketPhone

USERS = {"alice": "wonderland", "bob": "builder"}


class WebSocketCase(ProxyCase):
    config: ClassVar[dict] = {}

    @classmethod
    def make_proxy(cls) -> Proxy:
        cls.port = free_port()
        proxy = Proxy(users=USERS)
        listen = [*proxy.config["listen"], f"ws://127.0.0.1:{cls.port}"]
        proxy.config.update({"listen": listen, **cls.config})
        proxy.write_config()
        return proxy

    @property
    def ws(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def phone(self, user: str = "alice", **options) -> WebSocketPhone:
        phone = WebSocketPhone(self.ws, user=user, password=USERS[user], **options)
        self.addCleanup(phone.socket.close)
        return phone

    def web(self, **options) -> WebSocket:
        web = WebSocket(self.ws, **options)
        self.addCleanup(web.socket.close)
        return web

    def registered(self, user: str = "alice", contact_parameters: str = "", **options) -> WebSocketPhone:
        phone = self.phone(user, **options)
        headers = ("Supported: path, outbound",) if "reg-id" in contact_parameters else ()
        register = phone.register(contact_parameters=contact_parameters, headers=headers)
        ok = self.assert_status(phone.call(register), 200)
        self.assertEqual(ok.header("Require"), "outbound" if headers else None)
        return phone

    def desk_phone(self, user: str = "bob") -> Callee:
        """A registered phone on UDP."""
        phone = Callee(self.udp, user=user, password=USERS[user])
        self.addCleanup(phone.socket.close)
        register = phone.request("REGISTER", f"sip:{DOMAIN}", to_uri=f"sip:{user}@{DOMAIN}")
        self.assert_status(phone.call(register), 200)
        return phone

    def connections(self) -> int:
        """Connections of the WebSocket port that the server holds."""
        return connections(self.port)

    def assert_no_connections(self, within: float = 5.0) -> None:
        deadline = time.monotonic() + within
        while self.connections() and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.connections(), 0)

    def assert_alive(self) -> None:
        """The server still does its work."""
        phone = self.phone()
        self.assert_status(phone.call(phone.register()), 200)
        phone.socket.close()
