-- Ids and numbers are looked up and compared in Unicode's normalization form C and answered as they were sent. So a
-- column has the normal form, and the column beside it what was sent instead, where that is another form.
--
-- Of two forms of one id that were stored as two claims one has the normal form, and the other what was sent:
-- each is still found. SQLite has no function for normal forms: the service adds `nfc` to the connection that migrates.
ALTER TABLE claims ADD COLUMN external_id_sent TEXT;
ALTER TABLE claims ADD COLUMN patient_id_sent TEXT;
ALTER TABLE preauthorizations ADD COLUMN number_sent TEXT;
ALTER TABLE preauthorizations ADD COLUMN patient_id_sent TEXT;

UPDATE claims SET patient_id_sent = patient_id, patient_id = nfc(patient_id)
WHERE patient_id <> nfc(patient_id);

-- Ignored is an id whose normal form another claim of the clinic has.
UPDATE OR IGNORE claims SET external_id_sent = external_id, external_id = nfc(external_id)
WHERE external_id <> nfc(external_id);

UPDATE preauthorizations SET patient_id_sent = patient_id, patient_id = nfc(patient_id)
WHERE patient_id <> nfc(patient_id);

UPDATE OR IGNORE preauthorizations SET number_sent = number, number = nfc(number)
WHERE number <> nfc(number);
