-- A conversation's own row: a pair of accounts (low <= high, by number) or a group (low = its number, high = 0).
-- It is written with each message; a person's row (conversation) is not.
CREATE TABLE thread (
    thread_id  INTEGER PRIMARY KEY AUTOINCREMENT,
    low        INTEGER NOT NULL,
    high       INTEGER NOT NULL,
    -- Place of the newest message, from 1 without holes; in groups it is MsgSeq.
    last_pos   INTEGER NOT NULL DEFAULT 0,
    -- Unix seconds of the newest message that moves the conversation up.
    last_time  INTEGER NOT NULL DEFAULT 0,
    -- Messages that count as unread. One-to-one: those sent by low; groups: all.
    counted_low  INTEGER NOT NULL DEFAULT 0,
    -- One-to-one: those sent by high.
    counted_high INTEGER NOT NULL DEFAULT 0,
    -- 1: somebody has the conversation off the list; the next message must bring it back.
    has_hidden INTEGER NOT NULL DEFAULT 0,
    rev        INTEGER NOT NULL
);
CREATE UNIQUE INDEX thread_by_ends ON thread (low, high);

-- Messages, appended; one row per message however many read it.
CREATE TABLE message (
    message_id  INTEGER PRIMARY KEY,
    thread_id   INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    sender      INTEGER NOT NULL,
    -- One-to-one: the sender's number. Groups: the sender's ClientSeq.
    seq         INTEGER NOT NULL,
    random      INTEGER NOT NULL,
    -- Unix milliseconds of the server.
    time_ms     INTEGER NOT NULL,
    -- Unix seconds of the sender.
    client_time INTEGER NOT NULL,
    -- Bits of store::message::flag.
    flags       INTEGER NOT NULL,
    body        TEXT NOT NULL,
    custom      TEXT,
    -- JSON of what few messages have: store::message::Extra.
    extra       TEXT,
    rev         INTEGER NOT NULL,
    -- Number of the last change after it was written (recall, modification); 0: none.
    changed_rev INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX message_place ON message (thread_id, pos);
-- The window comes first, so that inserts touch the same few pages.
CREATE INDEX message_once ON message (client_time / 60, sender, random);
CREATE INDEX message_changed ON message (thread_id, changed_rev) WHERE changed_rev > 0;

-- A conversation as one person sees it. One-to-one: written at the first message and when the person acts.
-- Groups: written when the person acts; until then the membership says it all.
CREATE TABLE conversation (
    owner      INTEGER NOT NULL,
    thread_id  INTEGER NOT NULL,
    -- Own read position, and how many counted messages of others stood up to it.
    read_pos   INTEGER NOT NULL,
    read_count INTEGER NOT NULL,
    -- Groups: own counted messages above the read position.
    own_after  INTEGER NOT NULL DEFAULT 0,
    -- Places up to this one cannot be read any more.
    start_pos  INTEGER NOT NULL DEFAULT 0,
    -- Unix milliseconds at which it was pinned; 0: it is not.
    pinned_ms  INTEGER NOT NULL DEFAULT 0,
    -- 1: off the list until the next message.
    hidden     INTEGER NOT NULL DEFAULT 0,
    -- Receive option of a one-to-one conversation, numbered as in group_member.
    msg_flag   INTEGER NOT NULL DEFAULT 0,
    rev        INTEGER NOT NULL,
    PRIMARY KEY (owner, thread_id)
) WITHOUT ROWID;
