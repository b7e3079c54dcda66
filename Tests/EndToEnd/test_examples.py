"""What the README shows works as it stands there."""

import re
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from support.ports import free_port
from support.proxy import BINARY, ROOT, Proxy

README = (ROOT / "README.md").read_text()


class Examples(unittest.TestCase):
    def test_embedding_example_prints_what_the_readme_says(self):
        expected = re.search(r"<!-- output of ParseMessage -->\n```text\n(.*?)```", README, re.DOTALL).group(1)
        done = subprocess.run([str(BINARY.parent / "ParseMessage")], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout, expected)

    def test_configurations_are_right(self):
        for name in ("config/ifsip-proxy.yaml", "Examples/first-call/ifsip-proxy.yaml"):
            with self.subTest(name=name):
                done = subprocess.run(
                    [str(BINARY), "check-config", str(ROOT / name)], capture_output=True, text=True, check=False
                )
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_commands_in_the_readme_name_files_that_exist(self):
        for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL):
            for path in re.findall(r"\b(?:Examples|Tests|tools|config)/[\w./-]+", block):
                self.assertTrue((ROOT / path).exists(), path)


class FirstCall(unittest.TestCase):
    """The two phones of Examples/first-call, with nothing changed but the ports and the state directory."""

    def test_two_phones_as_the_readme_has_them(self):
        folder = Path(tempfile.mkdtemp(prefix="ifsip-first-call-"))
        self.addCleanup(shutil.rmtree, folder)
        shutil.copytree(ROOT / "Examples/first-call", folder, dirs_exist_ok=True)
        proxy = Proxy()
        self.addCleanup(proxy.remove)
        swaps = {
            ":5060": f":{proxy.port}",
            ":9464": f":{proxy.admin_port}",
            "/tmp/ifsip-first-call": str(folder / "state"),
        }
        swaps |= {f":{port}": f":{free_port()}" for port in (5070, 5081, 5091)}
        for path in (folder / "ifsip-proxy.yaml", *folder.glob("*/config"), *folder.glob("*/accounts")):
            text = path.read_text()
            for old, new in swaps.items():
                text = text.replace(old, new)
            path.write_text(text)
        proxy.config_path = folder / "ifsip-proxy.yaml"
        for name, password in re.findall(r"echo (\w+) +\| \S+ user add (\w+)", README):
            proxy.add_user(password, name)
        proxy.start()
        phones = {}
        for name in ("bob", "alice"):
            log = (folder / f"{name}.log").open("wb")
            self.addCleanup(log.close)
            phone = subprocess.Popen(
                ["baresip", "-f", str(folder / name)], stdin=subprocess.PIPE, stdout=log, stderr=log
            )
            self.addCleanup(phone.stdin.close)
            self.addCleanup(phone.wait)
            self.addCleanup(phone.kill)
            phones[name] = phone
            self.wait_for(folder / f"{name}.log", "registered successfully")
        self.type(phones["alice"], "/dial sip:bob@if.internal\n")
        self.wait_for(folder / "bob.log", "Incoming call")
        self.type(phones["bob"], "a")
        for name in phones:
            self.wait_for(folder / f"{name}.log", "Call established")
        self.type(phones["bob"], "b")
        self.wait_for(folder / "alice.log", "session closed")
        for phone in phones.values():
            self.type(phone, "q")
            phone.wait(10)
        proxy.stop()

    def type(self, phone: subprocess.Popen, text: str) -> None:
        phone.stdin.write(text.encode())
        phone.stdin.flush()

    def wait_for(self, path: Path, text: str, within: float = 10) -> None:
        deadline = time.monotonic() + within
        while text not in path.read_text(errors="replace"):
            if time.monotonic() > deadline:
                self.fail(f"{path.name}: no {text!r}\n{path.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)


if __name__ == "__main__":
    unittest.main()
