-- MTA-STS policies (RFC 8461) of the domains that mail goes to, shared by all nodes. Not led by account_id: a policy is what a
-- domain publishes for everybody, nothing in it is an account's, and one that an account fetched protects the mail of all.
-- On Citus it stays on the coordinator: see db/citus.sql.

-- id: of the TXT record that it was fetched for. patterns: the MX hosts it allows. refresh_at: when it is fetched anew, ahead of
-- expires_at; used_at: about when mail last went there.
CREATE TABLE mta_sts_policy (
    domain     text PRIMARY KEY CHECK (char_length(domain) BETWEEN 1 AND 253 AND domain = lower(domain)),
    id         text NOT NULL,
    mode       text NOT NULL CHECK (mode IN ('none', 'testing', 'enforce')),
    max_age    integer NOT NULL,
    patterns   text[] NOT NULL,
    fetched_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    refresh_at timestamptz NOT NULL,
    used_at    timestamptz NOT NULL
);
CREATE INDEX mta_sts_policy_refresh ON mta_sts_policy (refresh_at);
CREATE INDEX mta_sts_policy_expired ON mta_sts_policy (expires_at);
