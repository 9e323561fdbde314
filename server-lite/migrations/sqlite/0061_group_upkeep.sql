-- 0: a Work group that nothing was said in yet; its owner alone sees it.
ALTER TABLE chat_group ADD COLUMN active INTEGER NOT NULL DEFAULT 1;

-- Groups made less groups ended, communities apart, per day (Unix seconds / 86,400).
CREATE TABLE group_growth (
    sdk_app_id INTEGER NOT NULL,
    day        INTEGER NOT NULL,
    net        INTEGER NOT NULL,
    PRIMARY KEY (sdk_app_id, day)
) WITHOUT ROWID;

-- When an account was last logged in to, or its link ended: Unix seconds.
CREATE TABLE account_seen (
    tiny_id INTEGER PRIMARY KEY,
    seen_at INTEGER NOT NULL
);
