-- What senders asked to be told (RFC 3461), and what reports need of it. All NULL where nothing was asked: rows grow by nothing.

-- dsn_return: RET, 1 FULL, 2 HDRS. envelope_id: ENVID, xtext as it came.
ALTER TABLE message ADD COLUMN dsn_return smallint;
ALTER TABLE message ADD COLUMN envelope_id text;

-- notify: NOTIFY, the sum of 1 SUCCESS, 2 FAILURE, 4 DELAY, 8 NEVER, and 16 when a report was made. original_recipient:
-- ORCPT, type;xtext as it came.
ALTER TABLE queue ADD COLUMN notify smallint;
ALTER TABLE queue ADD COLUMN original_recipient text;

-- What was delivered may bounce later, when the queue has forgotten it: then its sender is told by this row.
ALTER TABLE smtp_log ADD COLUMN notify smallint;
ALTER TABLE smtp_log ADD COLUMN original_recipient text;

-- Stores a report and its delivery, due at once. Group 0 is none: reports are in nobody's list.
CREATE FUNCTION report_store(account bigint, at timestamptz, utf8 boolean, origin text, sender text, title text,
    address text, bytes bytea) RETURNS void LANGUAGE sql VOLATILE AS $$
    WITH id AS MATERIALIZED (SELECT array_agg(id) AS pair FROM ids_new(2) AS id),
    stored AS (INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, mail_from,
            subject, content)
        SELECT account, pair[1], at, 0, octet_length(bytes), utf8, origin, sender, title, bytes FROM id)
    INSERT INTO queue (account_id, delivery_id, message_id, recipient, queued_at, next_attempt_at)
    SELECT account, pair[2], pair[1], address, at, at FROM id
$$;
