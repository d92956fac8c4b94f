"""A page in a real Chromium without a window, spoken to in its DevTools protocol over two pipes."""

from __future__ import annotations

import base64
import io
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from radtest.tools import require_tool

TIMEOUT_S = 30.0
AT_3_AND_4 = """
import fcntl, os, sys
ours = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
for place, number in zip((3, 4), ours):
    os.dup2(number, place)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Starts a program with two pipes at file descriptors 3 and 4, over which the protocol is spoken."""
KEYS = {"ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "ArrowDown": 40, "Home": 36, "Tab": 9}


class BrowserPage:
    """One page: evaluate, point, press, and look at what is drawn.

    Everything that the page complains about (exceptions, refused scripts, requests) is in `complaints`.
    """

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._write, self._read = to_browser, from_browser
        self._unread = b""
        self._number = 0
        self._session: dict[str, str] = {}
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._session = {"sessionId": session}
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=1280, height=1400, deviceScaleFactor=1, mobile=False)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        request = {"id": self._number, "method": method, "params": parameters, **self._session}
        os.write(self._write, json.dumps(request).encode() + b"\0")
        while (message := self._message()).get("id") != self._number:
            self._hear(message)
        assert "error" not in message, f"{method}: {message['error']}"
        return dict(message["result"])

    def _message(self) -> dict[str, Any]:
        while b"\0" not in self._unread:
            assert select.select([self._read], [], [], TIMEOUT_S)[0], "the browser says nothing"
            read = os.read(self._read, 1 << 20)
            assert read, "the browser has ended"
            self._unread += read
        message, _, self._unread = self._unread.partition(b"\0")
        return dict(json.loads(message))

    def _hear(self, message: dict[str, Any]) -> None:
        parameters = message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(parameters["exceptionDetails"]))
            case "Log.entryAdded":
                self.complaints.append(str(parameters["entry"]["text"]))
            case "Network.requestWillBeSent":
                url = str(parameters["request"]["url"])
                if not url.startswith(("data:", "blob:", "about:", "file:")):
                    self.complaints.append(f"asks for {url}")

    def open(self, path: Path, ready: str) -> None:
        """Open a file and wait until an expression is true."""
        self.call("Page.navigate", url=path.as_uri())
        end = time.monotonic() + TIMEOUT_S
        while not self.evaluate(ready):
            assert time.monotonic() < end, f"{ready}: never came true; {self.complaints}"

    def evaluate(self, expression: str) -> Any:
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def settle(self) -> None:
        """Wait until what was asked for has been drawn."""
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def mouse(self, kind: str, x: float, y: float, **more: Any) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)
        self.settle()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        button = {"button": "left", "buttons": 1, "clickCount": 1}
        self.mouse("mousePressed", *start, **button)
        self.mouse("mouseMoved", *end, **button)
        self.mouse("mouseReleased", *end, button="left", clickCount=1)

    def press(self, key: str) -> None:
        text = {} if len(key) > 1 else {"text": key}
        code = KEYS.get(key, ord(key[0]))
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text)
        self.settle()

    def picture(self) -> NDArray[np.uint8]:
        """Return what is seen as red, green and blue, shape (height, width, 3)."""
        png = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


@contextmanager
def browser_page(folder: Path) -> Iterator[BrowserPage]:
    """Start a browser whose profile lives in a folder, and end it with all its processes."""
    program = require_tool("chromium").path
    their_input, our_output = os.pipe()
    our_input, their_output = os.pipe()
    profile = folder / "profile"
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
    browser = [str(program), *options, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        [sys.executable, "-c", AT_3_AND_4, str(their_input), str(their_output), *browser],
        pass_fds=(their_input, their_output),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
    )
    os.close(their_input)
    os.close(their_output)
    try:
        page = BrowserPage(our_output, our_input)
        yield page
        page._session = {}
        page.call("Browser.close")
        process.wait(TIMEOUT_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(our_output)
        os.close(our_input)
        shutil.rmtree(profile, ignore_errors=True)
