"""What docker/compose.yaml puts together, without Docker: its configuration, its HAProxy, two relay nodes and two API nodes on one PostgreSQL."""
import pathlib
import re
import signal
import smtplib
import subprocess
import time

import pytest
import requests
import yaml

import mail
import soap
from bracemail import ROOT, Bracemail
from processes import free_port, is_listening, start
from wait import wait_for

DOCKER = ROOT / "docker"
SUBNET = "172.31.25.0/24"


class Node(Bracemail):
    """A container of compose.yaml: docker/bracemail.conf, on ports of 127.0.0.1."""

    def __init__(self, conninfo, part):
        self.serve_arguments = ("--only", part)
        self.ports = {port: free_port() for port in (25, 587, 2525, 8080)}
        super().__init__(conninfo)
        self.api_url = f"http://127.0.0.1:{self.ports[8080]}/api.asmx"

    def write_config(self):
        text = (DOCKER / "bracemail.conf").read_text()
        text = re.sub(r'"0\.0\.0\.0:(\d+)"', lambda address: f'"127.0.0.1:{self.ports.get(int(address[1]), 0)}"', text)
        assert text.count(SUBNET) >= 3
        text = text.replace(SUBNET, "127.0.0.1/32").replace('"host=database user=bracemail dbname=bracemail"', f'"{self.settings["database"]}"')
        text = text.replace("api {", 'api {\n  access_log = "-"')
        self.config_path.write_text(text + f'capture {{ listen = {{"127.0.0.1:{self.capture_port}"}} directory = "{self.capture_dir}" }}\n'
                                    'delivery { route = "capture" }\n')


class Haproxy:
    def __init__(self, folder, nodes):
        self.ports = {port: free_port() for port in (25, 587, 2525, 8080)}
        text = (DOCKER / "haproxy.cfg").read_text()
        text = re.sub(r"bind :(\d+)", lambda bind: f"bind 127.0.0.1:{self.ports[int(bind[1])]}", text)
        text = re.sub(r"(server \S+) (\S+):(\d+)", lambda server: f"{server[1]} 127.0.0.1:{nodes[server[2]].ports[int(server[3])]}", text)
        text = text.replace(" resolvers docker init-addr last,libc,none", "")
        text = re.sub(r"(?m)^resolvers docker\n(?:    .*\n)+", "", text)
        self._configuration = folder / "haproxy.cfg"
        self._configuration.write_text(text)
        self._process = start(["haproxy", "-db", "-f", str(self._configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: all(is_listening(port) for port in self.ports.values()), 15, "HAProxy listens")

    def stop(self):
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(30)


@pytest.fixture
def compose(database, tmp_path):
    conninfo = database.conninfo(database.create_database())
    nodes = {"api-1": Node(conninfo, "api"), "api-2": Node(conninfo, "api"), "relay-1": Node(conninfo, "relay"), "relay-2": Node(conninfo, "relay")}
    try:
        for node in nodes.values():
            node.start()
        nodes["api-1"].add_account("shop", "a pass word of shop")
        nodes["api-1"].cli("account", "allow-ip", "shop", "127.0.0.1/32", check=True)
        haproxy = Haproxy(tmp_path, nodes)
        try:
            yield nodes, haproxy
        finally:
            haproxy.stop()
    finally:
        for node in nodes.values():
            node.remove()


def send(port, to):
    with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example.test", timeout=30) as smtp:
        smtp.sendmail(mail.SENDER, [to], mail.build(to=to))


def arrived(nodes, addresses):
    """Which of them some relay node's capture server has."""
    texts = [path.read_text(errors="replace") for name, node in nodes.items() if name.startswith("relay") for path in mail.captured_files(node)]
    return {address for address in addresses if any(address in text for text in texts)}


def log_of(haproxy, address):
    """What both API nodes say by way of HAProxy."""
    class There:
        api_url, account, password = f"http://127.0.0.1:{haproxy.ports[8080]}/api.asmx", "shop", "a pass word of shop"
    return soap.call(There, "Reports_GetSMTPLog_ByAddress", GroupName="", EmailAddress=address, BeginDate="2010-01-01", EndDate="2100-01-01")


def test_mail_and_calls_go_through_haproxy(compose):
    nodes, haproxy = compose
    addresses = [mail.address() for _ in range(24)]
    for number, address in enumerate(addresses):
        send(haproxy.ports[(25, 587, 2525)[number % 3]], address)
    wait_for(lambda: arrived(nodes, addresses) == set(addresses), 30, "all of it arrives")
    for name in ("relay-1", "relay-2"):
        assert " client=127.0.0.1 " in nodes[name].log, f"{name} has taken nothing"
    wait_for(lambda: "250 " in str(log_of(haproxy, addresses[0])), 30, "its log")
    for _ in range(4):
        assert addresses[0] in str(log_of(haproxy, addresses[0]))
    for name in ("api-1", "api-2"):
        assert "operation=Reports_GetSMTPLog_ByAddress account=shop status=200" in nodes[name].log, f"{name} has answered nothing"


def test_a_client_is_known_by_its_own_address(compose):
    nodes, haproxy = compose
    answer = requests.get(f"http://127.0.0.1:{haproxy.ports[8080]}/healthz", headers={"X-Forwarded-For": "192.0.2.9"}, timeout=30)
    assert answer.status_code == 200
    assert not any("client=192.0.2.9" in nodes[name].log for name in ("api-1", "api-2"))


def test_a_node_that_is_killed_is_not_missed(compose):
    nodes, haproxy = compose
    addresses = [mail.address() for _ in range(30)]
    slowest = 0
    for number, address in enumerate(addresses):
        if number == 10:
            nodes["relay-1"].kill()
            nodes["api-1"].kill()
        began = time.monotonic()
        send(haproxy.ports[25], address)
        slowest = max(slowest, time.monotonic() - began)
    assert slowest < 15
    nodes["relay-1"].start()  # what it had taken and not delivered, it or the other one delivers
    wait_for(lambda: arrived(nodes, addresses) == set(addresses), 60, "all that got 250 arrives")
    wait_for(lambda: "250 " in str(log_of(haproxy, addresses[-1])), 30, "the log, by the other API node")


def test_health(compose):
    nodes, _ = compose

    def health(*arguments):
        return subprocess.run([DOCKER / "health", *map(str, arguments)], capture_output=True, timeout=30).returncode
    assert health("relay", nodes["relay-1"].ports[8080]) == 1  # nobody is there
    assert health("api", nodes["api-1"].ports[8080]) == 0
    assert health("api", nodes["api-1"].ports[25]) != 0
    assert health() == 2


def test_compose_names_what_there_is():
    text = (DOCKER / "compose.yaml").read_text()
    services = yaml.safe_load(text)["services"]
    named = set(re.findall(r"server \S+ (\S+):\d+", (DOCKER / "haproxy.cfg").read_text()))
    assert named == {"api-1", "api-2", "relay-1", "relay-2"} <= set(services)
    for name, service in services.items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (DOCKER / source).exists(), f"{name}: {source}"
        assert set(service.get("depends_on", ())) <= set(services)
    assert SUBNET in text and (DOCKER / "bracemail.conf").read_text().count(SUBNET) >= 3
    assert services["relay-1"]["command"] == ["serve", "--only", "relay"] and services["api-2"]["command"] == ["serve", "--only", "api"]
    assert pathlib.Path(ROOT / services["api-1"]["build"]["dockerfile"]).exists()
