"""A headless Chromium, driven by ChromeDriver's own protocol (W3C WebDriver) over HTTP on this machine."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from base64 import b64decode
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

CHROMIUM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER: Final = shutil.which("chromedriver")

OPTIONS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""Quiet, and without a word to the network."""

ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"
"""The key that the protocol gives an element's reference."""

LEFT, RIGHT, ENTER, TAB, ESCAPE = "\ue012", "\ue014", "\ue007", "\ue004", "\ue00c"


class Browser:
    """One window. To be closed."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.downloads = folder / "downloads"
        self._driver = subprocess.Popen(
            [str(DRIVER), "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._driver.stdout is not None
        port = 0
        for line in self._driver.stdout:
            if "successfully on port" in line:
                port = int(line.rstrip(".\n").rpartition(" ")[2])
                break
        self._server = HTTPConnection("127.0.0.1", port, timeout=60)
        chrome = {
            "binary": CHROMIUM,
            "args": [*OPTIONS, f"--user-data-dir={folder / 'profile'}", *options],
            "prefs": {"download.default_directory": str(self.downloads)},
        }
        capabilities = {"goog:chromeOptions": chrome, "goog:loggingPrefs": {"browser": "ALL"}}
        asked = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._session = f"/session/{asked['sessionId']}"

    def close(self) -> None:
        """End the browser and its driver."""
        try:
            self._ask("DELETE", self._session)
        finally:
            self._server.close()
            self._driver.kill()
            self._driver.communicate()

    def open(self, page: Path) -> None:
        """Load a page from disk."""
        self.visit(page.as_uri())

    def visit(self, address: str) -> None:
        """Load what lies at an address."""
        self._command("url", {"url": address})

    def resize(self, width: int, height: int) -> None:
        """Make the window's page area this large, as a phone's is even below the least width of a window."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.tell("Emulation.setDeviceMetricsOverride", metrics)

    def tell(self, method: str, parameters: dict[str, Any]) -> Any:
        """A command of the DevTools protocol."""
        return self._command("goog/cdp/execute", {"cmd": method, "params": parameters})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a piece of JavaScript returns."""
        return self._command("execute/sync", {"script": script, "args": list(arguments)})

    def click(self, selector: str) -> None:
        """Click on the middle of an element, where the browser finds it."""
        self._command(f"element/{self._find(selector)}/click", {})

    def tap(self, selector: str) -> None:
        """Touch an element with a finger."""
        box = self.run("return document.querySelector(arguments[0]).getBoundingClientRect().toJSON()", selector)
        point = {"x": int(box["x"] + box["width"] / 2), "y": int(box["y"] + box["height"] / 2)}
        moves = [{"type": "pointerMove", "duration": 0, **point}, {"type": "pointerDown"}, {"type": "pointerUp"}]
        finger = {"type": "pointer", "id": "finger", "parameters": {"pointerType": "touch"}, "actions": moves}
        self._command("actions", {"actions": [finger]})

    def press(self, keys: str) -> None:
        """Press keys one after the other, wherever the focus is."""
        active = self._command("element/active")[ELEMENT]
        for key in keys:
            self._command(f"element/{active}/value", {"text": key})
            active = self._command("element/active")[ELEMENT]

    def screenshot(self, path: Path) -> None:
        """The window as a PNG file."""
        path.write_bytes(b64decode(self._command("screenshot")))

    def complaints(self) -> list[str]:
        """What was said in the console since the last call."""
        return [entry["message"] for entry in self._command("se/log", {"type": "browser"})]

    def downloaded(self) -> Path:
        """The file that is being saved, when it is whole."""
        end = time.monotonic() + 30
        while time.monotonic() < end:
            files = list(self.downloads.glob("*")) if self.downloads.exists() else []
            if files and not any(file.suffix == ".crdownload" or file.name.startswith(".") for file in files):
                return files[-1]
            time.sleep(0.05)
        raise AssertionError("nothing was saved")

    def _find(self, selector: str) -> str:
        found: str = self._command("element", {"using": "css selector", "value": selector})[ELEMENT]
        return found

    def _command(self, name: str, body: dict[str, Any] | None = None) -> Any:
        return self._ask("GET" if body is None else "POST", f"{self._session}/{name}", body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        self._server.request(method, path, None if body is None else json.dumps(body))
        answer = json.loads(self._server.getresponse().read())["value"]
        assert not (isinstance(answer, dict) and "error" in answer), answer
        return answer
