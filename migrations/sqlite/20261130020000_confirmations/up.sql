-- An OCF-23 can be confirmed: the insurer gave notice that there is a policy. SQLite changes no CHECK. Copying the table
-- would keep all of it in memory, so only the text of its definition is changed: the way that SQLite's documentation has
-- for this (https://sqlite.org/lang_altertable.html, section 7). Every stored row keeps the wider check.
PRAGMA writable_schema = ON;

UPDATE sqlite_schema
SET sql = replace(sql, '''denied'', ''expired'')', '''denied'', ''expired'', ''confirmed'')')
WHERE type = 'table' AND name = 'preauthorizations';

-- Reads the definitions again.
PRAGMA writable_schema = RESET;

-- Fails if the text was another one than the first migration's.
CREATE TABLE changed_definitions (number INTEGER NOT NULL CHECK (number = 1)) STRICT;
INSERT INTO changed_definitions
SELECT count(*) FROM sqlite_schema WHERE name = 'preauthorizations' AND sql LIKE '%''expired'', ''confirmed'')%';
-- Creating and dropping a table also tells other connections that the definitions changed.
DROP TABLE changed_definitions;
