-- What was recalled, modified or marked, for the index of messages, by the number of the change.
CREATE INDEX message_changed_rev ON message (changed_rev) WHERE changed_rev > 0;

-- Messages whose rows are gone, until the index has forgotten them.
CREATE TABLE message_gone (
    -- Never used again: the index remembers how far it came.
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id INTEGER NOT NULL
);
CREATE TRIGGER message_gone_row AFTER DELETE ON message
BEGIN
    INSERT INTO message_gone (message_id) VALUES (OLD.message_id);
END;
