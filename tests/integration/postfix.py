"""A Postfix of its own in a temporary folder: the relay host that Bracemail races with, and works with."""
import grp
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

from processes import free_port, is_listening, start
from wait import wait_for

PROCESSES = 200
CONCURRENCY = 100

# As a fair expert would set it up for a race: as delivered, but for where it lives, whom it serves, and no brake on the
# way in or out. The queue manager keeps its defaults; all of the queue fits in its active queue.
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = postfix.example.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{sink_port}
disable_dns_lookups = yes
default_process_limit = {processes}
initial_destination_concurrency = {concurrency}
default_destination_concurrency_limit = {concurrency}
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
local_transport = error:no local mail
alias_maps =
alias_database =
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
tlsmgr    unix - - n 1000? 1 tlsmgr
"""


class Postfix:
    """Hands all mail to 127.0.0.1:sink_port. settings: further lines of main.cf. Needs root, as its master does."""

    name = "Postfix"

    def __init__(self, sink_port, settings=""):
        self.port = free_port()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bracemail-postfix-"))
        self.folder.chmod(0o755)
        etc, queue, data = self.folder / "etc", self.folder / "queue", self.folder / "data"
        for each in (etc, queue, data):
            each.mkdir()
        os.chown(data, pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postfix").gr_gid)
        values = {"folder": self.folder, "sink_port": sink_port, "port": self.port, "processes": PROCESSES,
                  "concurrency": CONCURRENCY}
        (etc / "main.cf").write_text(MAIN.format(**values) + settings)
        (etc / "master.cf").write_text(MASTER.format(**values))
        subprocess.run(["postfix", "-c", etc, "check"], check=True)
        # The master in the foreground (-d). A session of its own: at SIGTERM it signals its whole process group.
        self._process = start(["/usr/lib/postfix/sbin/master", "-d", "-c", etc], stdin=subprocess.DEVNULL,
                              start_new_session=True)
        wait_for(lambda: is_listening(self.port), 30, "Postfix listens")

    def stop(self):
        """SIGTERM to its master, which ends every process of it."""
        self._process.terminate()
        self._process.wait(timeout=60)
        wait_for(lambda: not is_listening(self.port), 30, "Postfix is gone")
        shutil.rmtree(self.folder)
