-- A conversation takes a fifth of what it took. Rows of before stay as they are, and are read as they are.
--
-- conversation: what transcript held, compressed (db/conversation.h); NULL where transcript holds it, as of refused messages, and
-- of workers of before. Those can go on writing. unsent: why nobody was asked, NULL as a rule. result: NULL where status is
-- delivered, and started_at NULL: the conversation tells them.
ALTER TABLE smtp_log
    ADD COLUMN unsent text,
    ADD COLUMN conversation bytea,
    ALTER COLUMN started_at DROP NOT NULL,
    ALTER COLUMN result DROP NOT NULL,
    ALTER COLUMN transcript DROP NOT NULL,
    ALTER COLUMN conversation SET STORAGE EXTERNAL;

-- The conversations with an address are found by one number, that of account and address. Addresses may share it, so a WHERE
-- clause names all of
--     account_id = $1 AND address_hash(account_id, recipient) = address_hash($1, $2) AND address_fold(recipient) = address_fold($2)
CREATE FUNCTION address_hash(account bigint, address text) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN hashtextextended(address_fold(address), account);
CREATE INDEX smtp_log_address ON smtp_log (address_hash(account_id, recipient));
DROP INDEX smtp_log_recipient;

-- The ids of a campaign's deliveries are of one range, in which there are few others: the primary keys of queue and log find
-- them. Until they are known it is the whole day.
ALTER TABLE campaign
    ADD COLUMN first_delivery_id bigint NOT NULL DEFAULT id_floor(now()),
    ADD COLUMN last_delivery_id bigint NOT NULL DEFAULT id_floor(now()) + (1::bigint << 36) - 1;
UPDATE campaign SET first_delivery_id = id_floor(created_at), last_delivery_id = id_floor(created_at) + (1::bigint << 36) - 1;
WITH made AS (
    SELECT account_id, campaign_id, min(delivery_id) AS first, max(delivery_id) AS last
    FROM (SELECT account_id, campaign_id, delivery_id FROM smtp_log WHERE campaign_id IS NOT NULL
        UNION ALL SELECT account_id, campaign_id, delivery_id FROM queue WHERE campaign_id IS NOT NULL) AS delivery
    GROUP BY account_id, campaign_id)
UPDATE campaign AS c SET first_delivery_id = made.first, last_delivery_id = made.last
FROM made WHERE c.account_id = made.account_id AND c.campaign_id = made.campaign_id;
DROP INDEX smtp_log_campaign;
DROP INDEX queue_campaign;

-- The conversations with one recipient of a campaign. A row of NULLs: it waits for its first attempt. The queue is not asked about who
-- has a conversation. The plan is made once, and finds the partition when it runs: left to itself PostgreSQL makes one for each call.
CREATE FUNCTION conversations_of_recipient(account bigint, campaign integer, address text)
    RETURNS TABLE (delivery_id bigint, recipient text, transcript text, conversation bytea)
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    first bigint;
    last  bigint;
BEGIN
    SELECT c.first_delivery_id, c.last_delivery_id INTO first, last
        FROM campaign AS c WHERE c.account_id = account AND c.campaign_id = campaign;
    RETURN QUERY SELECT l.delivery_id, l.recipient, l.transcript, l.conversation FROM smtp_log AS l
        WHERE l.account_id = account AND address_hash(l.account_id, l.recipient) = address_hash(account, address)
            AND address_fold(l.recipient) = address_fold(address)
            AND l.campaign_id = campaign AND l.delivery_id BETWEEN first AND last
        ORDER BY l.delivery_id, l.attempt;
    IF NOT FOUND THEN
        RETURN QUERY SELECT NULL::bigint, NULL::text, NULL::text, NULL::bytea FROM queue AS q
            WHERE q.account_id = account AND q.campaign_id = campaign AND q.delivery_id BETWEEN first AND last
                AND address_fold(q.recipient) = address_fold(address);
    END IF;
END
$$;

-- For API processes of before: what is compressed they do not show.
CREATE OR REPLACE FUNCTION smtp_log_of_recipient(account bigint, campaign integer, address text)
    RETURNS TABLE (transcript text) LANGUAGE sql STABLE
    BEGIN ATOMIC
    SELECT c.transcript FROM conversations_of_recipient(account, campaign, address) AS c;
    END;
