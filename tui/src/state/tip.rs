//! Group tips as sentences (`contract/client-semantics.md` 7.6).

use crate::text::clean_line;
use serde_json::Value;

/// What a tip's `MsgBody` object says.
pub(crate) fn sentence(tip: &Value) -> String {
    let operator = person(tip, "MsgOperatorMemberExtraInfo", "Operator_Account");
    let members = members(tip);
    let list = members.join(", ");
    let operator_id = tip.get("Operator_Account").and_then(Value::as_str).unwrap_or_default();
    match tip.get("OpType").and_then(Value::as_i64).unwrap_or(0) {
        1 if ids(tip).iter().all(|id| *id == operator_id) => format!("{} joined the group", pick(&list, &operator)),
        1 => format!("{operator} invited {list}"),
        2 => format!("{} left the group", pick(&operator, &list)),
        3 => format!("{operator} removed {list}"),
        4 => format!("{list} {} now", are(&members, "is an administrator", "are administrators")),
        5 => format!("{list} {} any more", are(&members, "is no administrator", "are no administrators")),
        6 => group_change(tip, &operator),
        7 => mutes(tip, &operator),
        8 => format!("{operator} changed a topic"),
        10 => format!("{list} {} banned", are(&members, "was", "were")),
        11 => format!("{list} {} not banned any more", are(&members, "is", "are")),
        16 => format!("{operator} pinned a message"),
        17 => format!("{operator} unpinned a message"),
        _ => "[group tip]".into(),
    }
}

/// The word for one, or for several.
fn are<'a>(members: &[String], one: &'a str, several: &'a str) -> &'a str {
    if members.len() == 1 { one } else { several }
}

fn pick<'a>(first: &'a str, second: &'a str) -> &'a str {
    if first.is_empty() { second } else { first }
}

fn name_of(info: &Value) -> Option<String> {
    ["NameCard", "NickName", "UserId"].iter().find_map(|key| {
        let name = clean_line(info.get(*key)?.as_str()?);
        (!name.is_empty()).then_some(name)
    })
}

fn person(tip: &Value, info: &str, account: &str) -> String {
    tip.get(info)
        .and_then(name_of)
        .or_else(|| tip.get(account).and_then(Value::as_str).map(clean_line))
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "Somebody".into())
}

/// The name of somebody that the tip speaks of.
fn named(tip: &Value, id: &str) -> Option<String> {
    let infos = tip.get("MsgMemberExtraInfo").and_then(Value::as_array).into_iter().flatten();
    let operator = tip.get("MsgOperatorMemberExtraInfo");
    infos.chain(operator).find(|info| info.get("UserId").and_then(Value::as_str) == Some(id)).and_then(name_of)
}

