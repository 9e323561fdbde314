//! Live rooms, that is AVChatRoom groups (`contract/rest-api.md` section 15).
