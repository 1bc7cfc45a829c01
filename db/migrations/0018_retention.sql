-- Mail and logs are kept for days that each account may choose. A day's tables are dropped when no account keeps what it has in them; what one
-- keeps no longer, while others keep theirs, is deleted from them. See db/retention.h.
--
-- retention_days: NULL is the default, of the configuration. retained_from: what is of days (day_number) before it was deleted.
ALTER TABLE account
    ADD COLUMN retention_days integer CHECK (retention_days BETWEEN 1 AND 1100),
    ADD COLUMN retained_from bigint NOT NULL DEFAULT 0;

-- The tables of single days. detaching: a DETACH CONCURRENTLY that was broken off. detached: one that retention took out, to be dropped; others
-- that an operator took out are not among them.
CREATE FUNCTION day_tables() RETURNS TABLE (parent text, name text, day bigint, state text) LANGUAGE sql STABLE AS $$
    SELECT p.relname, c.relname, to_date(substring(c.relname FROM '_([0-9]{8})$'), 'YYYYMMDD') - date '1970-01-01',
        CASE WHEN i.inhrelid IS NULL THEN 'detached' WHEN i.inhdetachpending THEN 'detaching' ELSE 'attached' END
    FROM unnest(partitioned_tables()::regclass[]) AS t
    JOIN pg_class AS p ON p.oid = t
    JOIN pg_class AS c ON c.relnamespace = p.relnamespace AND c.relkind = 'r' AND c.relname ~ ('^' || p.relname || '_[0-9]{8}$')
    LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid
    WHERE i.inhparent = p.oid OR (i.inhrelid IS NULL AND obj_description(c.oid, 'pg_class') = 'expired')
$$;

-- The days of which no account keeps anything that there is: neither mail, logs and reports, nor mail that waits. keep_days: of accounts that chose
-- none; least_days: none keeps less, for mail may wait as long.
CREATE FUNCTION days_expired(keep_days integer, least_days integer) RETURNS SETOF bigint LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    today    CONSTANT bigint := day_number(now());
    shortest CONSTANT integer := greatest(least_days, (SELECT least(min(retention_days), keep_days) FROM account));
    this     bigint;
    age      integer;
    first    bigint;
    past     bigint;
BEGIN
    FOR this IN SELECT DISTINCT day FROM day_tables() WHERE day < today - shortest AND state <> 'detached' ORDER BY day LOOP
        age := today - this;
        first := this << 36;
        past := (this + 1) << 36;
        PERFORM FROM account AS a WHERE greatest(coalesce(a.retention_days, keep_days), least_days) >= age AND (
            EXISTS (SELECT FROM smtp_log AS l WHERE l.account_id = a.account_id AND l.delivery_id >= first AND l.delivery_id < past)
            OR EXISTS (SELECT FROM message AS m WHERE m.account_id = a.account_id AND m.message_id >= first AND m.message_id < past)
            OR EXISTS (SELECT FROM queue AS q WHERE q.account_id = a.account_id AND q.delivery_id >= first AND q.delivery_id < past)
            OR EXISTS (SELECT FROM bounce_report AS b WHERE b.account_id = a.account_id AND b.report_id >= first AND b.report_id < past))
            LIMIT 1;
        IF NOT FOUND THEN
            RETURN NEXT this;
        END IF;
    END LOOP;
END
$$;

-- Deletes up to `most` rows of an account from the table of a day. Returns how many.
CREATE FUNCTION day_table_expire(name text, account bigint, most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    deleted integer;
BEGIN
    EXECUTE format('DELETE FROM %I WHERE ctid = ANY (ARRAY(SELECT ctid FROM %I WHERE account_id = $1 LIMIT $2))', name, name)
        USING account, most;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;

-- As before, but a new table is made and then attached: CREATE TABLE ... PARTITION OF waits for whoever reads the parent, and all others behind it.
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
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', child, parent);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                    parent, child, day << 36, (day + 1) << 36);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

-- For maintenance of before, which asks for it every hour: it drops nothing that an account keeps, and waits for no lock.
CREATE OR REPLACE FUNCTION partitions_drop(keep_days integer) RETURNS integer LANGUAGE plpgsql SET lock_timeout = '250ms' AS $$
DECLARE
    dropped integer := 0;
    child   text;
BEGIN
    PERFORM pg_advisory_xact_lock(1112, 1);
    FOR child IN SELECT name FROM day_tables() WHERE state = 'attached' AND day IN (SELECT days_expired(keep_days, 1)) LOOP
        EXECUTE format('DROP TABLE %I', child);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;
