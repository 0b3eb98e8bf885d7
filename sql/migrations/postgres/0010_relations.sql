-- Raw relation names that say the same, and those that say it from the other end.
CREATE TABLE kb.relation_inverse (
    canonical  text COLLATE "C" NOT NULL,
    inverse    text COLLATE "C" NOT NULL,
    CONSTRAINT pk_relation_inverse PRIMARY KEY (canonical)
);
INSERT INTO kb.relation_inverse (canonical, inverse) VALUES
    ('owned_by', 'owns'), ('has_member', 'member_of'), ('employs', 'works_for'), ('parent_of', 'child_of'),
    ('created', 'created_by'), ('contains', 'part_of'), ('led', 'led_by'), ('features', 'appeared_in');

INSERT INTO kb.type_map (kind, type_key, canonical, family)
SELECT 'relation', m.type_key, m.canonical, m.family
FROM (VALUES
    ('owns', 'owns', 'ownership'), ('owned', 'owns', 'ownership'), ('possesses', 'owns', 'ownership'),
    ('possessed', 'owns', 'ownership'), ('bought', 'owns', 'ownership'), ('acquired', 'owns', 'ownership'),
    ('owner_of', 'owns', 'ownership'), ('owned_by', 'owned_by', 'ownership'), ('belongs_to', 'owned_by', 'ownership'),
    ('belonged_to', 'owned_by', 'ownership'), ('property_of', 'owned_by', 'ownership'),
    ('member_of', 'member_of', 'membership'), ('is_member_of', 'member_of', 'membership'), ('joined', 'member_of', 'membership'),
    ('was_member_of', 'member_of', 'membership'), ('belongs_to_group', 'member_of', 'membership'), ('member', 'member_of', 'membership'),
    ('has_member', 'has_member', 'membership'), ('includes', 'has_member', 'membership'),
    ('works_for', 'works_for', 'employment'), ('worked_for', 'works_for', 'employment'), ('worked_at', 'works_for', 'employment'),
    ('employed_by', 'works_for', 'employment'), ('employs', 'employs', 'employment'),
    ('located_in', 'part_of', 'location'), ('located_at', 'part_of', 'location'), ('part_of', 'part_of', 'location'),
    ('contains', 'contains', 'location'), ('lived_in', 'lived_in', 'residence'), ('resided_in', 'lived_in', 'residence'),
    ('moved_to', 'lived_in', 'residence'), ('born_in', 'born_in', 'birth'), ('born_at', 'born_in', 'birth'),
    ('died_in', 'died_in', 'death'), ('died_at', 'died_in', 'death'),
    ('parent_of', 'parent_of', 'kinship'), ('mother_of', 'parent_of', 'kinship'), ('father_of', 'parent_of', 'kinship'),
    ('child_of', 'child_of', 'kinship'), ('son_of', 'child_of', 'kinship'), ('daughter_of', 'child_of', 'kinship'),
    ('married', 'married', 'kinship'), ('married_to', 'married', 'kinship'), ('spouse_of', 'married', 'kinship'),
    ('created', 'created', 'creation'), ('wrote', 'created', 'creation'), ('designed', 'created', 'creation'),
    ('built', 'created', 'creation'), ('composed', 'created', 'creation'), ('invented', 'created', 'creation'),
    ('created_by', 'created_by', 'creation'), ('written_by', 'created_by', 'creation'), ('designed_by', 'created_by', 'creation'),
    ('built_by', 'created_by', 'creation'), ('composed_by', 'created_by', 'creation'),
    ('led', 'led', 'leadership'), ('leads', 'led', 'leadership'), ('commanded', 'led', 'leadership'), ('led_by', 'led_by', 'leadership'),
    ('commanded_by', 'led_by', 'leadership'), ('appeared_in', 'appeared_in', 'appearance'), ('appears_in', 'appeared_in', 'appearance'),
    ('starred_in', 'appeared_in', 'appearance'), ('features', 'features', 'appearance'),
    ('founded', 'founded', 'foundation'), ('co_founded', 'founded', 'foundation'), ('founder_of', 'founded', 'foundation'),
    ('participated_in', 'participated_in', 'participation'), ('took_part_in', 'participated_in', 'participation'),
    ('fought_in', 'participated_in', 'participation'), ('participant', 'participated_in', 'participation')
) AS m (type_key, canonical, family)
ON CONFLICT (kind, type_key) DO NOTHING;
