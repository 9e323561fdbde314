-- Attributes of groups, and how often they were written: main_seq of the group, seq of each attribute.
CREATE TABLE group_attribute (
    group_no INTEGER NOT NULL,
    key      TEXT NOT NULL,
    value    TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    PRIMARY KEY (group_no, key)
) WITHOUT ROWID;
CREATE TABLE group_attribute_seq (
    group_no INTEGER PRIMARY KEY,
    main_seq INTEGER NOT NULL
);

-- Counters of groups.
CREATE TABLE group_counter (
    group_no INTEGER NOT NULL,
    key      TEXT NOT NULL,
    value    INTEGER NOT NULL,
    PRIMARY KEY (group_no, key)
) WITHOUT ROWID;
