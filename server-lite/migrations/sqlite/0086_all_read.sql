-- Groups: all members have read up to this place, whatever their rows say (messages were imported).
ALTER TABLE thread ADD COLUMN all_read_pos INTEGER NOT NULL DEFAULT 0;
-- ... but not this person, whose position the backend has put below that place since.
ALTER TABLE conversation ADD COLUMN put_below INTEGER NOT NULL DEFAULT 0;
