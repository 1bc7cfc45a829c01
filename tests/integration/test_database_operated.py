"""What is done to a database that other people run: limits of its own, no connection left, a restart while the schema is made."""
import re
import signal

import pytest

import mail
import soap
from load import Load
from wait import wait_for

SECONDS = 60
LEAST_MS = 30  # more than it takes to change a setting, less than migrations need


def arrives(server):
    """A message that gets 250 sooner or later is delivered."""
    load = Load(server, 1, 1).start()
    load.join(SECONDS)
    mail.captured(server, load.accepted[0])


def test_timeouts_of_the_database_do_not_hold(database, make_server):
    """Migrations, reports and retention take as long as they need; the relay has its own."""
    name = database.create_database()
    for setting in ("statement_timeout", "idle_session_timeout", "idle_in_transaction_session_timeout"):
        database.execute(f"ALTER DATABASE {name} SET {setting} = '{LEAST_MS}ms'")
    server = make_server(database=database.conninfo(name), workers=1)
    arrives(server)
    assert soap.call(server, "AuthenticateUser").startswith("0\nSUCCESS")
    assert "database-lost" not in server.log


def test_no_connection_left(database, make_server):
    """As with max_connections, of one role (SQLSTATE 53300 both): the reason is in the log, and all goes on by itself."""
    name, role = database.create_database(), mail.unique("role")
    database.execute(f"CREATE ROLE {role} LOGIN")
    database.execute(f"ALTER DATABASE {name} OWNER TO {role}")
    database.execute(f"ALTER SCHEMA public OWNER TO {role}", database=name)
    try:
        server = make_server(database=f"host={database.folder} user={role} dbname={name}", workers=1)
        pids = server.pids()
        database.execute(f"ALTER ROLE {role} CONNECTION LIMIT 0")
        database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", role)
        wait_for(lambda: re.search(rf' relay-1\S+ database-away connection=accept reason=".*too many connections for role \S*{role}', server.log),
                 what="the relay says why")
        load = Load(server, 1, 1).start()
        with pytest.raises(soap.Fault) as fault:
            soap.call(server, "AddTransactionalGroup", GroupName="New")
        assert fault.value.name == "DatabaseUnavailableException"
        assert "too many connections for role" in server.cli("queue").stderr
        assert not load.accepted
        database.execute(f"ALTER ROLE {role} CONNECTION LIMIT -1")
        load.join(SECONDS)
        mail.captured(server, load.accepted[0])
        assert server.pids() == pids, "a process ended"
    finally:
        server.remove()
        database.execute(f"DROP DATABASE {name} WITH (FORCE)")
        database.execute(f"DROP ROLE {role}")


def test_a_restart_while_the_schema_is_made(make_database, make_server):
    cluster = make_database()
    server = make_server(start=False, database=cluster.conninfo(cluster.create_database())).launch()
    wait_for(lambda: " schema-migrated " in server.log, SECONDS, "the first migration")
    cluster.stop(signal.SIGQUIT)
    cluster.start()
    wait_for(server.is_ready, SECONDS, "ready")
    server.add_account(server.account, server.password)
    arrives(server)
