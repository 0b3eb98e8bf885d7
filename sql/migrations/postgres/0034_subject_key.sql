-- What names an entity is its name's key and its family, of 1 000 bytes each, a disambiguator of 200, and what parts them.
ALTER TABLE kb.assertion DROP CONSTRAINT assertion_subject_key_check;
ALTER TABLE kb.assertion ADD CONSTRAINT ck_assertion_subject_key CHECK (octet_length(subject_key) <= 2300);
