//! Download of an hour's messages (`contract/rest-api.md` section 21).

use super::wire::wire;

wire! {
    /// `open_msg_svc.get_history`
    GetHistory {
        /// `C2C` or `Group`.
        chat_type "ChatType": String,
        /// `YYYYMMDDHH`, UTC.
        msg_time "MsgTime": String,
    }
}

wire! {
    /// A file that is ready: gzip of one JSON object with a message per line.
    HistoryFile {
        url "URL": String,
        /// `YYYY-MM-DD hh:mm:ss`, UTC: the address is good until then.
        expire_time "ExpireTime": String,
        /// Bytes when unpacked.
        file_size "FileSize": u64,
        file_md5 "FileMD5": String,
        /// Bytes that are downloaded.
        gzip_size "GzipSize": u64,
        gzip_md5 "GzipMD5": String,
    }
}

wire! {
    /// Answer of `get_history`.
    HistoryFiles { files "File": Vec<HistoryFile> }
}
