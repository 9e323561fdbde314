-- Lists of merged messages that were too large for their element.
CREATE TABLE relay (
    relay_key  TEXT PRIMARY KEY,
    sdk_app_id INTEGER NOT NULL,
    -- Unix seconds at which it was last put or sent; it expires like a message of that time.
    used_at    INTEGER NOT NULL,
    -- JSON list of the keys that its own messages name.
    inner_keys TEXT NOT NULL,
    list       TEXT NOT NULL
);
CREATE INDEX relay_used ON relay (sdk_app_id, used_at);
