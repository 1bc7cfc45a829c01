-- What senders asked to be told (RFC 3461), and what reports need of it. All NULL where nothing was asked: rows grow by nothing.

-- dsn_return: RET, 1 FULL, 2 HDRS. envelope_id: ENVID, xtext as it came.
ALTER TABLE message ADD COLUMN dsn_return smallint;
ALTER TABLE message ADD COLUMN envelope_id text;

-- notify: NOTIFY, the sum of 1 SUCCESS, 2 FAILURE, 4 DELAY, 8 NEVER, and 16 when a report was made. original_recipient:
-- ORCPT, type;xtext as it came.
ALTER TABLE queue ADD COLUMN notify smallint;
ALTER TABLE queue ADD COLUMN original_recipient text;
