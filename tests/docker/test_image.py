"""The image of docker/Dockerfile, as `make docker-check` built it: run by buildah, which isolates no more than its files."""
import os
import shlex
import signal
import subprocess

import pytest
import requests

import mail
from bracemail import Bracemail
from processes import start, tree
from wait import wait_for

CONTAINER = os.environ.get("BRACEMAIL_CONTAINER")
pytestmark = pytest.mark.skipif(CONTAINER is None, reason="make docker-check builds the image")


def command(*arguments, options=()):
    return [*shlex.split(os.environ["BRACEMAIL_IMAGE"]), "run", "--isolation", "chroot", *options, CONTAINER, "--", *map(str, arguments)]


def run(*arguments, options=()):
    return subprocess.run(command(*arguments, options=options), capture_output=True, text=True, timeout=60)


def test_nobody_is_root():
    assert run("id", "-un").stdout.strip() == "bracemail"
    assert run("touch", "/usr/bin/x").returncode != 0


def test_the_program_is_there_and_nothing_to_build_it_with():
    assert run("bracemail", "--version").stdout.startswith("bracemail ")
    assert run("sh", "-c", "command -v gcc soapcpp2 make").returncode != 0
    assert run("man", "--version").returncode != 0 and run("test", "-e", "/src").returncode != 0


def test_a_node_serves(database):
    """As a container of its own would: mail in, mail out, its health, SIGTERM."""
    database_folder = str(database.folder)
    os.chmod(database_folder, 0o755)
    server = Bracemail(database.conninfo(database.create_database()))
    try:
        server.folder.chmod(0o777)
        server.capture_dir.mkdir(mode=0o777)
        server.capture_dir.chmod(0o777)
        for path in server.folder.iterdir():
            path.chmod(path.stat().st_mode | 0o444)
        mounts = ("-v", f"{server.folder}:{server.folder}", "-v", f"{database_folder}:{database_folder}")
        with open(server.log_path, "wb") as log:
            container = start(command("bracemail", "serve", "--config", server.config_path, options=mounts), stdout=log, stderr=log)
        try:
            wait_for(lambda: " ready " in server.log, 60, "the node is ready")
            server.add_account(server.account, server.password)
            address = mail.address()
            mail.send(server, mail.build(to=address), address)
            mail.captured(server, address)
            assert requests.get(f"http://127.0.0.1:{server.api_port}/healthz", timeout=30).status_code == 200
            assert run("bracemail-health", "api", server.api_port).returncode == 0
            assert run("bracemail-health", "relay", server.smtp_port).returncode == 0
            # The first of them is the supervisor.
            os.kill(next(pid for pid in tree(container.pid) if os.readlink(f"/proc/{pid}/exe").endswith("/usr/bin/bracemail")), signal.SIGTERM)
            assert container.wait(60) == 0
            assert run("bracemail-health", "relay", server.smtp_port).returncode != 0
        finally:
            if container.poll() is None:
                for pid in reversed(tree(container.pid)):
                    os.kill(pid, signal.SIGKILL)
                container.wait(30)
    finally:
        server.remove()
