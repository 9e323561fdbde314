-- Topics of communities. A topic is a row of chat_group under a number below 0 that holds its community's number and its own place
-- (store::GroupNo), so a community's topics stand side by side in the primary key, and whose members may be in it is arithmetic.
-- Of such a row: kind 5, custom is the topic's CustomString as it was given, members and limits are the community's.

-- Number of the change with which a member came: what was said in a topic before it is older than the membership.
ALTER TABLE group_member ADD COLUMN join_rev INTEGER NOT NULL DEFAULT 0;

-- A member's own place in a topic, only where it differs from the community's.
CREATE TABLE topic_member (
    topic_no    INTEGER NOT NULL,
    tiny_id     INTEGER NOT NULL,
    -- As in group_member; NULL: the community's option holds.
    msg_flag    INTEGER,
    -- Unix seconds; 0: not muted in this topic.
    muted_until INTEGER NOT NULL DEFAULT 0,
    rev         INTEGER NOT NULL,
    PRIMARY KEY (topic_no, tiny_id)
) WITHOUT ROWID;
CREATE INDEX topic_member_of ON topic_member (tiny_id);
