-- Lists in the order of changes, and the clock that this order comes from. Decision 028 has the reasons.
CREATE INDEX claims_by_update ON claims (clinic_id, updated_at, id);
CREATE INDEX preauthorizations_by_update ON preauthorizations (clinic_id, updated_at, id);

-- One row: the latest time that was drawn for a change. One writer commits at a time, so what is drawn in a
-- transaction that writes has the order of commits.
CREATE TABLE change_clock (
    at INTEGER NOT NULL
) STRICT;

INSERT INTO change_clock SELECT max(
    coalesce((SELECT max(updated_at) FROM claims), 0),
    coalesce((SELECT max(updated_at) FROM preauthorizations), 0)
);
