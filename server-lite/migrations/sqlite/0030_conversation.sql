-- One-to-one: 1: one of the two has a receive option other than to be notified; a message must look at it.
ALTER TABLE thread ADD COLUMN has_options INTEGER NOT NULL DEFAULT 0;
-- Who has a conversation off the list: the next message must find them.
CREATE INDEX conversation_hidden ON conversation (thread_id) WHERE hidden = 1;

-- Marks of conversations: only rows that say something.
CREATE TABLE conversation_mark (
    owner      INTEGER NOT NULL,
    thread_id  INTEGER NOT NULL,
    -- 64 bits: 0 favourite, 1 unread, 2 collapsed, 3 hidden, 32 to 63 free.
    standard   INTEGER NOT NULL,
    custom     TEXT NOT NULL,
    -- Unix seconds.
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (owner, thread_id)
) WITHOUT ROWID;

-- Conversation groups of a person.
CREATE TABLE conversation_group (
    owner    INTEGER NOT NULL,
    -- From 1, per person, never used again: devices remember numbers.
    group_id INTEGER NOT NULL,
    name     TEXT NOT NULL,
    PRIMARY KEY (owner, group_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX conversation_group_name ON conversation_group (owner, name);
CREATE TABLE conversation_group_last (
    owner    INTEGER PRIMARY KEY,
    group_id INTEGER NOT NULL
);
CREATE TABLE conversation_group_member (
    owner      INTEGER NOT NULL,
    thread_id  INTEGER NOT NULL,
    group_id   INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (owner, thread_id, group_id)
) WITHOUT ROWID;
