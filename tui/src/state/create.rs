//! A group that is to be made, and what the server has against it.

use crate::event::Refusal;
use crate::text::clean_line;

/// What a new group is made with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NewGroup {
    pub(crate) name: String,
    /// Old word, as the wire has it.
    pub(crate) kind: String,
    /// `None`: the server makes one.
    pub(crate) id: Option<String>,
    pub(crate) members: Vec<String>,
    pub(crate) introduction: String,
    pub(crate) face_url: String,
    /// `ApplyJoinOption`; `None`: the type's own.
    pub(crate) join_option: Option<String>,
    /// A community with topics.
    pub(crate) topics: bool,
}

/// What an ID of this type must look like (`contract/rest-api.md` section 11).
pub(crate) fn rule_of(kind: &str) -> &'static str {
    match kind {
        "Community" => "A community's ID is @TGS#_ and printable ASCII behind it, up to 48 bytes",
        _ => "An ID is printable ASCII up to 48 bytes, and does not begin with @TGS#",
    }
}

/// The field of the form that a refusal is about.
pub(crate) fn fault_of(code: i32) -> Option<&'static str> {
    Some(match code {
        8502 => "Name",
        8503 => "Introduction",
        8505 => "Photo",
        10015 | 10021 | 10025 => "Group ID",
        10014 | 10019 | 10038 | 10005 => crate::update::MEMBERS,
        _ => return None,
    })
}

/// Why a group was not made, for the person who wants it; the server's own words where no better ones are known.
pub(crate) fn refused(refusal: &Refusal) -> String {
    let says = match refusal.code {
        10006 => "the application has made as many groups as it may today",
        10014 | 10038 => "a group of this type holds fewer members in this application's edition",
        10015 => "the server takes no such ID",
        10019 => "one of the members has no account here",
        10021 => "this ID is in use: choose another one",
        10036 => "the application's edition allows no more live rooms",
        10037 => "you are in as many groups as you may be",
        10058 => "the application's edition allows no more groups",
        10059 => "the application's edition has no groups of this type",
        11000 => "communities are not enabled in this application",
        _ => return clean_line(&refusal.text),
    };
    says.to_owned()
}
