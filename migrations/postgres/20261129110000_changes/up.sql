-- Lists in the order of changes, and the clock that this order comes from. Decision 028 has the reasons.

-- Building the index keeps claims from being written for about a second a million. Waiting for the table would keep
-- them from it for longer, so this waits for a moment only; the service tries it again.
SET LOCAL lock_timeout = '200ms';

CREATE INDEX claims_by_update ON claims (clinic_id, updated_at, id);
CREATE INDEX preauthorizations_by_update ON preauthorizations (clinic_id, updated_at, id);

-- Its last value is the latest time that was drawn for a change, in microseconds since 1970.
CREATE SEQUENCE change_clock MINVALUE 0;

SELECT setval('change_clock', (extract(epoch FROM greatest(
    'epoch'::timestamptz,
    (SELECT max(newest) FROM clinics, LATERAL (
        SELECT max(updated_at) AS newest FROM claims WHERE clinic_id = clinics.clinic_id) AS its_claims),
    (SELECT max(updated_at) FROM preauthorizations)
)) * 1000000)::bigint);

-- Draws the time of a change: later than every time that was drawn before, and not before now. Until the caller's
-- transaction ends, its lock tells change_horizon that a change may still appear above the time in the lock's key. The
-- numbers 900 and 901 keep keys apart from those of other locks.
CREATE FUNCTION change_time() RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    drawn bigint;
BEGIN
    PERFORM pg_advisory_xact_lock_shared((900::bigint << 53) | last_value) FROM change_clock;
    -- One at a time, or a time could be set back. Raising an error gives the lock back now instead of at the
    -- transaction's end; a sequence keeps its value all the same.
    BEGIN
        PERFORM pg_advisory_xact_lock(901::bigint << 53);
        SELECT setval('change_clock', greatest(
            last_value + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)) INTO drawn FROM change_clock;
        RAISE SQLSTATE 'CLOCK';
    EXCEPTION WHEN SQLSTATE 'CLOCK' THEN
        NULL;
    END;
    RETURN 'epoch'::timestamptz + drawn * interval '1 microsecond';
END
$$;

-- The time up to which no change can appear any more, for statements after this one. The clock is read before the
-- locks: whoever draws later than that gets a later time, and whoever drew earlier holds a lock or has committed.
CREATE FUNCTION change_horizon() RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE
    latest bigint;
    oldest bigint;
BEGIN
    SELECT last_value INTO latest FROM change_clock;
    SELECT min(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 53) - 1)) INTO oldest
        FROM pg_locks
        WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 21 = 900
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
    RETURN 'epoch'::timestamptz + least(latest, oldest) * interval '1 microsecond';
END
$$;
