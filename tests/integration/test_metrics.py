"""GET /metrics: what all processes have counted, and the queue, in Prometheus' text format."""
import json
import os
import pathlib
import re
import signal

import psycopg2
import pytest
import requests

import mail
import soap
from processes import tree
from wait import wait_for

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
METRICS = "http://127.0.0.1:{}/metrics"
SERIES = re.compile(r'^bracemail_(\w+)(?:\{(.*)\})? ([\d.e+-]+)$')


def metrics(server):
    """{(name, {label, ...} without the process): the sum over all processes}"""
    answer = requests.get(METRICS.format(server.api_port), timeout=30)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    told, known = {}, set()
    for line in answer.text.splitlines():
        if line.startswith("# TYPE "):
            name = line.split()[2]
            assert name not in known
            known.add(name)
        if line.startswith("#"):
            continue
        name, labels, value = SERIES.match(line).groups()
        assert re.sub("_(bucket|sum|count)$", "", f"bracemail_{name}") in known or f"bracemail_{name}" in known, line
        labels = frozenset(label for label in (labels or "").split(",") if label and not label.startswith("process="))
        told[name, labels] = told.get((name, labels), 0) + float(value)
    return told


def value(server, name, *labels):
    return metrics(server).get((name, frozenset(labels)), 0)


def test_what_is_counted(make_server):
    server = make_server(delivery={"retry": [3600]})
    before = metrics(server)
    assert {name for name, _ in before} >= {"smtp_sessions_total", "messages_accepted_total", "api_seconds_bucket"}
    assert before["messages_accepted_total", frozenset()] == 0
    first, second = mail.build(subject=mail.unique()), mail.build(subject=mail.unique())
    later = f"defer-451@{mail.unique()}.test"
    mail.send(server, first, [mail.address(), mail.address()])
    mail.send(server, second, [later, f"reject-550@{mail.unique()}.test"])
    with pytest.raises(soap.Fault):
        soap.call(server, "AddGroup", GroupName="")
    wait_for(lambda: sum(value(server, "attempts_total", f'status="{status}"') for status in ("delivered", "deferred", "failed")) == 4,
             30, "four attempts")
    told = metrics(server)

    def count(name, *labels):
        return told[name, frozenset(labels)]
    assert [count("attempts_total", f'status="{status}"') for status in ("delivered", "deferred", "failed")] == [2, 1, 1]
    assert [count(f"{what}_accepted_total") for what in ("messages", "recipients", "bytes")] == [2, 4, len(first) + len(second)]
    assert count("smtp_sessions_total") == count("smtp_tls_total", 'version="1.3"') == 2
    assert count("smtp_replies_total", 'class="3"') >= 2 and count("smtp_replies_total", 'class="2"') >= 12
    assert count("accept_seconds_count") == 2 and count("delivery_seconds_count") == 2 and count("attempt_seconds_count") == 4
    assert count("api_faults_total") == count("api_requests_total", 'class="5"') == 1
    assert count("api_requests_total", 'class="2"') >= 2
    for name in ("accept", "attempt", "delivery", "api"):
        buckets = [(float(re.search('le="(.*)"', next(iter(labels))).group(1)), number)
                   for (series, labels), number in told.items() if series == f"{name}_seconds_bucket"]
        assert [number for _, number in sorted(buckets)] == sorted(number for _, number in buckets)
        assert max(buckets)[1] == count(f"{name}_seconds_count")
        assert 0 <= count(f"{name}_seconds_sum") < 60 * count(f"{name}_seconds_count")


def test_what_there_is_at_a_time(make_server):
    """Clients, connections to other servers, memory and threads; a worker that is killed takes its own along."""
    server = make_server(workers=1)

    def told(name, *labels):
        return value(server, name, *labels)
    threads = told("api_threads", 'state="idle"') + told("api_threads", 'state="busy"')
    assert threads >= 1 and told("api_clients") >= 1 and told("api_requests_waiting") <= 1
    assert [told(name) for name in ("smtp_clients", "message_bytes")] == [0, 0]
    with mail.client(server) as client:
        client.sendmail(mail.SENDER, [mail.address()], mail.build())
        client.mail(mail.SENDER)
        client.rcpt(mail.address())
        client.docmd("DATA")
        client.send(b"x" * 100 + b"\r\n")
        wait_for(lambda: told("message_bytes") >= 100, 30, "what is being read is counted")
        assert told("smtp_clients") == 1
        wait_for(lambda: told("attempts_total", 'status="delivered"') == 1 and told("delivery_connections", 'state="busy"') == 0, 30,
                 "the delivery is over")
        client.close()
    wait_for(lambda: [told("smtp_clients"), told("message_bytes")] == [0, 0], 30, "the client is gone, and its message")
    with mail.client(server):
        assert told("smtp_clients") == 1
        worker = next(pid for pid in tree(server.pid) if b"relay-1" in (pathlib.Path("/proc") / str(pid) / "cmdline").read_bytes())
        os.kill(worker, signal.SIGKILL)
        wait_for(lambda: told("smtp_clients") == 0, 30, "nobody is connected to who is gone")


