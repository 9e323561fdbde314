//! Why something was refused, for the person who did it (`contract/client-semantics.md` section 18).

use crate::event::Refusal;
use crate::text::clean_line;

/// Codes and what they mean to a person. What is not here is told in the server's own words.
#[rustfmt::skip]
const SENTENCES: &[(&[i32], &str)] = &[
    // features that are off
    (&[7013, 60020, 72001, 11000, 30005, 90045, 72011, 72012], "this feature is not enabled by the administrator"),
    // one's own doing
    (&[80001, 80004, 7015, 20013], "it holds words that are not allowed here"),
    (&[80002, 8001, 93000],        "it is too long: a message holds 12 KB"),
    (&[10053],                     "it mentions more than 30 people"),
    (&[20016, 6223],               "it is too old to be taken back"),
    (&[20022, 20023, 10031, 10032, 20026, 10030], "the message is not there any more"),
    (&[20027],                     "the message was changed by somebody else meanwhile"),
    // the other side
    (&[20007],                     "this person has blocked you"),
    (&[20009, 20010, 20011],       "only friends may write to each other here"),
    (&[20012],                     "you are muted by the administrator"),
    (&[20003, 90012, 90048, 6032, 70107], "there is no such person"),
    // the group
    (&[10007],                     "you are no member of this group, or may not do that in it"),
    (&[10010],                     "the group does not exist any more"),
    (&[10017],                     "you are muted in this group"),
    (&[10016, 10051, 10052],       "the group does not take that now"),
    (&[10023],                     "the group has too many messages at this moment: send it again a little later"),
    (&[10070],                     "ten messages are pinned: let one go first"),
    (&[10060, 10061, 10062],       "nobody is asked who has read it in a group of this kind"),
    // what is attached to messages
    (&[23001],                     "somebody changed it at the same moment: try again"),
    (&[23002],                     "this message takes no answers"),
    (&[23003],                     "too many people answer at this moment: try again in a minute"),
    (&[23004],                     "the message is not there any more"),
    (&[23005, 23006, 23007, 23008, 23009], "this reaction cannot be set, or is gone already"),
    // files
    (&[7005],                      "the file is too large: pictures and sounds have at most 28 MB, videos and files 100 MB"),
    (&[7006],                      "the file is empty"),
    (&[7004, 4003],                "the server does not have the whole file: send it again"),
    (&[4001, 60018],               "too many files are being sent: wait until one is done"),
    (&[4002],                      "the file is not what its name says"),
    (&[4004],                      "the file was sent twice at once: send it again"),
    (&[4005],                      "the server's disk is full"),
    (&[115068, 114011],            "the file did not arrive as it was: send it again"),
    // the server
    (&[2, 60007, 60009, 20004, 20005, 10002, 90994, 90995, 91000], "the server is busy or in trouble: try again"),
    (&[10008, 70001, 70009, 70013, 70014], "the login is not good any more: log in again"),
];

/// The sentence of a code, where there is one.
pub(crate) fn of_code(code: i32) -> Option<&'static str> {
    SENTENCES.iter().find(|(codes, _)| codes.contains(&code)).map(|(_, sentence)| *sentence)
}

/// Why it was refused; the server's own words where no better ones are known.
pub(crate) fn refused(refusal: &Refusal) -> String {
    of_code(refusal.code).map_or_else(|| clean_line(&refusal.text), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_one_sentence_and_the_rest_is_in_the_servers_words() {
        let mut codes: Vec<i32> = SENTENCES.iter().flat_map(|(codes, _)| codes.iter().copied()).collect();
        codes.sort_unstable();
        let before = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), before, "a code stands twice");
        for code in [7013, 60020, 72001] {
            assert_eq!(of_code(code), Some("this feature is not enabled by the administrator"), "uikit-parity 3.18");
        }
        let other = Refusal { code: 120_001, text: "no\u{1b} luck".into() };
        assert_eq!(refused(&other), "no␛ luck");
    }
}
