-- Which version of Payerline ran each migration from this one on, so that an earlier version, which does not know
-- the migration, can say what is needed. Like the list of migrations it belongs to no clinic.
CREATE TABLE schema_versions (
    migration text COLLATE "C" PRIMARY KEY,
    payerline text NOT NULL
);
