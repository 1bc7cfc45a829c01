-- How many messages an account may send in an hour and in a day of UTC; NULL: any number. Each recipient counts.
ALTER TABLE account ADD COLUMN hour_limit bigint CHECK (hour_limit >= 0);
ALTER TABLE account ADD COLUMN day_limit bigint CHECK (day_limit >= 0);

-- What accounts with a limit have sent in the hour and the day that were last counted, both since 1970-01-01 UTC. One row
-- an account: who counts holds it until the commit, so no two transactions, of whatever worker, share what is left.
CREATE TABLE account_usage (
    account_id bigint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    hour       bigint NOT NULL,
    in_hour    bigint NOT NULL,
    day        bigint NOT NULL,
    in_day     bigint NOT NULL
) WITH (fillfactor = 50);

-- The time that limits go by.
CREATE FUNCTION account_usage_clock() RETURNS timestamptz LANGUAGE sql STABLE RETURN now();

CREATE FUNCTION hour_number(at timestamptz) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN floor(extract(epoch FROM at) / 3600)::bigint;

-- Fails with ZL001 when the account would pass its limit `most` in this window, which ends at `until`. The message is for
-- whoever sends; the detail is "account_id left most", for db/account_limit.h.
CREATE FUNCTION account_limit_check(account bigint, most bigint, window_name text, used bigint, added bigint,
    until timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    remaining bigint := greatest(most - (used - added), 0);
BEGIN
    IF used > most THEN
        RAISE EXCEPTION USING ERRCODE = 'ZL001',
            MESSAGE = format('this account may send %s messages %s: more from %s UTC', most, window_name,
                to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')),
            DETAIL = format('%s %s %s', account, remaining, most);
    END IF;
END
$$;

-- Counts added[i] messages for accounts[i], of those that have a limit. To be the last of a transaction, for the lock; in
-- order of account, so that two transactions wait for each other in one direction only. A transaction that began in the
-- hour before, and comes after one of this hour, counts in this one.
CREATE FUNCTION account_usage_add(accounts bigint[], added bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one  record;
    used account_usage;
    at   CONSTANT timestamptz := account_usage_clock();
BEGIN
    FOR one IN
        SELECT a.account_id, a.hour_limit, a.day_limit, sent.messages
        FROM unnest(accounts, added) AS sent (account_id, messages) JOIN account AS a USING (account_id)
        WHERE a.hour_limit IS NOT NULL OR a.day_limit IS NOT NULL ORDER BY a.account_id
    LOOP
        INSERT INTO account_usage AS kept (account_id, hour, in_hour, day, in_day)
        VALUES (one.account_id, hour_number(at), one.messages, day_number(at), one.messages)
        ON CONFLICT (account_id) DO UPDATE SET
            hour = greatest(kept.hour, excluded.hour),
            in_hour = excluded.in_hour + CASE WHEN kept.hour >= excluded.hour THEN kept.in_hour ELSE 0 END,
            day = greatest(kept.day, excluded.day),
            in_day = excluded.in_day + CASE WHEN kept.day >= excluded.day THEN kept.in_day ELSE 0 END
        RETURNING * INTO used;
        -- Which leaves less is named; the day, where both leave the same.
        IF one.hour_limit - used.in_hour < one.day_limit - used.in_day THEN
            PERFORM account_limit_check(one.account_id, one.hour_limit, 'an hour', used.in_hour, one.messages,
                to_timestamp((used.hour + 1) * 3600));
        END IF;
        PERFORM account_limit_check(one.account_id, one.day_limit, 'a day', used.in_day, one.messages,
            to_timestamp((used.day + 1) * 86400));
        PERFORM account_limit_check(one.account_id, one.hour_limit, 'an hour', used.in_hour, one.messages,
            to_timestamp((used.hour + 1) * 3600));
    END LOOP;
END
$$;
