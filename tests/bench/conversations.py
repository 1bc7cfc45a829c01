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
WITH model AS MATERIALIZED (
    SELECT date_trunc('day', created_at) - %(back)s * interval '1 day' AS day, c.* FROM campaign c WHERE campaign_id = %(model)s),
job AS (
    INSERT INTO campaign (account_id, campaign_id, created_at, from_email, from_name, subject, message_plain, message_html, options,
        recipients, first_delivery_id, last_delivery_id)
    SELECT account_id, %(job)s, day + %(place)s * interval '1 s', from_email, from_name, subject, message_plain, message_html, options,
        %(rows)s, first, first + %(rows)s
    FROM model, LATERAL (SELECT id_floor(day) + (1 << 30) + %(place)s::bigint * %(rows)s AS first) AS range RETURNING *)
INSERT INTO smtp_log (account_id, delivery_id, attempt, status, campaign_id, finished_at, recipient, conversation)
SELECT l.account_id, job.first_delivery_id + n, 1, l.status, job.campaign_id, l.finished_at - %(back)s * interval '1 day',
    replace(%(address)s, '{}', n::text), l.conversation
FROM smtp_log l, model, job, generate_series(1, %(rows)s) AS n
WHERE l.account_id = model.account_id AND l.delivery_id = model.first_delivery_id
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
    """Campaigns first_job to first_job + jobs - 1, each to ADDRESS 1 to `recipients`, as many each day, the latest day's first;
    those of a day were made a second apart, the first at midnight. recipients: None is one campaign a day. parts: what they take
    (footprint.py)."""

    def __init__(self, server, rows, days, recipients=None):
        self.recipients, self.first_job, self.jobs = recipients or rows // days, 1_000_001, 0
        self.daily = rows // days // self.recipients  # campaigns
        self._database = server.settings["database"]
        self._model, address = self._deliver_one(server)
        self.grow(rows)
        self.example = soap.call(server, "Reports_GetSMTPLog", JobID=self.first_job, EmailAddress=ADDRESS.format(1))
        assert self.example.endswith("result delivered 2.0.0\n") and address not in self.example

    @property
    def days(self):
        return self.jobs // self.daily

    @property
    def rows(self):
        return self.jobs * self.recipients

    def grow(self, rows):
        """To so many rows, by days that come before. They need not survive a crash."""
        with contextlib.closing(psycopg2.connect(self._database)) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            cursor.execute("SET synchronous_commit = off; SET timezone = 'UTC'")
            for job in range(self.jobs, rows // self.recipients):
                cursor.execute(FILL, {"back": job // self.daily, "place": job % self.daily, "job": self.first_job + job,
                                      "rows": self.recipients, "model": self._model, "address": ADDRESS})
            self.jobs = rows // self.recipients
            cursor.execute("VACUUM (ANALYZE, FREEZE) smtp_log")
            cursor.execute("ANALYZE campaign")
            cursor.execute("CHECKPOINT")
            self.parts = footprint(connection)

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
