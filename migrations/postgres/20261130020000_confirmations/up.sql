-- An OCF-23 can be confirmed: the insurer gave notice that there is a policy. What the ledger holds keeps the new check,
-- so it is not read again.

SET LOCAL lock_timeout = '200ms';

ALTER TABLE preauthorizations
    DROP CONSTRAINT preauthorizations_status_check,
    ADD CONSTRAINT preauthorizations_status_check
        CHECK (status IN ('pending', 'approved', 'denied', 'expired', 'confirmed')) NOT VALID;
