//! Attributes and counters of groups (`contract/rest-api.md` section 14).
