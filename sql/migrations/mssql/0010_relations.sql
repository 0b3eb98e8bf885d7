-- Raw relation names that say the same, and those that say it from the other end.
CREATE TABLE kb.relation_inverse (
    canonical  nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    inverse    nvarchar(200) COLLATE Latin1_General_100_BIN2 NOT NULL,
    CONSTRAINT pk_relation_inverse PRIMARY KEY (canonical)
);
GO
INSERT INTO kb.relation_inverse (canonical, inverse) VALUES
    (N'owned_by', N'owns'), (N'has_member', N'member_of'), (N'employs', N'works_for'), (N'parent_of', N'child_of'),
    (N'created', N'created_by'), (N'contains', N'part_of'), (N'led', N'led_by'), (N'features', N'appeared_in');
GO

INSERT INTO kb.type_map (kind, type_key, canonical, family)
SELECT N'relation', m.type_key, m.canonical, m.family
FROM (VALUES
    (N'owns', N'owns', N'ownership'), (N'owned', N'owns', N'ownership'), (N'possesses', N'owns', N'ownership'),
    (N'possessed', N'owns', N'ownership'), (N'bought', N'owns', N'ownership'), (N'acquired', N'owns', N'ownership'),
    (N'owner_of', N'owns', N'ownership'), (N'owned_by', N'owned_by', N'ownership'), (N'belongs_to', N'owned_by', N'ownership'),
    (N'belonged_to', N'owned_by', N'ownership'), (N'property_of', N'owned_by', N'ownership'),
    (N'member_of', N'member_of', N'membership'), (N'is_member_of', N'member_of', N'membership'),
    (N'joined', N'member_of', N'membership'), (N'was_member_of', N'member_of', N'membership'),
    (N'belongs_to_group', N'member_of', N'membership'), (N'member', N'member_of', N'membership'),
    (N'has_member', N'has_member', N'membership'), (N'includes', N'has_member', N'membership'),
    (N'works_for', N'works_for', N'employment'), (N'worked_for', N'works_for', N'employment'),
    (N'worked_at', N'works_for', N'employment'), (N'employed_by', N'works_for', N'employment'),
    (N'employs', N'employs', N'employment'), (N'located_in', N'part_of', N'location'), (N'located_at', N'part_of', N'location'),
    (N'part_of', N'part_of', N'location'), (N'contains', N'contains', N'location'), (N'lived_in', N'lived_in', N'residence'),
    (N'resided_in', N'lived_in', N'residence'), (N'moved_to', N'lived_in', N'residence'), (N'born_in', N'born_in', N'birth'),
    (N'born_at', N'born_in', N'birth'), (N'died_in', N'died_in', N'death'), (N'died_at', N'died_in', N'death'),
    (N'parent_of', N'parent_of', N'kinship'), (N'mother_of', N'parent_of', N'kinship'),
    (N'father_of', N'parent_of', N'kinship'), (N'child_of', N'child_of', N'kinship'), (N'son_of', N'child_of', N'kinship'),
    (N'daughter_of', N'child_of', N'kinship'), (N'married', N'married', N'kinship'), (N'married_to', N'married', N'kinship'),
    (N'spouse_of', N'married', N'kinship'), (N'created', N'created', N'creation'), (N'wrote', N'created', N'creation'),
    (N'designed', N'created', N'creation'), (N'built', N'created', N'creation'), (N'composed', N'created', N'creation'),
    (N'invented', N'created', N'creation'), (N'created_by', N'created_by', N'creation'),
    (N'written_by', N'created_by', N'creation'), (N'designed_by', N'created_by', N'creation'),
    (N'built_by', N'created_by', N'creation'), (N'composed_by', N'created_by', N'creation'), (N'led', N'led', N'leadership'),
    (N'leads', N'led', N'leadership'), (N'commanded', N'led', N'leadership'), (N'led_by', N'led_by', N'leadership'),
    (N'commanded_by', N'led_by', N'leadership'), (N'appeared_in', N'appeared_in', N'appearance'),
    (N'appears_in', N'appeared_in', N'appearance'), (N'starred_in', N'appeared_in', N'appearance'),
    (N'features', N'features', N'appearance'), (N'founded', N'founded', N'foundation'),
    (N'co_founded', N'founded', N'foundation'), (N'founder_of', N'founded', N'foundation'),
    (N'participated_in', N'participated_in', N'participation'), (N'took_part_in', N'participated_in', N'participation'),
    (N'fought_in', N'participated_in', N'participation'), (N'participant', N'participated_in', N'participation')
) AS m (type_key, canonical, family)
WHERE NOT EXISTS (SELECT 1 FROM kb.type_map AS t WHERE t.kind = N'relation' AND t.type_key = m.type_key COLLATE Latin1_General_100_BIN2);
GO
