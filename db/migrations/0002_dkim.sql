-- Keys that sign mail (RFC 6376). domain: lower case, A-labels. Private keys lie here as they are: who reads the
-- database or its backups can sign.
CREATE TABLE dkim_key (
    account_id  bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    domain      text NOT NULL CHECK (char_length(domain) BETWEEN 1 AND 253 AND domain = lower(domain)),
    selector    text NOT NULL CHECK (char_length(selector) BETWEEN 1 AND 63 AND selector = lower(selector)),
    algorithm   text NOT NULL CHECK (algorithm IN ('rsa-sha256', 'ed25519-sha256')),
    private_key text NOT NULL, -- PEM, PKCS #8
    active      boolean NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, domain, selector)
);
