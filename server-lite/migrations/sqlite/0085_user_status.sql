-- What others see of a person beside its links: the text it set itself, and whether it logged out (or never logged in).
ALTER TABLE account ADD COLUMN custom_status TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN logged_out INTEGER NOT NULL DEFAULT 1;
