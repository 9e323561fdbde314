-- Applications for membership and invitations that somebody must agree to. Handled ones stay listed for a while.
CREATE TABLE group_request (
    -- MsgKey on the wire.
    request_no INTEGER PRIMARY KEY AUTOINCREMENT,
    group_no   INTEGER NOT NULL,
    -- 0 somebody applies, 1 somebody is invited and decides, 2 somebody is invited and owner or admins decide.
    kind       INTEGER NOT NULL,
    -- Who would become a member.
    person     INTEGER NOT NULL,
    -- Who invited; 0: nobody, it is an application.
    inviter    INTEGER NOT NULL DEFAULT 0,
    message    TEXT NOT NULL DEFAULT '',
    added_at   INTEGER NOT NULL,
    -- Unix seconds; 0: it waits.
    handled_at INTEGER NOT NULL DEFAULT 0,
    handler    INTEGER NOT NULL DEFAULT 0,
    -- 1 agreed, 0 refused.
    agreed     INTEGER NOT NULL DEFAULT 0,
    handled_message TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX group_request_waits ON group_request (group_no, person, kind) WHERE handled_at = 0;
CREATE INDEX group_request_of ON group_request (person);
CREATE INDEX group_request_in ON group_request (group_no, request_no);
INSERT INTO group_request (group_no, kind, person, message, added_at)
    SELECT group_no, 0, tiny_id, message, applied_at FROM group_application;
DROP TABLE group_application;

-- Up to when (Unix seconds) somebody has seen its requests.
CREATE TABLE group_request_read (
    tiny_id INTEGER PRIMARY KEY,
    read_at INTEGER NOT NULL
);
