"""SOAP servers of other people that answer the same call: PHP's SoapServer and Mono's ASMX."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import requests

from processes import free_port, is_listening, start, tree
from wait import wait_for

HERE = pathlib.Path(__file__).resolve().parent / "peers"
CONTRACT = HERE.parent.parent.parent / "wsdl" / "bracemail.wsdl"
PROCESSES = "8"  # as many as Bracemail has threads
CALL = """<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>
<Reports_GetSMTPLog xmlns="http://api.jangomail.com/"><Username>x</Username><Password>x</Password><JobID>{}</JobID>
<EmailAddress>member1@recipient.example.test</EmailAddress></Reports_GetSMTPLog></soap:Body></soap:Envelope>"""


class Peer:
    """A server in a folder of its own, which has shown that it answers."""

    name = None

    def __init__(self, conninfo, conversations):
        self._port, self._process = free_port(), None
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="bracemail-peer-"))
        try:
            self._start(conninfo, conversations)
            wait_for(self._listens, 30, f"{self.name} listens")
            answer = requests.post(self.url, data=CALL.format(conversations.first_job), timeout=60, headers={
                "Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"http://api.jangomail.com/Reports_GetSMTPLog"'})
            if answer.status_code != 200 or "result delivered" not in answer.text:
                raise RuntimeError(f"it answers {answer.status_code} {' '.join(answer.text.split())[:300]}")
        except BaseException:
            self.stop()
            raise

    def _run(self, command, **environment):
        with open(self._folder / "log", "wb") as log:
            self._process = start(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder,
                                  env={**os.environ, **environment})

    def _listens(self):
        if self._process.poll() is not None:
            log = (self._folder / "log").read_text(errors="replace").split("\n")
            raise RuntimeError("it ended at once: " + next((line for line in log if "Exception: " in line), log[0])[:240])
        return is_listening(self._port)

    def stop(self):
        if self._process:
            # PHP's workers outlive the process that made them.
            for pid in tree(self._process.pid) if self._process.poll() is None else []:
                os.kill(pid, signal.SIGTERM)
            self._process.wait(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)


class Php(Peer):
    """The equal query on a connection that is kept; no login."""

    name = "PHP SoapServer"

    def _start(self, conninfo, conversations):
        shutil.copy(HERE / "server.php", self._folder)
        self.url = f"http://127.0.0.1:{self._port}/server.php"
        self._run(["php", "-d", "display_errors=0", "-d", "soap.wsdl_cache_dir=" + str(self._folder), "-S", f"127.0.0.1:{self._port}",
                   "-t", self._folder], PHP_CLI_SERVER_WORKERS=PROCESSES, CONTRACT=str(CONTRACT), CONNINFO=conninfo)


class Mono(Peer):
    """Debian has no PostgreSQL driver for it: a text of the same length from memory; no login."""

    name = "Mono ASMX (no database)"

    def _start(self, conninfo, conversations):
        shutil.copy(HERE / "api.asmx", self._folder)
        (self._folder / "log.txt").write_text(conversations.example)
        self.url = f"http://127.0.0.1:{self._port}/api.asmx"
        self._run(["xsp4", "--nonstop", "--address", "127.0.0.1", "--port", str(self._port), "--root", self._folder])
