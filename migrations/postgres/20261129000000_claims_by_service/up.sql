-- Lists by day of service. They are in the order of ids, so this index is walked in that order and tells from
-- itself which claims have a service in the period; without it every claim on the way had to be read.

-- Building the index keeps claims from being written for about a second a million. Waiting for the table would keep
-- them from it for longer, so this waits for a moment only; the service tries it again.
SET LOCAL lock_timeout = '200ms';

CREATE INDEX claims_by_service ON claims (clinic_id, id, service_from, service_to);
