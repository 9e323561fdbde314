-- Options of groups that came later.
-- 1: permission groups decide rights (communities with topics).
ALTER TABLE chat_group ADD COLUMN enable_permission INTEGER NOT NULL DEFAULT 0;
-- Bits of members who are in no permission group.
ALTER TABLE chat_group ADD COLUMN default_permission INTEGER NOT NULL DEFAULT 0;
-- What was said before somebody came is readable: 0 no, 1 yes; NULL: as the application says for the type.
ALTER TABLE chat_group ADD COLUMN history_before_join INTEGER;
