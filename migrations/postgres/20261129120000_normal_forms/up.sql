-- Ids and numbers are looked up and compared in Unicode's normalization form C and answered as they were sent. So a
-- column has the normal form, and the column beside it what was sent instead, where that is another form.
--
-- Of two forms of one id that were stored as two claims one has the normal form, and the other what was sent:
-- each is still found.

-- Waiting for the tables would keep others from them, so this waits for a moment only; the service tries it again.
SET LOCAL lock_timeout = '200ms';

-- Looking for texts in another form reads all claims. It comes first, because nobody has to wait for it.
CREATE TEMPORARY TABLE other_forms (
    is_claim boolean NOT NULL,
    clinic_id uuid NOT NULL,
    id uuid NOT NULL
) ON COMMIT DROP;

DO $$
BEGIN
    -- PostgreSQL knows the normal forms of UTF-8 alone.
    IF current_setting('server_encoding') = 'UTF8' THEN
        INSERT INTO other_forms
        SELECT true, clinic_id, id FROM claims
        WHERE external_id IS NOT NFC NORMALIZED OR patient_id IS NOT NFC NORMALIZED;
        INSERT INTO other_forms
        SELECT false, clinic_id, id FROM preauthorizations
        WHERE number IS NOT NFC NORMALIZED OR patient_id IS NOT NFC NORMALIZED;
    END IF;
END
$$;

ALTER TABLE claims ADD COLUMN external_id_sent text, ADD COLUMN patient_id_sent text;
ALTER TABLE preauthorizations ADD COLUMN number_sent text, ADD COLUMN patient_id_sent text;

UPDATE claims
SET patient_id_sent = patient_id, patient_id = normalize(patient_id, NFC)
FROM other_forms AS other
WHERE other.is_claim AND claims.clinic_id = other.clinic_id AND claims.id = other.id
    AND patient_id IS NOT NFC NORMALIZED;

UPDATE claims
SET external_id_sent = external_id, external_id = normalize(external_id, NFC)
FROM (
    SELECT DISTINCT ON (named.clinic_id, normalize(external_id, NFC)) named.clinic_id, named.id
    FROM claims AS named
    JOIN other_forms AS other ON other.is_claim AND named.clinic_id = other.clinic_id AND named.id = other.id
    WHERE external_id IS NOT NFC NORMALIZED AND NOT EXISTS (
        SELECT FROM claims AS taken
        WHERE taken.clinic_id = named.clinic_id AND taken.external_id = normalize(named.external_id, NFC))
    ORDER BY named.clinic_id, normalize(external_id, NFC), named.id
) AS first
WHERE claims.clinic_id = first.clinic_id AND claims.id = first.id;

UPDATE preauthorizations
SET patient_id_sent = patient_id, patient_id = normalize(patient_id, NFC)
FROM other_forms AS other
WHERE NOT other.is_claim AND preauthorizations.clinic_id = other.clinic_id AND preauthorizations.id = other.id
    AND patient_id IS NOT NFC NORMALIZED;

UPDATE preauthorizations
SET number_sent = number, number = normalize(number, NFC)
FROM (
    SELECT DISTINCT ON (named.clinic_id, normalize(number, NFC)) named.clinic_id, named.id
    FROM preauthorizations AS named
    JOIN other_forms AS other ON NOT other.is_claim AND named.clinic_id = other.clinic_id AND named.id = other.id
    WHERE number IS NOT NFC NORMALIZED AND NOT EXISTS (
        SELECT FROM preauthorizations AS taken
        WHERE taken.clinic_id = named.clinic_id AND taken.number = normalize(named.number, NFC))
    ORDER BY named.clinic_id, normalize(number, NFC), named.id
) AS first
WHERE preauthorizations.clinic_id = first.clinic_id AND preauthorizations.id = first.id;
