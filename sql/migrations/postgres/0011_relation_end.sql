-- A relation that is told without an end has one where another says so: who joined in 1968 and left in 1972.
CREATE TABLE kb.relation_end (
    canonical  text COLLATE "C" NOT NULL,
    ended_by   text COLLATE "C" NOT NULL,
    CONSTRAINT pk_relation_end PRIMARY KEY (canonical, ended_by)
);
INSERT INTO kb.relation_end (canonical, ended_by) VALUES
    ('member_of', 'left'), ('works_for', 'left'), ('lived_in', 'left'), ('married', 'divorced'), ('owns', 'sold');

INSERT INTO kb.type_map (kind, type_key, canonical, family)
SELECT 'relation', m.type_key, m.canonical, m.family
FROM (VALUES
    ('left', 'left', 'membership'), ('left_group', 'left', 'membership'), ('departed_from', 'left', 'membership'),
    ('quit', 'left', 'membership'), ('resigned_from', 'left', 'membership'), ('dismissed_from', 'left', 'membership'),
    ('divorced', 'divorced', 'kinship'), ('divorced_from', 'divorced', 'kinship'), ('sold', 'sold', 'ownership')
) AS m (type_key, canonical, family)
ON CONFLICT (kind, type_key) DO NOTHING;
