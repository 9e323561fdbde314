-- Numbers of live rooms' messages are reserved in blocks ahead of use, so that none comes twice after a restart. group_no 0: broadcasts.
CREATE TABLE room_seq (
    sdk_app_id INTEGER NOT NULL,
    group_no   INTEGER NOT NULL,
    -- Numbers below this one may have been used.
    reserved   INTEGER NOT NULL,
    PRIMARY KEY (sdk_app_id, group_no)
) WITHOUT ROWID;

-- Admins of live rooms, whether they are inside or not.
CREATE TABLE room_admin (
    group_no INTEGER NOT NULL,
    tiny_id  INTEGER NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (group_no, tiny_id)
) WITHOUT ROWID;

-- Who may not come into a live room, until when (Unix seconds).
CREATE TABLE room_ban (
    group_no     INTEGER NOT NULL,
    tiny_id      INTEGER NOT NULL,
    banned_until INTEGER NOT NULL,
    description  TEXT NOT NULL,
    PRIMARY KEY (group_no, tiny_id)
) WITHOUT ROWID;
CREATE INDEX room_ban_ends ON room_ban (banned_until);
