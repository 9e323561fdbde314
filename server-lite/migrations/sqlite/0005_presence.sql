-- Phones: the only devices that are reachable without a link. Others leave nothing behind when their link ends.
CREATE TABLE device (
    tiny_id       INTEGER NOT NULL,
    -- The installation as the client names it; of one that does not, its platform.
    install       TEXT NOT NULL,
    platform      TEXT NOT NULL,
    -- 0 nothing reaches it, 1 linked, 2 away.
    state         INTEGER NOT NULL,
    -- InstId of its last login.
    session       INTEGER NOT NULL,
    -- Unix milliseconds at which it was last heard; the 7 days run from here.
    heard_ms      INTEGER NOT NULL,
    -- 1: the app is out of sight although the link may live.
    background    INTEGER NOT NULL DEFAULT 0,
    -- Certificate and token for pushes; an empty token: none.
    cert_id       INTEGER NOT NULL DEFAULT 0,
    token         TEXT NOT NULL DEFAULT '',
    registered_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (tiny_id, install)
) WITHOUT ROWID;
CREATE INDEX device_away ON device (heard_ms) WHERE state = 2;
CREATE INDEX device_linked ON device (tiny_id) WHERE state = 1;
CREATE INDEX device_token ON device (token) WHERE token <> '';
