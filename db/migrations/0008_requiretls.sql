-- What a message asks of TLS on its way (RFC 8689); NULL: nothing. 1 REQUIRETLS, 2 the field TLS-Required: No.
ALTER TABLE message ADD COLUMN tls smallint;

-- As before, and what the report asks: that of the message that it is about. The form without it stays for workers of before.
CREATE FUNCTION report_store(account bigint, at timestamptz, utf8 boolean, origin text, sender text, title text,
    address text, bytes bytea, asked_tls integer) RETURNS void LANGUAGE sql VOLATILE AS $$
    WITH id AS MATERIALIZED (SELECT array_agg(id) AS pair FROM ids_new(2) AS id),
    stored AS (INSERT INTO message (account_id, message_id, received_at, group_id, size, smtputf8, client, mail_from,
            subject, content, tls)
        SELECT account, pair[1], at, 0, octet_length(bytes), utf8, origin, sender, title, bytes, asked_tls FROM id)
    INSERT INTO queue (account_id, delivery_id, message_id, recipient, queued_at, next_attempt_at)
    SELECT account, pair[2], pair[1], address, at, at FROM id
$$;
