//! `recentcontact.mark_contact`: 64 marks and a short custom text per conversation; a list of its own, beside the recent contacts.

use super::{Owner, Target, check_count, ends, made, owner, tell};
use crate::service::conversation::ConversationError;
use crate::service::{Context, Effect, Outcome};
use crate::store::conversation_mark::{self as store, Marks};
use crate::store::engine::Tx;
use tern_protocol::api::recent_contact::{ContactResult, MarkContact, MarkItem, MarkResults};
use tern_protocol::event::{Event, RecentContactMark, RecentContactMarks, RecentContactMod, recent_contact};
use tern_protocol::limits::{self, Edition};

/// Bits of a standard mark.
const BITS: i64 = 64;

/// The bits as text, the lowest last; no bit: an empty text.
pub(crate) fn bit_text(bits: u64) -> String {
    if bits == 0 { String::new() } else { format!("{bits:b}") }
}

/// The number of bits that are set by their places; a place is 0 to 63.
fn bits(places: &[i64]) -> Result<u64, ConversationError> {
    places.iter().try_fold(0u64, |all, place| match (0..BITS).contains(place) {
        true => Ok(all | (1 << place)),
        false => Err(ConversationError::Field("SetMark and ClearMark", "hold bit numbers from 0 to 63")),
    })
}

/// The marks after an item; a bit that is cleared and set is set.
fn apply(old: &Marks, item: &MarkItem) -> Result<Marks, ConversationError> {
    let mut next = old.clone();
    let kind = item.opt_type.unwrap_or(0);
    if !(1..=3).contains(&kind) {
        return Err(ConversationError::Field("OptType", "must be 1, 2 or 3"));
    }
    if kind & 1 != 0 {
        let clear = bits(item.clear_mark.as_deref().unwrap_or_default())?;
        next.standard = (old.standard & !clear) | bits(item.set_mark.as_deref().unwrap_or_default())?;
    }
    if kind & 2 != 0 {
        next.custom = item.custom_mark.clone().unwrap_or_default();
        if next.custom.len() > limits::CUSTOM_MARK_BYTES {
            return Err(ConversationError::Field("CustomMark", "is longer than 256 bytes"));
        }
    }
    Ok(next)
}

/// `recentcontact.mark_contact`: each item has its own result.
pub(crate) fn mark(tx: &Tx<'_>, cx: &Context, request: MarkContact) -> Result<Outcome<MarkResults>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    check_count(request.mark_item.len())?;
    // Custom data is for every edition, the standard marks are the top plan's.
    let is_standard = |item: &MarkItem| item.opt_type.is_some_and(|kind| kind & 1 != 0);
    if cx.app.edition != Edition::Premium && request.mark_item.iter().any(is_standard) {
        return Err(ConversationError::TopPlan);
    }
    let mut outcome = Outcome::reply(MarkResults::default());
    for item in request.mark_item {
        let (result, effects) = match mark_one(tx, cx, &owner, &item) {
            Ok(effects) => (None, effects),
            Err(ConversationError::Store(error)) => return Err(error.into()),
            Err(error) => (Some(error), Vec::new()),
        };
        outcome
            .reply
            .result_item
            .push(ContactResult { opt_type: item.opt_type, ..super::group::result(item.contact_item, result) });
        outcome = outcome.then_all(effects);
    }
    Ok(outcome)
}

fn mark_one(tx: &Tx<'_>, cx: &Context, owner: &Owner, item: &MarkItem) -> Result<Vec<Effect>, ConversationError> {
    let user = owner.tiny_id;
    let ends = ends(tx, cx, user, &item.contact_item)?;
    // What is wrong is refused before anything is made.
    apply(&Marks::default(), item)?;
    let mut target: Target = made(tx, user, ends)?;
    let old = store::of(tx, user, target.thread.id)?;
    let next = Marks { changed_at: cx.now_seconds(), ..apply(&old, item)? };
    if (next.standard, &next.custom) == (old.standard, &old.custom) {
        return Ok(Vec::new());
    }
    let is_new = old.standard == 0 && old.custom.is_empty();
    if is_new && store::marked(tx, user)? >= limits::MARKED_CONVERSATIONS {
        return Err(ConversationError::TooManyMarked(limits::MARKED_CONVERSATIONS));
    }
    store::put(tx, user, target.thread.id, &next)?;
    target.write(tx, user)?;
    let marked = RecentContactMark {
        item: (&item.contact_item).into(),
        standard_mark: Some(bit_text(next.standard)),
        custom_mark: Some(next.custom),
    };
    let mark = Some(RecentContactMarks { items: vec![marked] });
    let change = RecentContactMod { push_type: recent_contact::MARKED, mark, ..RecentContactMod::default() };
    let mut effects = vec![tell(cx, user, Event::RecentContact(change))];
    effects.extend(target.told(tx, cx, user)?);
    Ok(effects)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(0b1010, &[1], &[0], 0b1001)]
    #[case(0, &[], &[0, 63], 1 << 63 | 1)]
    #[case(0b1, &[0], &[0], 0b1)]
    fn bits_are_cleared_then_set(#[case] old: u64, #[case] clear: &[i64], #[case] set: &[i64], #[case] wanted: u64) {
        let item =
            MarkItem { opt_type: Some(1), clear_mark: Some(clear.to_vec()), set_mark: Some(set.to_vec()), ..MarkItem::default() };
        let next = apply(&Marks { standard: old, custom: "kept".into(), ..Marks::default() }, &item).unwrap();
        assert_eq!((next.standard, next.custom.as_str()), (wanted, "kept"));
    }

    #[rstest]
    #[case(MarkItem { opt_type: Some(1), set_mark: Some(vec![64]), ..MarkItem::default() })]
    #[case(MarkItem { opt_type: Some(1), clear_mark: Some(vec![-1]), ..MarkItem::default() })]
    #[case(MarkItem { opt_type: Some(2), custom_mark: Some("c".repeat(257)), ..MarkItem::default() })]
    #[case(MarkItem { opt_type: Some(4), ..MarkItem::default() })]
    #[case(MarkItem::default())]
    fn what_is_no_mark_is_refused(#[case] item: MarkItem) {
        assert!(matches!(apply(&Marks::default(), &item), Err(ConversationError::Field(..))));
    }

    #[test]
    fn the_lowest_bit_stands_last() {
        assert_eq!((bit_text(0b1001), bit_text(0)), ("1001".into(), String::new()));
        assert_eq!(bit_text(1 << 63).len(), 64);
    }
}
