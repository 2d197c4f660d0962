"""Debian's OpenRefine without its window, driven over its HTTP API as its own pages drive it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ALL_ROWS = json.dumps({"facets": [], "mode": "row-based"})


class OpenRefine:
    """A running OpenRefine."""

    def __init__(self, place: str) -> None:
        self.place = place

    def _send(self, request: urllib.request.Request) -> tuple[str, bytes]:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.url, answer.read()

    def _command(self, name: str, **form: str) -> Any:
        form |= {"csrf_token": self.token()}
        body = urllib.parse.urlencode(form).encode()
        url = f"{self.place}/command/core/{name}"
        found = self._send(urllib.request.Request(url, body))[1]
        return json.loads(found)

    def token(self) -> str:
        """What every command that changes something has to bring along."""
        url = f"{self.place}/command/core/get-csrf-token"
        return str(json.loads(self._send(urllib.request.Request(url))[1])["token"])

    def create(self, table: str) -> str:
        """A project made from a table in CSV; gives its number."""
        parts = {
            "project-name": ("", b"bodies"),
            "format": ("", b"text/line-based/*sv"),
            "options": ("", json.dumps({"separator": ",", "encoding": "UTF-8"}).encode()),
            "project-file": ('; filename="bodies.csv"', table.encode()),
        }
        body = b"".join(
            f'--part\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode()
            + content
            + b"\r\n"
            for name, (file, content) in parts.items()
        )
        url = f"{self.place}/command/core/create-project-from-upload?csrf_token={self.token()}"
        headers = {"Content-Type": "multipart/form-data; boundary=part"}
        request = urllib.request.Request(url, body + b"--part--\r\n", headers)
        opener = urllib.request.build_opener(_Stay)
        try:
            opener.open(request, timeout=60)
        except urllib.error.HTTPError as moved:
            return moved.headers["Location"].rpartition("project=")[2]
        raise AssertionError("OpenRefine made no project")

    def reconcile(
        self, project: str, column: str, service: str, type: dict[str, str], **details: str
    ) -> None:
        """Reconcile a column; ``details`` are further columns by the property that they are."""
        manifest = json.loads(self._send(urllib.request.Request(service))[1])
        config = {
            "mode": "standard-service",
            "service": service,
            "identifierSpace": manifest["identifierSpace"],
            "schemaSpace": manifest["schemaSpace"],
            "type": type,
            "autoMatch": True,
            "columnDetails": [
                {"column": name, "propertyID": property, "propertyName": property}
                for property, name in details.items()
            ],
            "limit": 0,
        }
        self._run(
            "reconcile", project, columnName=column, config=json.dumps(config), engine=_ALL_ROWS
        )

    def extend(self, project: str, column: str, service: str, *properties: str) -> None:
        """New columns with the values of properties of what a column was matched with."""
        manifest = json.loads(self._send(urllib.request.Request(service))[1])
        wanted = {"properties": [{"id": id, "name": id} for id in properties]}
        self._run(
            "extend-data",
            project,
            baseColumnName=column,
            endpoint=service,
            identifierSpace=manifest["identifierSpace"],
            schemaSpace=manifest["schemaSpace"],
            extension=json.dumps(wanted),
            columnInsertIndex="1",
            engine=_ALL_ROWS,
        )

    def _run(self, name: str, project: str, **form: str) -> None:
        """Do what takes a while, and wait until it is done."""
        said = self._command(name, project=project, **form)
        assert said["code"] in ("ok", "pending"), said
        url = f"{self.place}/command/core/get-processes?project={project}"
        while json.loads(self._send(urllib.request.Request(url))[1])["processes"]:
            time.sleep(0.05)

    def export(self, project: str, template: str) -> list[Any]:
        """The rows, each as a template in OpenRefine's own language makes JSON of it."""
        form = {
            "project": project, "format": "template", "engine": _ALL_ROWS, "prefix": "[",
            "template": template, "separator": ",", "suffix": "]", "csrf_token": self.token(),
        }  # fmt: skip
        url = f"{self.place}/command/core/export-rows/rows.txt"
        body = urllib.parse.urlencode(form).encode()
        rows: list[Any] = json.loads(self._send(urllib.request.Request(url, body))[1])
        return rows


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@contextmanager
def openrefine(folder: Path) -> Iterator[OpenRefine]:
    """One that keeps its projects in the folder, from its start to its end."""
    program = shutil.which("openrefine")
    assert program
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    process = subprocess.Popen(
        [program, "-i", "127.0.0.1", "-p", port, "-d", folder, "-m", "512M",
         "-x", "refine.headless=true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
        start_new_session=True,
    )  # fmt: skip
    try:
        found = OpenRefine(f"http://127.0.0.1:{port}")
        for _ in range(1200):
            assert process.poll() is None, "openrefine ended at once"
            try:
                found.token()
                break
            except OSError:
                time.sleep(0.1)
        yield found
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
