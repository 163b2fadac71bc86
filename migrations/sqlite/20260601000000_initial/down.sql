DROP TABLE events;
DROP TABLE preauthorizations;
DROP TABLE claim_items;
DROP TABLE claims;
DROP TABLE api_keys;
DROP TABLE clinics;
