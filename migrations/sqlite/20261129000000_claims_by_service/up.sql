-- Lists by day of service. They are in the order of ids, so this index is walked in that order and tells from
-- itself which claims have a service in the period; without it every claim on the way had to be read.
CREATE INDEX claims_by_service ON claims (clinic_id, id, service_from, service_to);
