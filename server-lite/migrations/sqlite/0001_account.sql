-- Applications: everything that an owner may set is one JSON document.
CREATE TABLE application (
    sdk_app_id INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    edition    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    settings   TEXT NOT NULL
);

-- Credentials of push bridges: the SHA-256 of a token, and the applications it is for (JSON list; NULL: all).
CREATE TABLE bridge (
    bridge_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL UNIQUE,
    token_sha256 BLOB NOT NULL UNIQUE,
    apps         TEXT,
    created_at   INTEGER NOT NULL
);

-- Accounts. A deleted one keeps its row, because stored messages name their senders by number.
-- nick and face_url are the two profile fields that travel with each message; the others are in profile_field.
CREATE TABLE account (
    tiny_id    INTEGER PRIMARY KEY AUTOINCREMENT,
    sdk_app_id INTEGER NOT NULL,
    user_id    TEXT NOT NULL,
    nick       TEXT NOT NULL DEFAULT '',
    face_url   TEXT NOT NULL DEFAULT '',
    -- Unix seconds.
    created_at INTEGER NOT NULL,
    -- Unix seconds before which a UserSig must not have been issued: the last kick.
    not_before INTEGER NOT NULL DEFAULT 0,
    -- Unix seconds; 0: it lives.
    deleted_at INTEGER NOT NULL DEFAULT 0,
    -- Number of the last change of its profile.
    rev        INTEGER NOT NULL
);
CREATE UNIQUE INDEX account_by_name ON account (sdk_app_id, user_id) WHERE deleted_at = 0;
CREATE INDEX account_deleted ON account (sdk_app_id, user_id, deleted_at) WHERE deleted_at > 0;
