//! Who is in a group: adding, inviting, applying, leaving, removing, and reading the list.

use crate::service::{Context, Effect};
use crate::store::engine::{StoreError, Tx};
use crate::store::{TinyId, group};

/// Takes a deleted account out of all its groups, silently. Groups that it owned are ownerless, groups that it leaves empty end.
pub(crate) fn forget_account(tx: &Tx<'_>, cx: &Context, user: TinyId) -> Result<Vec<Effect>, StoreError> {
    let mut effects = Vec::new();
    for (mut row, _) in group::of_user(tx, user)? {
        group::remove_member(tx, row.no, user)?;
        effects.push(Effect::Left { group: row.no, member: user });
        if row.owner == Some(user) {
            row.owner = None;
            group::update(tx, &mut row, cx.now_seconds())?;
        }
        if row.member_num <= 1 && row.kind.stores_messages() {
            group::dismiss(tx, row.no, cx.now_seconds())?;
            effects.push(Effect::Dismissed { group: row.no });
        }
    }
    Ok(effects)
}