def test_refused_mail_is_no_accepted_mail(make_server):
    server = make_server()
    with mail.client(server) as smtp:
        code, _ = smtp.docmd("MAIL FROM:<no address>")
        assert code == 501
    assert value(server, "messages_accepted_total") == 0
    assert value(server, "smtp_replies_total", 'class="5"') == 1


def defer(server, *recipients):
    """A message to each; returns when all of them wait."""
    for recipient in recipients:
        mail.send(server, mail.build(), recipient)
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        def waiting():
            cursor.execute("SELECT count(*) FROM queue WHERE claim IS NULL AND attempts = 1")
            return cursor.fetchone() == (len(recipients),)
        wait_for(waiting, 30, "all of them wait")


def test_the_queue(make_server):
    server = make_server(delivery={"retry": [3600]})
    one, other = (f"{mail.unique()}.test" for _ in range(2))
    defer(server, f"defer-451@{one.upper()}", f"defer-451@{one}", f"defer-451@{other}")
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE queue SET queued_at = queued_at - interval '2 hours' WHERE recipient LIKE %s", (f"%{other}",))
    server.cli("queue", "hold", "--destination", other, check=True)
    told = metrics(server)
    assert told["database_up", frozenset()] == 1
    assert {(name, *labels): number for (name, labels), number in told.items() if name.startswith("queue")} == {
        ("queue_deliveries", 'state="waiting"'): 2,
        ("queue_deliveries", 'state="held"'): 1,
        ("queue_age_deliveries", 'younger_than="1m"'): 2,
        ("queue_age_deliveries", 'younger_than="6h"'): 1,
        ("queue_destination_deliveries", f'destination="{one}"'): 2,
        ("queue_destination_deliveries", f'destination="{other}"'): 1}


def test_destinations_beyond_the_largest_are_told_together(make_server):
    server = make_server(delivery={"retry": [3600]})
    domains = [f"d{number}-{mail.unique()}.test" for number in range(25)]
    defer(server, *(f"defer-451@{domain}" for domain in [*domains, domains[7]]))
    by_domain = {labels: number for (name, labels), number in metrics(server).items() if name == "queue_destination_deliveries"}
    assert sum(by_domain.values()) == 26 and len(by_domain) == 21
    assert by_domain[frozenset([f'destination="{domains[7]}"'])] == 2 and by_domain[frozenset(['destination=""'])] == 5


def test_without_the_queue_what_was_counted_is_told(make_server):
    server = make_server()
    with psycopg2.connect(server.settings["database"]) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE queue RENAME TO elsewhere")
    told = metrics(server)
    assert told["database_up", frozenset()] == 0 and told["api_requests_total", frozenset(['class="2"'])] >= 0
    assert not any(name.startswith("queue") for name, _ in told)


def test_counts_outlive_a_worker(make_server):
    server = make_server(workers=1)
    mail.send(server, mail.build(), mail.address())
    assert value(server, "messages_accepted_total") == 1
    worker = next(pid for pid in tree(server.pid) if b"relay-1" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
    ups = server.log.count(" worker-up ")
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: server.log.count(" worker-up ") > ups, 30, "another worker")
    assert value(server, "messages_accepted_total") == 1
    mail.send(server, mail.build(), mail.address())
    assert value(server, "messages_accepted_total") == 2


def test_who_may_ask(make_server):
    server = make_server(api={"metrics_networks": ["10.0.0.0/8", "2001:db8::/64"]})
    refused = requests.get(METRICS.format(server.api_port), timeout=30)
    assert (refused.status_code, "api.metrics_networks" in refused.text) == (403, True)
    other = make_server()
    assert requests.head(METRICS.format(other.api_port), timeout=30).status_code == 200
    wrong = requests.post(METRICS.format(other.api_port), data=b"x", timeout=30)
    assert (wrong.status_code, wrong.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_the_dashboard_asks_for_what_there_is(server):
    text = requests.get(METRICS.format(server.api_port), timeout=30).text
    told = {f"{name}{suffix}" for name, kind in re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
            for suffix in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))}
    told |= {"bracemail_queue_deliveries", "bracemail_queue_age_deliveries", "bracemail_queue_destination_deliveries"}  # when there are some
    dashboard = json.loads((ROOT / "packaging" / "grafana" / "bracemail.json").read_text())
    asked = {name for panel in dashboard["panels"] for target in panel["targets"] for name in re.findall(r"bracemail_\w+", target["expr"])}
    assert asked <= told, asked - told
    assert {re.sub("_(bucket|sum|count)$", "", name) for name in told} == {re.sub("_bucket$", "", name) for name in asked}
