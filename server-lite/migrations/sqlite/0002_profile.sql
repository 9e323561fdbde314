-- Profile fields by tag, all but nick and photo (which are in account). The value is JSON: a text or a number.
CREATE TABLE profile_field (
    tiny_id INTEGER NOT NULL,
    tag     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (tiny_id, tag)
) WITHOUT ROWID;
