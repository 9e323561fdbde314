-- What a phone's app counts differently from the server: added to the unread total for the number on its icon.
ALTER TABLE device ADD COLUMN badge_offset INTEGER NOT NULL DEFAULT 0;
