-- The schema on Citus 12, distributed by account. Not a migration: run by hand on the coordinator, in the database of Bracemail, after
-- `bracemail migrate`, with the extension there and the worker nodes added, and again after each upgrade; while no relay runs, as one learns
-- when it connects that the database is Citus's:
--     psql --single-transaction --set ON_ERROR_STOP=1 --file db/citus.sql 'host=... dbname=bracemail'
-- What is placed already stays as it is. docs/scale.md says when it is worth it, and what does not fit yet; tests/integration/test_citus.py
-- holds tables, keys and statements to Citus's rules.
--
-- Bracemail connects to the coordinator alone. These tables are left there, as they are: they are small, no account's, nothing is joined
-- with them, and locks, advisory locks and LISTEN are to be on one node:
--     schema_migration, worker, mta_sts_policy

-- Citus takes identity columns of bigint only; numbers that the API has as an int get a sequence of their own, which goes on where the
-- identity's was.
DO $$
DECLARE
    one  record;
    next bigint;
BEGIN
    FOR one IN
        SELECT c.oid::regclass AS owner, c.relname, a.attname, pg_get_serial_sequence(c.oid::regclass::text, a.attname) AS numbers
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE c.relnamespace = current_schema()::regnamespace AND a.attidentity <> '' AND a.atttypid <> 'bigint'::regtype
            AND c.relname <> ALL ('{schema_migration,worker,mta_sts_policy}')
    LOOP
        EXECUTE format('SELECT CASE WHEN is_called THEN last_value + 1 ELSE last_value END FROM %s', one.numbers) INTO next;
        EXECUTE format('ALTER TABLE %s ALTER %I DROP IDENTITY', one.owner, one.attname);
        EXECUTE format('CREATE SEQUENCE %I AS integer START %s OWNED BY %s.%I', one.relname || '_numbers', next, one.owner, one.attname);
        EXECUTE format('ALTER TABLE %s ALTER %I SET DEFAULT nextval(%L)', one.owner, one.attname, one.relname || '_numbers');
    END LOOP;
END
$$;

-- Citus runs no trigger on a distributed table. Statements that put an address on the list tell workers themselves.
DROP TRIGGER IF EXISTS suppression_announce ON suppression;

-- Citus does not plan a statement whose parameters are not known yet, but for the plainest.
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN
        SELECT oid::regprocedure AS name FROM pg_proc
        WHERE pronamespace = current_schema()::regnamespace AND 'plan_cache_mode=force_generic_plan' = ANY (proconfig)
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_custom_plan', one.name);
    END LOOP;
END
$$;

-- A function that reads distributed tables by its parameters is PL/pgSQL; those of SQL Citus refuses.
CREATE OR REPLACE FUNCTION suppression_of(account bigint, address text) RETURNS SETOF suppression LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT s.* FROM suppression AS s WHERE s.account_id = account AND s.address_key = address_fold(address)
        ORDER BY s.kind LIMIT 1;
END
$$;
-- They are for workers of a release that did not fit here.
DROP FUNCTION IF EXISTS report_store(bigint, timestamptz, boolean, text, text, text, text, bytea);
DROP FUNCTION IF EXISTS report_store(bigint, timestamptz, boolean, text, text, text, text, bytea, integer);

-- Small, and joined with mail of many accounts at once: whole on every node.
SELECT create_reference_table(name) FROM unnest(ARRAY[
    'account', 'account_network', 'transactional_group', 'dkim_key', 'return_path_key']::regclass[]) WITH ORDINALITY AS placed (name, number)
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = name) ORDER BY number;

-- All that grows with mail and with lists. An account's rows of all of them lie together. The first says in how many pieces
-- (citus.shard_count, 32 if nothing else is set): accounts are spread over them, and pieces over nodes, so take some for each node to come.
SELECT create_distributed_table('queue', 'account_id', colocate_with => 'none')
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = 'queue'::regclass);
SELECT create_distributed_table(name, 'account_id', colocate_with => 'queue') FROM unnest(ARRAY[
    'account_usage', 'message', 'smtp_log', 'suppression', 'bounce', 'bounce_report',
    'campaign', 'email_group', 'email_group_field', 'email_group_member']::regclass[]) WITH ORDINALITY AS placed (name, number)
WHERE NOT EXISTS (SELECT FROM pg_dist_partition WHERE logicalrelid = name) ORDER BY number;

-- What is due is taken account by account (db/queue_claim_sql.c), of a shard that has those of others too.
CREATE INDEX IF NOT EXISTS queue_due_of_account ON queue (account_id, next_attempt_at) WHERE claim IS NULL;
