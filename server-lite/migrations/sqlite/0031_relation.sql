-- Friends: owner has friend in its list.
CREATE TABLE friend (
    owner    INTEGER NOT NULL,
    friend   INTEGER NOT NULL,
    -- Unix seconds.
    added_at INTEGER NOT NULL,
    remark   TEXT NOT NULL DEFAULT '',
    source   TEXT NOT NULL DEFAULT '',
    wording  TEXT NOT NULL DEFAULT '',
    -- JSON list of the friend groups it is in.
    groups   TEXT NOT NULL DEFAULT '[]',
    -- JSON object of custom fields.
    custom   TEXT NOT NULL DEFAULT '{}',
    rev      INTEGER NOT NULL,
    PRIMARY KEY (owner, friend)
) WITHOUT ROWID;

-- Block lists: what blocked writes to owner does not arrive.
CREATE TABLE block (
    owner    INTEGER NOT NULL,
    blocked  INTEGER NOT NULL,
    -- Unix seconds.
    added_at INTEGER NOT NULL,
    rev      INTEGER NOT NULL,
    PRIMARY KEY (owner, blocked)
) WITHOUT ROWID;
