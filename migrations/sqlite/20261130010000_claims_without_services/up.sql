-- Claims that were stored before claims had services, by patient and days of service: they are found by these. It gets no
-- entry for a claim that has services. Building it reads the table once and keeps the pages of the index in memory.
CREATE INDEX claims_without_services ON claims (clinic_id, patient_id, service_to, service_from, id)
    WHERE has_services IS NULL;
