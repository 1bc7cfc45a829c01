-- Whose account it is: what CreateAccount was told. "" where nothing is known.
ALTER TABLE account ADD COLUMN first_name text NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN last_name text NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN email_address text NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN phone_number text NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN private_label text NOT NULL DEFAULT '';
