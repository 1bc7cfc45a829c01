-- Ids of as many rows as a statement turns out to have, without a list of them: blocks for `needed` ids, and the id with that number, from 1 on,
-- of blocks taken on that day.
CREATE FUNCTION id_blocks_new(needed bigint) RETURNS bigint[] LANGUAGE sql VOLATILE AS $$
    SELECT array_agg(nextval('id_block')) FROM generate_series(1, (needed + 4095) / 4096)
$$;

CREATE FUNCTION id_of_block(day bigint, blocks bigint[], number bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (day << 36) | ((blocks[((number - 1) / 4096 + 1)::integer] << 12 | (number - 1) % 4096) & ((1::bigint << 36) - 1))
$$;
