-- What is attached to stored messages. The rows of a message go when it is recalled.

-- Who has sent a receipt for a message that asked for them.
CREATE TABLE receipt (
    thread_id INTEGER NOT NULL,
    pos       INTEGER NOT NULL,
    reader    INTEGER NOT NULL,
    -- Unix milliseconds.
    read_ms   INTEGER NOT NULL,
    PRIMARY KEY (thread_id, pos, reader)
) WITHOUT ROWID;

CREATE TABLE reaction (
    thread_id INTEGER NOT NULL,
    pos       INTEGER NOT NULL,
    reaction  TEXT NOT NULL,
    reactor   INTEGER NOT NULL,
    -- Number of the change that made it: the order in which they came.
    rev       INTEGER NOT NULL,
    PRIMARY KEY (thread_id, pos, reaction, reactor)
) WITHOUT ROWID;

-- Pinned messages of groups.
CREATE TABLE message_pin (
    thread_id INTEGER NOT NULL,
    pos       INTEGER NOT NULL,
    pinner    INTEGER NOT NULL,
    -- Unix milliseconds.
    pinned_ms INTEGER NOT NULL,
    PRIMARY KEY (thread_id, pos)
) WITHOUT ROWID;

-- Key-values of messages; seq is the version of the key.
CREATE TABLE message_extension (
    thread_id INTEGER NOT NULL,
    pos       INTEGER NOT NULL,
    key       TEXT NOT NULL,
    value     TEXT NOT NULL,
    seq       INTEGER NOT NULL,
    PRIMARY KEY (thread_id, pos, key)
) WITHOUT ROWID;

-- Of a message with key-values: up to which version they were cleared, and how often they were written in a minute.
CREATE TABLE message_extension_state (
    thread_id INTEGER NOT NULL,
    pos       INTEGER NOT NULL,
    clear_seq INTEGER NOT NULL DEFAULT 0,
    -- Unix minutes.
    minute    INTEGER NOT NULL DEFAULT 0,
    writes    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (thread_id, pos)
) WITHOUT ROWID;
