-- Uploads that are not finished. Their bytes lie in media/up/ under the object's name.
CREATE TABLE media_upload (
    object       TEXT PRIMARY KEY,
    sdk_app_id   INTEGER NOT NULL,
    owner        INTEGER NOT NULL,
    name         TEXT NOT NULL,
    -- 1 picture, 2 sound, 3 video, 4 file.
    kind         INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes   INTEGER NOT NULL,
    -- Hexadecimal; empty: the client did not say.
    sha256       TEXT NOT NULL,
    -- Unix seconds.
    expires_at   INTEGER NOT NULL
);
CREATE INDEX media_upload_owner ON media_upload (owner);
CREATE INDEX media_upload_app ON media_upload (sdk_app_id);
CREATE INDEX media_upload_expiry ON media_upload (expires_at);

-- Finished files, the smaller sizes of pictures among them.
CREATE TABLE media_file (
    object       TEXT PRIMARY KEY,
    sdk_app_id   INTEGER NOT NULL,
    owner        INTEGER NOT NULL,
    -- Object of the original: its own, unless it is a smaller size.
    original     TEXT NOT NULL,
    -- 1 original, 2 large, 3 thumbnail.
    size_type    INTEGER NOT NULL,
    name         TEXT NOT NULL,
    kind         INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    size_bytes   INTEGER NOT NULL,
    sha256       TEXT NOT NULL,
    -- Pixels, upright; 0: not known, or no picture.
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    -- Unix seconds.
    expires_at   INTEGER NOT NULL,
    banned       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX media_file_original ON media_file (original);
CREATE INDEX media_file_expiry ON media_file (expires_at);

-- Contents on disk, each once: media/<first two digits>/<sha256>.
CREATE TABLE media_content (
    sha256     TEXT PRIMARY KEY,
    size_bytes INTEGER NOT NULL,
    -- Rows of media_file that have it.
    files      INTEGER NOT NULL
);
