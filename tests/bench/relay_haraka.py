"""Haraka from npm, with its outbound queue, which syncs each file before it answers 250."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from offer import DOMAIN, Offer, SELECTOR
from processes import free_port, is_alive, is_listening, start, tree
from unpacked import PEERS
from wait import wait_for

FOLDER = PEERS / "haraka"
# Earlier ones (3.1.1 was looked at) mean to sync what they queue, and do not.
PACKAGES = ["Haraka@3.3.4", "haraka-plugin-dkim@1.3.1"]
NODE = 20
PROCESSES = len(os.sched_getaffinity(0))

NEXT_HOP = """
exports.hook_get_mx = function (next) {
  next(OK, { priority: 0, exchange: '127.0.0.1', port: %d })
}
"""


def install():
    if FOLDER.exists():
        return
    PEERS.mkdir(parents=True, exist_ok=True)
    partial = pathlib.Path(tempfile.mkdtemp(dir=PEERS))
    (partial / "package.json").write_text('{"private": true}')
    subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error", *PACKAGES],
                   cwd=partial, check=True, stdout=subprocess.DEVNULL)
    partial.rename(FOLDER)


class Haraka:
    name = "Haraka"

    def __init__(self, sink_port, offer=Offer()):
        install()
        self.port = free_port()
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="bracemail-haraka-"))
        shutil.copytree(FOLDER / "node_modules" / "Haraka" / "config", self._folder / "config")
        for each in ("plugins", "queue"):
            (self._folder / each).mkdir()
        (self._folder / "plugins" / "next_hop.js").write_text(NEXT_HOP % sink_port)
        self._configure(offer)
        self._log = open(self._folder / "log", "wb")
        self._process = start(["node", FOLDER / "node_modules" / "Haraka" / "bin" / "haraka", "-c", self._folder],
                              stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=self._folder)
        try:
            wait_for(self._is_up, 60, "Haraka listens")
        except BaseException:
            self.stop()
            raise

    def _configure(self, offer):
        plugins = ["relay", "next_hop"]
        files = {
            "smtp.ini": f"listen=127.0.0.1:{self.port}\nnodes={PROCESSES}\n",
            "outbound.ini": "concurrency_max=100\nlocal_mx_ok=true\nenable_tls=false\n",
            "relay.ini": "[relay]\nacl=true\n", "relay_acl_allow": "127.0.0.0/8\n",
            "loglevel": "ERROR\n", "databytes": "62914560\n", "me": "haraka.example.test\n"}
        if offer.certificate:
            plugins.insert(0, "tls")
            files["tls.ini"] = "key=key.pem\ncert=certificate.pem\n"
            files["certificate.pem"], files["key.pem"] = offer.certificate.read_text(), offer.key.read_text()
        if offer.dkim_key:
            plugins.append("dkim")
            files["dkim.ini"] = f"[sign]\nenabled=true\nselector={SELECTOR}\ndomain={DOMAIN}\n[verify]\nenabled=false\n"
            files["dkim.private.key"] = offer.dkim_key.read_text()
        files["plugins"] = "\n".join(plugins) + "\n"
        for name, text in files.items():
            (self._folder / "config" / name).write_text(text)

    def _is_up(self):
        assert self._process.poll() is None, (self._folder / "log").read_text(errors="replace")[-2000:]
        return is_listening(self.port)

    @staticmethod
    def cannot(_offer):
        version = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
        if int(version[1:].split(".")[0]) < NODE:
            return f"needs Node {NODE}, here is {version}"
        return None

    def settle(self):
        """Nothing is left to write later."""

    def stop(self):
        """SIGKILL to each of its processes: at SIGTERM it waits for deliveries."""
        pids = tree(self._process.pid)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        wait_for(lambda: not any(is_alive(pid) for pid in pids), 30, "Haraka is gone")
        self._log.close()
        shutil.rmtree(self._folder)
