"""250 and SUCCESS mean committed to disk, whatever the database's own settings are."""
import mail
import soap
from cluster import cursor_of
from test_campaign import send_campaign
from wait import wait_for


def test_commits_wait_where_the_database_would_not(make_server):
    """Each row says by a CHECK how its transaction is going to commit."""
    server = make_server(start=False)
    with cursor_of(server) as cursor:
        cursor.execute("SELECT current_database()")
        cursor.execute(f"ALTER DATABASE {cursor.fetchone()[0]} SET synchronous_commit = off")
    server.start()
    server.add_account(server.account, server.password)
    with cursor_of(server) as cursor:
        for table in ("message", "queue", "smtp_log", "campaign", "email_group", "suppression"):
            cursor.execute(f"ALTER TABLE {table} ADD CHECK (current_setting('synchronous_commit') = 'on')")
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("off",)
    by_smtp, in_campaign, group = mail.address(), mail.address(), mail.unique()
    mail.send(server, mail.build(to=by_smtp), by_smtp)
    soap.delivery(server, by_smtp, "Delivered")
    job_id = send_campaign(server, ToOther=in_campaign)
    wait_for(lambda: soap.call(server, "Reports_GetSMTPLog", JobID=job_id, EmailAddress=in_campaign), what="the campaign's log")
    assert soap.result_id(soap.call(server, "AddGroup", GroupName=group))
    assert soap.call(server, "AddBounce", EmailAddress=mail.address()).startswith("0\nSUCCESS")
