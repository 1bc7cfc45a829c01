-- A campaign whose content the caller wrote: a MIME entity (its Content- fields, an empty line, its body) in place of both texts,
-- which are "" then.
ALTER TABLE campaign ADD COLUMN raw_message text COMPRESSION lz4;
