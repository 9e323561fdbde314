-- Pushes that no bridge has taken over yet. A message to one person is one row; a group message is one row (receiver 0)
-- until a bridge pulls, and is then expanded into rows of those members who need it, a page at a time.
CREATE TABLE push_outbox (
    outbox_id   INTEGER PRIMARY KEY AUTOINCREMENT,
    sdk_app_id  INTEGER NOT NULL,
    thread_id   INTEGER NOT NULL,
    pos         INTEGER NOT NULL,
    receiver    INTEGER NOT NULL,
    -- Of a group's row: members up to this number are expanded.
    expanded    INTEGER NOT NULL DEFAULT 0,
    -- Unix seconds after which nobody wants it.
    expire_time INTEGER NOT NULL,
    -- Unix milliseconds up to which a bridge holds it.
    leased_ms   INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX push_outbox_job ON push_outbox (receiver, thread_id, pos);
