"""A headless Chromium on strings: opens a page, presses keys, asks it questions, and notes all that it fetches and says.

The Chrome DevTools protocol over two pipes (`--remote-debugging-pipe`): messages of JSON with a zero byte behind each.
"""

import base64
import itertools
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from .browser import chromium

KEYS = {
    "Enter": ("Enter", 13, "\r"),
    "Tab": ("Tab", 9, None),
    "Escape": ("Escape", 27, None),
    " ": ("Space", 32, " "),
    "Home": ("Home", 36, None),
    "End": ("End", 35, None),
    "ArrowUp": ("ArrowUp", 38, None),
    "ArrowDown": ("ArrowDown", 40, None),
}


class Tab:
    """One browser with one tab. What it fetched is in `requests`, what went wrong in `complaints`."""

    def __init__(self, width: int = 1600, height: int = 1000, scheme: str = "light"):
        self.folder = tempfile.mkdtemp(prefix="ifsip-chromium-")
        to_browser, self._out = os.pipe()
        self._in, from_browser = os.pipe()
        command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
        command += ["--remote-debugging-pipe", f"--user-data-dir={self.folder}", "about:blank"]
        # The browser reads from 3 and writes to 4, whatever numbers the pipes have here.
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{to_browser} 4>&{from_browser}', "bash", *command],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._numbers = itertools.count(1)
        self._answers: dict[int, queue.Queue] = {}
        self._session: str | None = None
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.loads = 0
        self._stubs: dict[str, dict] = {}
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.send(f"{domain}.enable")
        self.resize(width, height)
        self.prefer("prefers-color-scheme", scheme)

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._reader.join(5)
        os.close(self._out)
        os.close(self._in)
        shutil.rmtree(self.folder, ignore_errors=True)

    # The protocol

    def send(self, method: str, **parameters) -> dict:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if self._session and not method.startswith("Target."):
            message["sessionId"] = self._session
        answer = self._answers[number] = queue.Queue()
        os.write(self._out, json.dumps(message).encode() + b"\0")
        try:
            found = answer.get(timeout=30)
        except queue.Empty:
            raise AssertionError(f"the browser does not answer {method}") from None
        if "error" in found:
            raise AssertionError(f"{method}: {found['error']}")
        return found["result"]

    def stub(self, path: str, answer: dict) -> None:
        """From now on this path is answered here, with JSON, and not by the server."""
        self._stubs[path] = answer
        self.send("Fetch.enable", patterns=[{"urlPattern": f"*{each}"} for each in self._stubs])

    def _answer_stub(self, event: dict) -> None:
        path = "/" + event["request"]["url"].split("/", 3)[3]
        parameters = {
            "requestId": event["requestId"],
            "responseCode": 200,
            "responseHeaders": [{"name": "Content-Type", "value": "application/json"}],
            "body": base64.b64encode(json.dumps(self._stubs[path]).encode()).decode(),
        }
        message = {"id": 0, "method": "Fetch.fulfillRequest", "params": parameters, "sessionId": self._session}
        os.write(self._out, json.dumps(message).encode() + b"\0")

    def _read(self) -> None:
        rest = b""
        while data := os.read(self._in, 1 << 16):
            *messages, rest = (rest + data).split(b"\0")
            for each in messages:
                message = json.loads(each)
                if "id" in message:
                    if answer := self._answers.pop(message["id"], None):
                        answer.put(message)
                else:
                    self._note(message["method"], message["params"])

    def _note(self, method: str, event: dict) -> None:
        if method == "Fetch.requestPaused":
            self._answer_stub(event)
        elif method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loads += 1
        elif method == "Runtime.exceptionThrown":
            details = event["exceptionDetails"]
            self.complaints.append(f"exception: {details.get('exception', {}).get('description', details['text'])}")
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.complaints.append(f"console: {event['args']}")
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            entry = event["entry"]
            self.complaints.append(f"{entry['source']}: {entry['text']} {entry.get('url', '')}")
        elif method == "Audits.issueAdded" and event["issue"]["code"] == "ContentSecurityPolicyIssue":
            self.complaints.append(f"policy: {event['issue']['details']}")

    # The page

    def open(self, url: str, within: float = 15.0) -> None:
        """Leads there, and waits until the page is loaded."""
        before, deadline = self.loads, time.monotonic() + within
        self.send("Page.navigate", url=url)
        while self.loads == before:
            if time.monotonic() > deadline:
                raise AssertionError(f"{url} was not loaded within {within} s")
            time.sleep(0.02)

    def ask(self, expression: str):
        """The value of an expression, waited for when it is a promise."""
        found = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            details = found["exceptionDetails"]
            raise AssertionError(f"{expression}: {details.get('exception', {}).get('description', details['text'])}")
        return found["result"].get("value")

    def until(self, expression: str, within: float = 15.0) -> None:
        """Asks until the answer is true in the sense of JavaScript."""
        deadline = time.monotonic() + within
        while not self.ask(f"Boolean({expression})"):
            if time.monotonic() > deadline:
                shown = self.ask("document.body.innerText")
                raise AssertionError(f"not within {within} s: {expression}\n{shown}\n{self.complaints}")
            time.sleep(0.05)

    def text(self, selector: str) -> str:
        return self.ask(f"document.querySelector({json.dumps(selector)}).textContent")

    def texts(self, selector: str) -> list[str]:
        return self.ask(f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.textContent)")

    def click(self, selector: str) -> None:
        self.ask(f"document.querySelector({json.dumps(selector)}).click()")

    def press(self, *keys: str, shift: bool = False) -> None:
        for key in keys:
            code, number, text = KEYS[key]
            event = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": 8 if shift else 0}
            down = {**event, "type": "keyDown" if text else "rawKeyDown"}
            if text:
                down["text"] = text
            self.send("Input.dispatchKeyEvent", **down)
            self.send("Input.dispatchKeyEvent", **event, type="keyUp")

    def type(self, text: str) -> None:
        self.send("Input.insertText", text=text)

    def focused(self) -> str:
        """What has the focus: its id, or its role and key."""
        return self.ask(
            "((e) => e.id || `${e.parentElement?.id ?? ''}/${e.dataset?.key ?? e.tagName}`)(document.activeElement)"
        )

    def resize(self, width: int, height: int) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, feature: str, value: str) -> None:
        self.send("Emulation.setEmulatedMedia", features=[{"name": feature, "value": value}])

    def screenshot(self, path: str | Path) -> None:
        image = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=False)
        Path(path).write_bytes(base64.b64decode(image["data"]))
