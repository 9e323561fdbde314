use crate::api::conversation::{SyncPull, Synced};

/// What to read after each login: everything that changed since `rev`, in pages of `page` conversations, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatchUp {
    /// The change number of the last [`ClientEvent::SyncDone`](super::ClientEvent::SyncDone) that the owner has stored; 0 for all.
    pub rev: u64,
    /// Conversations per page.
    pub page: u64,
}

impl Default for CatchUp {
    fn default() -> Self {
        Self { rev: 0, page: 100 }
    }
}

/// What the next step of a synchronisation is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask for this page.
    Ask(Request),
    /// All pages were read.
    Done { rev: u64 },
}

/// Fields of a request for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    rev: u64,
    limit: u64,
    before: Option<u64>,
}

impl Request {
    pub(super) fn to_json(self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&SyncPull { rev: self.rev, limit: self.limit, before: self.before })
    }
}

impl CatchUp {
    /// The first page after a login.
    pub(super) fn first(self) -> Request {
        Request { rev: self.rev, limit: self.page, before: None }
    }

    /// What follows on a page. A server that gives no new `Before` without being complete would be asked for ever: that ends it,
    /// and the old `rev` stays, so the next login reads again.
    pub(super) fn after(&mut self, asked: Request, page: &Synced) -> Result<Step, &'static str> {
        if page.complete == 1 {
            self.rev = page.rev;
            return Ok(Step::Done { rev: page.rev });
        }
        match page.before {
            Some(before) if asked.before.is_none_or(|asked| before < asked) => {
                Ok(Step::Ask(Request { before: Some(before), ..asked }))
            }
            _ => Err("tern_sync.pull names no next page and is not complete"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CatchUp, Step};
    use crate::api::conversation::Synced;

    fn page(rev: u64, complete: i64, before: Option<u64>) -> Synced {
        Synced { rev, complete, before, ..Synced::default() }
    }

    #[test]
    fn pages_are_asked_for_until_complete_and_only_then_is_the_number_kept() {
        let mut catch_up = CatchUp { rev: 5, page: 2 };
        let first = catch_up.first();
        assert_eq!(first.to_json().unwrap(), r#"{"Rev":5,"Limit":2}"#);
        let Ok(Step::Ask(second)) = catch_up.after(first, &page(40, 0, Some(30))) else { panic!() };
        assert_eq!(second.to_json().unwrap(), r#"{"Rev":5,"Limit":2,"Before":30}"#);
        assert_eq!(catch_up.rev, 5);
        assert_eq!(catch_up.after(second, &page(40, 1, None)), Ok(Step::Done { rev: 40 }));
        assert_eq!(catch_up.rev, 40);
    }

    #[test]
    fn a_server_that_names_the_same_page_again_is_not_asked_for_ever() {
        let mut catch_up = CatchUp::default();
        let Ok(Step::Ask(second)) = catch_up.after(catch_up.first(), &page(40, 0, Some(30))) else { panic!() };
        assert!(catch_up.after(second, &page(40, 0, Some(30))).is_err());
        assert!(catch_up.after(second, &page(40, 0, None)).is_err());
    }
}
