//! Members of groups (`contract/rest-api.md` section 12).
