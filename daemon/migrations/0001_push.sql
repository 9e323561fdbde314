-- One row is one push to one device. state: 0 Received, 1 Queued, 2 Sent, 3 Skipped, 4 Failed.
CREATE TABLE push (
    id INTEGER PRIMARY KEY,
    push_id TEXT NOT NULL UNIQUE,
    job_id TEXT NOT NULL,
    app INTEGER NOT NULL,
    user TEXT NOT NULL,
    conversation TEXT NOT NULL,
    place INTEGER NOT NULL,
    install TEXT NOT NULL,
    cert_id INTEGER NOT NULL,
    token TEXT NOT NULL,
    registered_at_ms INTEGER NOT NULL,
    lane TEXT NOT NULL,
    notification TEXT NOT NULL,
    state INTEGER NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    received_at_ms INTEGER NOT NULL,
    due_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    done_at_ms INTEGER NOT NULL DEFAULT 0,
    provider_id TEXT NOT NULL DEFAULT ''
);
CREATE INDEX push_due ON push (lane, due_at_ms) WHERE state = 1;
CREATE INDEX push_held ON push (app, user) WHERE state < 2;
CREATE INDEX push_trouble ON push (id) WHERE state > 2;

-- What the server is to be told, in order.
CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    result TEXT NOT NULL
);

-- Tokens that a provider called wrong, held aside until the channel shows that it is not the channel's own fault.
CREATE TABLE quarantine (
    lane TEXT NOT NULL,
    token TEXT NOT NULL,
    registered_at_ms INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    result TEXT NOT NULL,
    PRIMARY KEY (lane, token)
) WITHOUT ROWID;

-- How many pushes ever reached a final state, and why.
CREATE TABLE tally (
    state INTEGER NOT NULL,
    word TEXT NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (state, word)
) WITHOUT ROWID;
