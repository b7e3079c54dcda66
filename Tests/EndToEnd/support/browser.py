"""A headless Chromium that runs a page with a phone of a few lines in it, and says what became of it."""

import json
import queue
import shutil
import subprocess
import tempfile
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = Path(__file__).resolve().parent / "phone.html"


@cache
def chromium() -> str | None:
    return shutil.which("chromium")


class Site:
    """An HTTP server on loopback with that one page, which posts back what it has seen."""

    def __init__(self):
        results: queue.Queue[dict] = queue.Queue()
        self.results = results

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.answer(PAGE.read_bytes())

            def do_POST(self):
                results.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.answer(b"")

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        self.origin = f"http://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def run_page(site: Site, query: str, within: float = 40) -> dict:
    """Opens the page in a browser and returns what it posts."""
    folder = tempfile.mkdtemp(prefix="ifsip-chromium-")
    command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += ["--disable-background-networking", "--no-first-run", f"--user-data-dir={folder}"]
    browser = subprocess.Popen(
        [*command, f"{site.origin}/?{query}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        return site.results.get(timeout=within)
    except queue.Empty:
        raise AssertionError(f"the page came to no end within {within} s") from None
    finally:
        browser.terminate()
        browser.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
