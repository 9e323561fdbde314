//! Permission groups of communities (`contract/rest-api.md` section 17).
