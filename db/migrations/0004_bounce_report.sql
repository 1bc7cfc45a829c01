-- What came back after a server had taken a message: reports of bounces and complaints, and the address they come to.

-- The key that return paths are signed with, one for all workers of a database. See services/relay/message/return_path.h.
CREATE TABLE return_path_key (
    only_one boolean NOT NULL PRIMARY KEY DEFAULT true CHECK (only_one),
    key      bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO return_path_key (key)
    SELECT sha256(string_agg(uuid_send(gen_random_uuid()), ''::bytea)) FROM generate_series(1, 4);

-- Mail leaves under the account's own MAIL FROM; what bounces then goes there, and is not read here.
ALTER TABLE account ADD COLUMN keep_mail_from boolean NOT NULL DEFAULT false;
CREATE INDEX account_keep_mail_from ON account (account_id) WHERE keep_mail_from;

-- One row a report. recipient: whom the delivery was for; reported_recipient: whom the report names, as after a forward.
-- smtp_code, status_code (RFC 3463): as the report gives them, NULL where it does not.
CREATE TYPE bounce_report_kind AS ENUM ('permanent', 'transient', 'complaint');
CREATE TABLE bounce_report (
    account_id         bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    report_id          bigint NOT NULL,
    delivery_id        bigint NOT NULL,
    campaign_id        integer,
    received_at        timestamptz NOT NULL DEFAULT now(),
    kind               bounce_report_kind NOT NULL,
    recipient          text NOT NULL,
    reported_recipient text,
    smtp_code          smallint,
    status_code        text,
    diagnostic         text NOT NULL,
    client             text NOT NULL,
    PRIMARY KEY (account_id, report_id)
) PARTITION BY RANGE (report_id);
CREATE INDEX bounce_report_delivery ON bounce_report (account_id, delivery_id);

-- The tables that have a partition for each day.
CREATE FUNCTION partitioned_tables() RETURNS text[] LANGUAGE sql IMMUTABLE
    RETURN ARRAY['message', 'smtp_log', 'bounce_report'];

CREATE OR REPLACE FUNCTION partitions_ensure(ahead integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    today  bigint := day_number(now());
    day    bigint;
    parent text;
    child  text;
BEGIN
    PERFORM pg_advisory_xact_lock(1112, 1);
    FOR ahead_now IN -1 .. ahead LOOP -- an integer, as every FOR variable: too narrow for an id
        day := today + ahead_now;
        FOREACH parent IN ARRAY partitioned_tables() LOOP
            child := parent || '_' || to_char(to_timestamp(day * 86400) AT TIME ZONE 'UTC', 'YYYYMMDD');
            IF to_regclass(child) IS NULL THEN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%s) TO (%s)',
                    child, parent, day << 36, (day + 1) << 36);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

CREATE OR REPLACE FUNCTION partitions_drop(keep_days integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    dropped integer := 0;
    child   text;
BEGIN
    PERFORM pg_advisory_xact_lock(1112, 1);
    FOR child IN
        -- First the partitions, then their days: other tables have no day in their names.
        WITH partitions AS MATERIALIZED (
            SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = ANY (partitioned_tables()::regclass[]))
        SELECT relname FROM partitions
        WHERE to_date(right(relname, 8), 'YYYYMMDD') < (now() AT TIME ZONE 'UTC')::date - keep_days
    LOOP
        EXECUTE format('DROP TABLE %I', child);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

SELECT partitions_ensure(7);
