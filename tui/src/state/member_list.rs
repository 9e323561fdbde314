//! Members of a group in pages: as many as are looked at, not as many as there are.

use super::modal::{Member, MembersPage};
use std::collections::VecDeque;

/// Pages that are in memory at once.
const KEPT: usize = 10;

/// A stretch of a group's members.
#[derive(Clone, Debug, Default)]
pub(crate) struct MemberList {
    /// Where each page that was read starts; one more than were read, unless the end is known.
    starts: Vec<MembersPage>,
    /// Which page is the first in memory.
    first: usize,
    pages: VecDeque<Vec<Member>>,
    /// The page that is being read.
    wanted: Option<usize>,
    pub(crate) error: Option<String>,
}

impl MemberList {
    /// Nothing is read yet: the first page is what to ask for.
    pub(crate) fn start() -> Self {
        Self { starts: vec![MembersPage::Offset(0)], ..Self::default() }
    }

    /// A page is being read.
    pub(crate) fn is_busy(&self) -> bool {
        self.wanted.is_some()
    }

    /// Members in memory.
    pub(crate) fn len(&self) -> usize {
        self.pages.iter().map(Vec::len).sum()
    }

    /// Those in memory, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.pages.iter().flatten()
    }

    /// The same, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        self.pages.iter_mut().flatten()
    }

    /// Members before the first in memory, as far as pages are full.
    pub(crate) fn before(&self) -> usize {
        self.first * crate::update::MEMBERS_PAGE as usize
    }

    /// Which page to read for what is looked at, if any: below the end in memory, or above its beginning.
    pub(crate) fn want(&mut self, chosen: usize) -> Option<MembersPage> {
        if self.wanted.is_some() {
            return None;
        }
        let below = self.first + self.pages.len();
        let number = if chosen + 10 >= self.len() && below < self.starts.len() {
            below
        } else if chosen < 10 && self.first > 0 {
            self.first - 1
        } else {
            return None;
        };
        self.wanted = Some(number);
        self.starts.get(number).cloned()
    }

    /// A page came; `next` says where the one after it starts. Returns how far what is chosen moves, in rows.
    pub(crate) fn take(&mut self, members: Vec<Member>, next: Option<MembersPage>) -> isize {
        let Some(number) = self.wanted.take() else { return 0 };
        self.error = None;
        if number + 1 == self.starts.len()
            && let Some(next) = next
            && !members.is_empty()
        {
            self.starts.push(next);
        }
        let count = members.len() as isize;
        if number < self.first {
            self.pages.push_front(members);
            self.first = number;
            self.pages.truncate(KEPT);
            return count;
        }
        self.pages.push_back(members);
        if self.pages.len() > KEPT {
            self.first += 1;
            return -(self.pages.pop_front().map_or(0, |page| page.len()) as isize);
        }
        0
    }

    /// The page did not come.
    pub(crate) fn fail(&mut self, text: String) {
        self.wanted = None;
        self.error = Some(text);
    }

    /// The link is gone: nothing is on its way any more.
    pub(crate) fn lost(&mut self) {
        self.wanted = None;
    }

    /// Somebody is no member any more.
    pub(crate) fn remove(&mut self, user: &str) {
        for page in &mut self.pages {
            page.retain(|member| member.user != user);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(number: usize) -> Vec<Member> {
        (0..100).map(|index| Member { user: format!("u{}", number * 100 + index), ..Member::default() }).collect()
    }

    #[test]
    fn a_hundred_thousand_members_are_walked_with_a_thousand_in_memory_and_back() {
        let mut list = MemberList::start();
        let mut chosen = 0usize;
        for number in 0..1000 {
            let wanted = list.want(chosen).expect("the next page");
            assert_eq!(wanted, if number == 0 { MembersPage::Offset(0) } else { MembersPage::Cursor(number.to_string()) });
            let next = (number < 999).then(|| MembersPage::Cursor((number + 1).to_string()));
            list.take(page(number), next);
            assert!(list.len() <= 1000);
            chosen = list.len() - 1;
        }
        assert!(list.want(chosen).is_none(), "the end");
        assert_eq!(list.iter().last().unwrap().user, "u99999");
        assert_eq!(list.before(), 99_000);
        // Up again: what is above comes back, and what is chosen stays the same member.
        chosen = 0;
        let first = list.iter().next().unwrap().user.clone();
        assert_eq!(list.want(chosen), Some(MembersPage::Cursor("989".into())));
        chosen = chosen.saturating_add_signed(list.take(page(989), Some(MembersPage::Cursor("990".into()))));
        assert_eq!(list.iter().nth(chosen).unwrap().user, first);
        assert_eq!(list.len(), 1000);
        // And the page below that was let go can be read anew.
        assert_eq!(list.want(list.len() - 1), Some(MembersPage::Cursor("999".into())));
    }

    #[test]
    fn a_page_that_failed_is_asked_for_again() {
        let mut list = MemberList::start();
        assert!(list.want(0).is_some());
        assert!(list.want(0).is_none(), "one at a time");
        list.fail("no".into());
        assert!(list.want(0).is_some());
    }
}
