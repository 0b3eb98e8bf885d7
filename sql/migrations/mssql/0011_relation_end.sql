-- A relation that is told without an end has one where another says so: who joined in 1968 and left in 1972.
CREATE TABLE kb.relation_end (
    canonical  nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    ended_by   nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_relation_end PRIMARY KEY (canonical, ended_by)
);
GO
INSERT INTO kb.relation_end (canonical, ended_by) VALUES
    (N'member_of', N'left'), (N'works_for', N'left'), (N'lived_in', N'left'), (N'married', N'divorced'), (N'owns', N'sold');
GO

INSERT INTO kb.type_map (kind, type_key, canonical, family)
SELECT N'relation', m.type_key, m.canonical, m.family
FROM (VALUES
    (N'left', N'left', N'membership'), (N'left_group', N'left', N'membership'), (N'departed_from', N'left', N'membership'),
    (N'quit', N'left', N'membership'), (N'resigned_from', N'left', N'membership'), (N'dismissed_from', N'left', N'membership'),
    (N'divorced', N'divorced', N'kinship'), (N'divorced_from', N'divorced', N'kinship'), (N'sold', N'sold', N'ownership')
) AS m (type_key, canonical, family)
WHERE NOT EXISTS (SELECT 1 FROM kb.type_map AS t WHERE t.kind = N'relation' AND t.type_key = m.type_key COLLATE Latin1_General_100_BIN2);
GO
