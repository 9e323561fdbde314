-- Files of an hour's messages that were made for download.
CREATE TABLE history_file (
    sdk_app_id  INTEGER NOT NULL,
    -- 0 one-to-one, 1 groups.
    of_groups   INTEGER NOT NULL,
    -- Unix seconds at which the hour begins.
    hour        INTEGER NOT NULL,
    -- What its address begins with.
    base        TEXT NOT NULL,
    -- Bytes and MD5, unpacked and packed; no packed byte: there was no message.
    file_size   INTEGER NOT NULL,
    file_md5    TEXT NOT NULL,
    gzip_size   INTEGER NOT NULL,
    gzip_md5    TEXT NOT NULL,
    -- Signs its address.
    secret      BLOB NOT NULL,
    -- Unix seconds.
    expire_time INTEGER NOT NULL,
    PRIMARY KEY (sdk_app_id, of_groups, hour)
) WITHOUT ROWID;
