//! Topics of communities (`contract/rest-api.md` section 16).
