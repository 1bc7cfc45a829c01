-- The conversations with one recipient of a campaign, whose deliveries have ids of the day that it was made on. A row with NULL:
-- it waits for its first attempt. The queue is not asked about who has a conversation.
-- The plan is made once, and finds the partition when it runs: left to itself PostgreSQL makes one for each call.
CREATE FUNCTION smtp_log_of_recipient(account bigint, campaign integer, address text)
    RETURNS TABLE (transcript text) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    made CONSTANT timestamptz := (SELECT c.created_at FROM campaign AS c WHERE c.account_id = account AND c.campaign_id = campaign);
    first CONSTANT bigint := id_floor(made);
    past CONSTANT bigint := first + (1::bigint << 36);
BEGIN
    RETURN QUERY SELECT l.transcript FROM smtp_log AS l
        WHERE l.account_id = account AND lower(l.recipient COLLATE "und-x-icu") = lower(address COLLATE "und-x-icu")
            AND l.campaign_id = campaign AND l.delivery_id >= first AND l.delivery_id < past
        ORDER BY l.delivery_id, l.attempt;
    IF NOT FOUND THEN
        RETURN QUERY SELECT NULL::text FROM queue AS q
            WHERE q.account_id = account AND q.campaign_id = campaign
                AND lower(q.recipient COLLATE "und-x-icu") = lower(address COLLATE "und-x-icu") AND made IS NOT NULL;
    END IF;
END
$$;
