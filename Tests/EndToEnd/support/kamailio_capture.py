"""Kamailio as a capture server: its module sipcapture reads HEP3 and writes what it understood into SQLite."""

import sqlite3
import time

from .kamailio import MODULES, KamailioProcess

HAS_CAPTURE = all((MODULES / name).exists() for name in ("sipcapture.so", "db_sqlite.so", "pv.so"))

CONFIG = """#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
disable_tcp=yes
auto_aliases=no
listen=udp:127.0.0.1:{port}
mpath="{modules}"
loadmodule "pv.so"
loadmodule "db_sqlite.so"
loadmodule "sipcapture.so"
modparam("sipcapture", "db_url", "sqlite:///{database}")
modparam("sipcapture", "db_insert_mode", 0)
modparam("sipcapture", "insert_retries", 1)
modparam("sipcapture", "capture_on", 1)
modparam("sipcapture", "hep_capture_on", 1)
modparam("sipcapture", "capture_node", "node")

request_route {{
  sip_capture();
  drop;
}}

onreply_route {{
  sip_capture();
  drop;
}}
"""

# The tables that the module fills, with no more types than SQLite wants.
MESSAGES = (
    "date micro_ts method reply_reason ruri ruri_user ruri_domain from_user from_domain from_tag to_user to_domain to_tag "
    "pid_user contact_user auth_user callid callid_aleg via_1 via_1_branch cseq diversion reason content_type auth "
    "user_agent source_ip source_port destination_ip destination_port contact_ip contact_port originator_ip "
    "originator_port expires correlation_id custom_field1 custom_field2 custom_field3 proto family rtp_stat type node msg"
)
LOGS = "date micro_ts correlation_id source_ip source_port destination_ip destination_port proto family type node msg"


class KamailioCapture(KamailioProcess):
    """One that keeps what it is sent."""

    def __init__(self):
        super().__init__()
        self.url = f"udp://127.0.0.1:{self.port}"
        database = self.folder / "capture.db"
        with sqlite3.connect(database) as made:
            # Whoever reads is not to lock out the module that writes.
            made.execute("pragma journal_mode = wal")
            made.execute(f"create table sip_capture (id integer primary key, {', '.join(MESSAGES.split())})")
            made.execute(f"create table logs_capture (id integer primary key, {', '.join(LOGS.split())})")
        made.close()
        self.database = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self.launch(CONFIG.format(port=self.port, modules=MODULES, database=database))

    def messages(self, call_id: str) -> list[dict]:
        """What it understood of the messages of a call, in the order in which they came."""
        return self._rows("sip_capture", call_id)

    def logs(self, call_id: str) -> list[dict]:
        """What it understood of the events of a call."""
        return self._rows("logs_capture", call_id)

    def _rows(self, table: str, call_id: str) -> list[dict]:
        cursor = self.database.execute(f"select * from {table} where correlation_id = ? order by id", (call_id,))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor]

    def until(self, wanted, within: float = 8.0) -> None:
        deadline = time.monotonic() + within
        while not wanted():
            if time.monotonic() > deadline:
                raise AssertionError(f"Kamailio has not written it within {within} s\n{self.log()}")
            time.sleep(0.05)

    def close(self) -> None:
        self.database.close()
        super().close()
