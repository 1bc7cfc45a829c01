"""The real binary, started and stopped as an operator would."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

import certificates
import config
from processes import free_port, start, tree
from wait import wait_for

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BINARY = os.environ.get("BRACEMAIL_BINARY", str(ROOT / "build" / "bracemail"))
READY = re.compile(rb" ready( |$)|\"event\":\"ready\"", re.MULTILINE)
START_SECONDS = 60
STOP_SECONDS = 60


class Bracemail:
    """One installation: a folder, a configuration, and `bracemail serve` when started.

    database: a conninfo, or None for the private PostgreSQL. Keyword settings are laid over the configuration below,
    section by section: delivery={"retry": [1, 1]}, capture=None, listener={"smtp": {"tls": "none"}}.
    """

    binary = BINARY
    serve_arguments = ()
    hostname = "relay.example.test"
    account = "demo"
    password = "a demo pass word"

    def __init__(self, database, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bracemail-test-"))
        self.folder.chmod(0o755)
        self.smtp_port, self.submission_port, self.smtps_port = free_port(), free_port(), free_port()
        self.api_port, self.capture_port = free_port(), free_port()
        self.api_url = f"http://127.0.0.1:{self.api_port}/api.asmx"
        self.capture_dir = self.folder / "captured"
        self.log_path = self.folder / "log"
        self.config_path = self.folder / "bracemail.conf"
        certificate, key = certificates.make(self.folder, self.hostname)
        self.settings = config.merge({
            "database": database,
            "data_dir": self.folder / "data",
            "hostname": self.hostname,
            "tls_certificate": certificate,
            "tls_key": key,
            "api": {"listen": [f"127.0.0.1:{self.api_port}"]},
            "listener": {
                "smtp": {"listen": [f"127.0.0.1:{self.smtp_port}"], "tls": "starttls", "auth": "required"},
                "submission": {"listen": [f"127.0.0.1:{self.submission_port}"], "tls": "starttls",
                               "auth": "required"},
                "smtps": {"listen": [f"127.0.0.1:{self.smtps_port}"], "tls": "implicit",
                          "auth": "required"},
            },
            "capture": {"listen": [f"127.0.0.1:{self.capture_port}"],
                        "directory": self.capture_dir},
            "delivery": {"route": "capture"},
        }, settings)
        self.write_config()
        self._process = None

    def write_config(self):
        self.config_path.write_text(config.render(self.settings) + "\n")

    @property
    def pid(self):
        """The supervisor's, or None."""
        return self._process.pid if self._process else None

    @property
    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def launch(self):
        """Starts `serve` without waiting for it."""
        with open(self.log_path, "ab") as log:
            self._log_start = log.tell()
            self._process = start([self.binary, "serve", *self.serve_arguments, "--config", self.config_path],
                                  stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        return self

    def start(self):
        self.launch()
        wait_for(self.is_ready, START_SECONDS, "bracemail serve logs `ready`")
        return self

    def is_ready(self):
        with open(self.log_path, "rb") as log:
            log.seek(self._log_start)
            text = log.read()
        if self._process.poll() is not None:
            raise RuntimeError(f"bracemail serve ended with {self._process.returncode}:\n{text.decode()}")
        return READY.search(text)

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def pids(self):
        """Every process of it, the supervisor first."""
        return tree(self._process.pid) if self.is_running() else []

    def stop(self, seconds=STOP_SECONDS):
        """SIGTERM, as an operator. Returns the exit code."""
        if self._process is None:
            return None
        if self.is_running():
            self._process.terminate()
        try:
            return self._process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"bracemail did not stop within {seconds} s:\n{self.log[-4000:]}")

    def kill(self):
        """SIGKILL to every process of it at once."""
        pids = self.pids()
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self._process.wait()
        wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), 30, "killed ones gone")

    def remove(self):
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def cli(self, *arguments, input=None, check=False):
        """Runs `bracemail ARGUMENTS --config FILE`. Returns a CompletedProcess with text."""
        return subprocess.run([self.binary, *arguments, "--config", str(self.config_path)], input=input or "",
                              text=True, capture_output=True, timeout=60, cwd=self.folder, check=check)

    def add_account(self, name, password):
        """Returns the account's id."""
        done = self.cli("account", "add", name, "--password-stdin", input=password + "\n")
        assert done.returncode == 0, done.stderr
        return int(done.stdout.split()[-1])
