-- Claims that were stored before claims had services, by patient and days of service: they are found by these. It gets no
-- entry for a claim that has services. It is a migration of its own, because adding the column keeps claims from being
-- read until its transaction ends.

-- Building the index keeps claims from being written for a second or two a million. Waiting for the table would keep
-- them from it for longer, so this waits for a moment only; the service tries it again.
SET LOCAL lock_timeout = '200ms';

CREATE INDEX claims_without_services ON claims (clinic_id, patient_id, service_to, service_from, id)
    WHERE has_services IS NULL;
