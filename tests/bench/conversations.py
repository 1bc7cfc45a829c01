"""Stored conversations: one that the relay made, as often as wanted, in campaigns of several days."""
import contextlib

import psycopg2

import mail
import soap
from footprint import footprint
from wait import wait_for

ADDRESS = "member{}@recipient.example.test"

# The day's partitions, where there are none; a campaign of that day; and a row for each recipient: what the relay stored of the
# one delivery, with another id, time and address. The conversation holds neither of the three, but refers to them: it is one copied.
FILL = """
DO $$
DECLARE day bigint := day_number(now()) - %(back)s; parent text; child text;
BEGIN
    FOREACH parent IN ARRAY partitioned_tables() LOOP
        child := parent || '_' || to_char(to_timestamp(day * 86400) AT TIME ZONE 'UTC', 'YYYYMMDD');
        IF to_regclass(child) IS NULL THEN
            EXECUTE format('CREATE TABLE %%I PARTITION OF %%I FOR VALUES FROM (%%s) TO (%%s)', child, parent, day << 36, (day + 1) << 36);
        END IF;
    END LOOP;
END $$;
WITH job AS (
    INSERT INTO campaign (account_id, campaign_id, created_at, from_email, from_name, subject, message_plain, message_html, options,
        recipients, first_delivery_id, last_delivery_id)
    SELECT account_id, %(job)s, created_at - %(back)s * interval '1 day', from_email, from_name, subject, message_plain, message_html,
        options, %(rows)s, ((day_number(created_at) - %(back)s) << 36) + (1 << 30), ((day_number(created_at) - %(back)s) << 36) + (1 << 30) + %(rows)s
    FROM campaign WHERE campaign_id = %(model)s RETURNING *)
INSERT INTO smtp_log (account_id, delivery_id, attempt, status, campaign_id, finished_at, recipient, conversation)
SELECT l.account_id, job.first_delivery_id + n, 1, l.status, job.campaign_id, l.finished_at - %(back)s * interval '1 day',
    replace(%(address)s, '{}', n::text), l.conversation
FROM smtp_log l, job, generate_series(1, %(rows)s) AS n WHERE l.campaign_id = %(model)s
"""

# The same as text, for servers that cannot read what is compressed.
AS_TEXT = """
CREATE UNLOGGED TABLE peer_log AS
    SELECT campaign_id, lower(recipient) AS address, replace(%(text)s, %(address)s, recipient) AS transcript FROM smtp_log
    WHERE campaign_id >= %(job)s;
CREATE INDEX ON peer_log (campaign_id, address);
VACUUM (ANALYZE) peer_log
"""


class Conversations:
    """Campaigns first_job to first_job + days - 1, each to ADDRESS 1 to rows_a_day. parts: what they take (footprint.py)."""

    def __init__(self, server, rows, days):
        self.days, self.rows_a_day, self.first_job = days, rows // days, 1_000_001
        self.rows = self.rows_a_day * days
        model, address = self._deliver_one(server)
        with contextlib.closing(psycopg2.connect(server.settings["database"])) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for back in range(days):
                cursor.execute(FILL, {"back": back, "job": self.first_job + back, "rows": self.rows_a_day, "model": model,
                                      "address": ADDRESS})
            cursor.execute("VACUUM (ANALYZE, FREEZE) smtp_log")
            cursor.execute("ANALYZE campaign")
            cursor.execute("CHECKPOINT")
            self.parts = footprint(connection)
        self.example = soap.call(server, "Reports_GetSMTPLog", JobID=self.first_job, EmailAddress=ADDRESS.format(1))
        assert self.example.endswith("result delivered 2.0.0\n") and address not in self.example

    def keep_text(self, conninfo):
        """Into the table peer_log."""
        with contextlib.closing(psycopg2.connect(conninfo)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for statement in AS_TEXT.split(";"):
                cursor.execute(statement, {"text": self.example, "address": ADDRESS.format(1), "job": self.first_job})

    @staticmethod
    def _deliver_one(server):
        address = mail.address("member")
        job = soap.result_id(soap.call(
            server, "SendMassEmail", FromEmail=mail.SENDER, FromName="Shop", ToGroups="", ToGroupFilter="", ToOther=address,
            ToWebDatabase="", Subject="News", MessagePlain="Hello.", MessageHTML="", Options=""))
        wait_for(lambda: "result delivered" in soap.call(server, "Reports_GetSMTPLog", JobID=job, EmailAddress=address), 15,
                 "the relay delivers")
        return job, address
