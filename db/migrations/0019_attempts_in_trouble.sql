-- The attempts that did not deliver among the newest `looked_at` of each account, from delivery `since` on: one account after the other, by the
-- log's primary key, each in a statement of its own, which is of one node where the log is distributed (db/citus.sql). The plan is made once:
-- left to itself PostgreSQL makes one for each account.
CREATE FUNCTION attempts_in_trouble(since bigint, looked_at integer)
    RETURNS TABLE (account_id bigint, delivery_id bigint, attempt smallint, finished_at timestamptz)
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    owner bigint;
BEGIN
    FOR owner IN SELECT a.account_id FROM account AS a LOOP
        RETURN QUERY SELECT recent.account_id, recent.delivery_id, recent.attempt, recent.finished_at FROM (
            SELECT l.account_id, l.delivery_id, l.attempt, l.status, l.finished_at FROM smtp_log AS l
            WHERE l.account_id = owner AND l.delivery_id >= since
            ORDER BY l.delivery_id DESC, l.attempt DESC LIMIT looked_at) AS recent
            WHERE recent.status <> 'delivered';
    END LOOP;
END
$$;
