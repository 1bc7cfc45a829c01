-- An address that unsubscribed, however it did, is not mailed from then on: workers that have deliveries to it in memory are told,
-- "account_id address". (Of what is claimed later the claim knows.) Addresses are shorter than what is cut here.
CREATE FUNCTION suppression_announce() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('bracemail_unsubscribe', NEW.account_id || ' ' || left(NEW.email_address, 1500));
    RETURN NULL;
END
$$;
CREATE TRIGGER suppression_announce AFTER INSERT ON suppression
    FOR EACH ROW WHEN (NEW.kind = 'unsubscribe') EXECUTE FUNCTION suppression_announce();
