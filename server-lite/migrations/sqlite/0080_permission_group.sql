-- Permission groups of communities: rights of those who are in them. Numbers never come again.
CREATE TABLE permission_group (
    permission_no       INTEGER PRIMARY KEY AUTOINCREMENT,
    group_no            INTEGER NOT NULL,
    permission_group_id TEXT NOT NULL,
    name                TEXT NOT NULL,
    -- 64 bits: rights in the community.
    permission          INTEGER NOT NULL,
    custom              TEXT NOT NULL DEFAULT '',
    member_num          INTEGER NOT NULL DEFAULT 0,
    created_at          INTEGER NOT NULL
);
CREATE UNIQUE INDEX permission_group_by_id ON permission_group (group_no, permission_group_id);

-- Who is in which: what a member may do is one range of this key.
CREATE TABLE permission_group_member (
    group_no      INTEGER NOT NULL,
    tiny_id       INTEGER NOT NULL,
    permission_no INTEGER NOT NULL,
    PRIMARY KEY (group_no, tiny_id, permission_no)
) WITHOUT ROWID;
CREATE INDEX permission_group_members ON permission_group_member (permission_no, tiny_id);

-- Rights of a permission group in single topics, by the topic's ID.
CREATE TABLE permission_group_topic (
    permission_no INTEGER NOT NULL,
    topic_id      TEXT NOT NULL,
    -- 64 bits: rights in the topic.
    permission    INTEGER NOT NULL,
    PRIMARY KEY (permission_no, topic_id)
) WITHOUT ROWID;
