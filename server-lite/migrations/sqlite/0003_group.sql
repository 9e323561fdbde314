-- Groups. A dismissed one keeps its row, so that its number never comes again and members learn that it is gone.
-- The sequence of its messages and the time of the last one are not here: they change with each message.
CREATE TABLE chat_group (
    group_no       INTEGER PRIMARY KEY AUTOINCREMENT,
    sdk_app_id     INTEGER NOT NULL,
    group_id       TEXT NOT NULL,
    -- 1 Work, 2 Public, 3 Meeting, 4 AVChatRoom, 5 Community.
    kind           INTEGER NOT NULL,
    name           TEXT NOT NULL,
    introduction   TEXT NOT NULL DEFAULT '',
    notification   TEXT NOT NULL DEFAULT '',
    face_url       TEXT NOT NULL DEFAULT '',
    -- Number of the owner; NULL: nobody.
    owner          INTEGER,
    created_at     INTEGER NOT NULL,
    info_seq       INTEGER NOT NULL DEFAULT 1,
    last_info_at   INTEGER NOT NULL,
    member_num     INTEGER NOT NULL DEFAULT 0,
    max_members    INTEGER NOT NULL,
    -- 0 closed, 1 with approval, 2 free.
    join_option    INTEGER NOT NULL,
    invite_option  INTEGER NOT NULL,
    mute_all       INTEGER NOT NULL DEFAULT 0,
    support_topic  INTEGER NOT NULL DEFAULT 0,
    -- JSON object of custom fields.
    custom         TEXT NOT NULL DEFAULT '{}',
    -- Unix seconds; 0: it exists.
    dismissed_at   INTEGER NOT NULL DEFAULT 0,
    -- Number of the last change of the group's profile.
    rev            INTEGER NOT NULL
);
CREATE UNIQUE INDEX group_by_id ON chat_group (sdk_app_id, group_id) WHERE dismissed_at = 0;
CREATE INDEX group_by_kind ON chat_group (sdk_app_id, kind) WHERE dismissed_at = 0;

-- Members. One who left keeps the row with role 0: a mute survives leaving, and the person's devices learn that the group is gone.
CREATE TABLE group_member (
    group_no  INTEGER NOT NULL,
    tiny_id   INTEGER NOT NULL,
    -- 400 owner, 300 admin, 200 member, 0 left.
    role      INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    -- The group's last MsgSeq when the member came: unread and, where earlier history is closed, reading start above it.
    join_seq  INTEGER NOT NULL,
    name_card TEXT NOT NULL DEFAULT '',
    -- 0 AcceptAndNotify, 1 AcceptNotNotify, 2 Discard, 3 AcceptNotNotifyExceptAt.
    msg_flag  INTEGER NOT NULL DEFAULT 0,
    -- Unix seconds; 0: not muted.
    muted_until INTEGER NOT NULL DEFAULT 0,
    custom    TEXT NOT NULL DEFAULT '{}',
    -- Number of the last change of this row.
    rev       INTEGER NOT NULL,
    PRIMARY KEY (group_no, tiny_id)
) WITHOUT ROWID;
CREATE INDEX group_member_groups ON group_member (tiny_id, rev);

-- Applications for membership that wait for an owner or admin.
CREATE TABLE group_application (
    group_no   INTEGER NOT NULL,
    tiny_id    INTEGER NOT NULL,
    message    TEXT NOT NULL,
    applied_at INTEGER NOT NULL,
    PRIMARY KEY (group_no, tiny_id)
) WITHOUT ROWID;
CREATE INDEX group_application_of ON group_application (tiny_id);
