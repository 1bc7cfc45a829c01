-- Who is told of a transactional message that was accepted and then failed: the sum of 1, the account's manager (email_address), and 2,
-- the address in its From. 0: nobody.
ALTER TABLE account ADD COLUMN failure_notices smallint NOT NULL DEFAULT 0 CHECK (failure_notices BETWEEN 0 AND 3);