fn ids(tip: &Value) -> Vec<&str> {
    let list = tip.get("List_Account").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn members(tip: &Value) -> Vec<String> {
    let ids = ids(tip);
    if ids.is_empty() {
        return tip.get("MsgMemberExtraInfo").and_then(Value::as_array).into_iter().flatten().filter_map(name_of).collect();
    }
    ids.iter().map(|id| named(tip, id).unwrap_or_else(|| clean_line(id))).collect()
}

fn group_change(tip: &Value, operator: &str) -> String {
    let new = tip.get("MsgGroupNewInfo").cloned().unwrap_or_default();
    let field = |key: &str| new.get(key).and_then(Value::as_str).map(clean_line);
    let mut changes = Vec::new();
    if let Some(name) = field("GroupName") {
        changes.push(format!("changed the group's name to “{name}”"));
    }
    if let Some(text) = field("GroupIntroduction") {
        changes.push(format!("changed the introduction to “{text}”"));
    }
    match field("GroupNotification") {
        Some(text) if text.is_empty() => changes.push("deleted the notice".into()),
        Some(text) => changes.push(format!("changed the notice to “{text}”")),
        None => {}
    }
    if field("GroupFaceUrl").is_some() {
        changes.push("changed the group's picture".into());
    }
    if let Some(owner) = field("Owner_Account") {
        let name = named(tip, new.get("Owner_Account").and_then(Value::as_str).unwrap_or_default());
        changes.push(format!("made {} the owner", name.unwrap_or(owner)));
    }
    let mute_all = ["ShutupAll", "ShutUpAllFlag", "MuteAllMember"].iter().find_map(|key| new.get(*key));
    if let Some(value) = mute_all {
        let on = value.as_i64().map_or_else(|| value.as_str() == Some("On") || value.as_bool() == Some(true), |n| n != 0);
        changes.push(if on { "muted everybody".into() } else { "let everybody speak again".to_owned() });
    }
    match field("GroupApplyJoinOption").as_deref() {
        Some("FreeAccess") => changes.push("let everybody join".into()),
        Some("NeedPermission") => changes.push("made joining a matter of approval".into()),
        Some("DisableApply") => changes.push("closed the group to applications".into()),
        Some(_) => changes.push("changed how to join".into()),
        None => {}
    }
    if ["InviteJoinOption", "GroupInviteJoinOption"].iter().any(|key| new.get(*key).is_some()) {
        changes.push("changed who may invite".into());
    }
    if new.get("MsgAppDefinedData").is_some() {
        changes.push("changed details of the group".into());
    }
    if changes.is_empty() {
        changes.push("changed the group".into());
    }
    format!("{operator} {}", changes.join(" and "))
}

fn mutes(tip: &Value, operator: &str) -> String {
    let members = tip.get("MsgMemberInfo").and_then(Value::as_array).cloned().unwrap_or_default();
    let sentence = |member: &Value| {
        let id = member.get("User_Account").and_then(Value::as_str).unwrap_or("somebody");
        let who = named(tip, id).unwrap_or_else(|| clean_line(id));
        match member.get("ShutupTime").and_then(Value::as_i64).unwrap_or(0) {
            0 => format!("let {who} speak again"),
            seconds if seconds >= 0xFFFF_FFFF => format!("muted {who}"),
            seconds if seconds >= 86_400 => format!("muted {who} for {} days", seconds / 86_400),
            seconds if seconds >= 3_600 => format!("muted {who} for {} hours", seconds / 3_600),
            seconds => format!("muted {who} for {} minutes", (seconds / 60).max(1)),
        }
    };
    let all: Vec<String> = members.iter().map(sentence).collect();
    if all.is_empty() { format!("{operator} changed a member") } else { format!("{operator} {}", all.join(" and ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case(json!({"OpType":1,"Operator_Account":"ann","List_Account":["ann"]}), "ann joined the group")]
    #[case(json!({"OpType":1,"Operator_Account":"ann","List_Account":["bob","cy"],"MsgMemberExtraInfo":[{"UserId":"bob","NickName":"Bob B."}],"MsgOperatorMemberExtraInfo":{"UserId":"ann","NickName":"Ann"}}), "Ann invited Bob B., cy")]
    #[case(json!({"OpType":2,"Operator_Account":"bob"}), "bob left the group")]
    #[case(json!({"OpType":3,"Operator_Account":"ann","List_Account":["bob"]}), "ann removed bob")]
    #[case(json!({"OpType":6,"Operator_Account":"ann","MsgGroupNewInfo":{"GroupName":"New\u{1b}","GroupNotification":""}}), "ann changed the group's name to “New␛” and deleted the notice")]
    #[case(json!({"OpType":6,"Operator_Account":"ann","MsgGroupNewInfo":{"ShutupAll":1}}), "ann muted everybody")]
    #[case(json!({"OpType":7,"Operator_Account":"ann","MsgMemberInfo":[{"User_Account":"bob","ShutupTime":7200}]}), "ann muted bob for 2 hours")]
    #[case(json!({"OpType":7,"Operator_Account":"ann","MsgMemberExtraInfo":[{"UserId":"bob","NameCard":"Bobby"}],"MsgMemberInfo":[{"User_Account":"bob","ShutupTime":0}]}), "ann let Bobby speak again")]
    #[case(json!({"OpType":7,"Operator_Account":"ann","MsgMemberInfo":[{"User_Account":"bob","ShutupTime":4294967295u64}]}), "ann muted bob")]
    #[case(json!({"OpType":4,"List_Account":["bob"]}), "bob is an administrator now")]
    #[case(json!({"OpType":5,"List_Account":["bob","cy"]}), "bob, cy are no administrators any more")]
    #[case(json!({"OpType":6,"Operator_Account":"ann","MsgGroupNewInfo":{"Owner_Account":"bob"},"MsgMemberExtraInfo":[{"UserId":"bob","NickName":"Bob"}]}), "ann made Bob the owner")]
    #[case(json!({"OpType":6,"Operator_Account":"ann","MsgGroupNewInfo":{"GroupIntroduction":"we read","GroupApplyJoinOption":"FreeAccess"}}), "ann changed the introduction to “we read” and let everybody join")]
    #[case(json!({"OpType":6,"Operator_Account":"ann","MsgGroupNewInfo":{"GroupFaceUrl":"u","ShutupAll":"Off"}}), "ann changed the group's picture and let everybody speak again")]
    #[case(json!({"OpType":8,"Operator_Account":"ann"}), "ann changed a topic")]
    #[case(json!({"OpType":16,"Operator_Account":"ann"}), "ann pinned a message")]
    #[case(json!({"OpType":17,"Operator_Account":"ann"}), "ann unpinned a message")]
    #[case(json!({"OpType":99}), "[group tip]")]
    #[case(json!({"OpType":1}), "Somebody joined the group")]
    fn each_kind_has_its_sentence(#[case] tip: Value, #[case] text: &str) {
        assert_eq!(sentence(&tip), text);
    }
}
