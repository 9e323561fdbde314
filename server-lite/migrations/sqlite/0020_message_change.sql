-- Places up to this one are gone for everybody (cleared by the backend, or expired).
ALTER TABLE thread ADD COLUMN start_pos INTEGER NOT NULL DEFAULT 0;
-- Highest place that was recalled; unread counts above a read position below it are corrected.
ALTER TABLE thread ADD COLUMN recalled_pos INTEGER NOT NULL DEFAULT 0;
-- Highest place that this person deleted for itself.
ALTER TABLE conversation ADD COLUMN deleted_pos INTEGER NOT NULL DEFAULT 0;

-- Recalled messages (store::message::flag::RECALLED), few.
CREATE INDEX message_recalled ON message (thread_id, pos) WHERE flags & 128 <> 0;

-- What one person deleted for itself, as ranges of places that neither touch nor overlap.
CREATE TABLE message_hidden (
    owner     INTEGER NOT NULL,
    thread_id INTEGER NOT NULL,
    first_pos INTEGER NOT NULL,
    last_pos  INTEGER NOT NULL,
    -- Number of the last deletion in it.
    rev       INTEGER NOT NULL,
    PRIMARY KEY (owner, thread_id, first_pos)
) WITHOUT ROWID;
