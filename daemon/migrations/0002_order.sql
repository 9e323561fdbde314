-- Pushes to one device go out one after the other: one that stands `behind` another of its device is not due. Who was refused five
-- times holds up nobody any more.
ALTER TABLE push ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;
CREATE INDEX push_line ON push (lane, token) WHERE state < 2 AND attempts < 5;
UPDATE push SET behind = 1
WHERE state < 2 AND attempts < 5 AND EXISTS (
    SELECT 1 FROM push AS first INDEXED BY push_line
    WHERE first.lane = push.lane AND first.token = push.token AND first.state < 2 AND first.attempts < 5 AND first.id < push.id
);
DROP INDEX push_due;
CREATE INDEX push_due ON push (lane, due_at_ms) WHERE state = 1 AND behind = 0;

-- However the first of a line ends, the next one is due.
CREATE TRIGGER push_next AFTER UPDATE OF state, attempts ON push
WHEN OLD.behind = 0 AND (OLD.state < 2 AND NEW.state > 1 OR OLD.attempts < 5 AND NEW.attempts > 4)
BEGIN
    UPDATE push SET behind = 0 WHERE behind = 1 AND id = (
        SELECT id FROM push INDEXED BY push_line
        WHERE lane = NEW.lane AND token = NEW.token AND state < 2 AND attempts < 5 ORDER BY id LIMIT 1
    );
END;
