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
        4 => format!("{list} is now an administrator"),
        5 => format!("{list} is no longer an administrator"),
        6 => group_change(tip, &operator),
        7 => mutes(tip, &operator),
        10 => format!("{list} was banned"),
        11 => format!("{list} is no longer banned"),
        16 => format!("{operator} pinned a message"),
        17 => format!("{operator} unpinned a message"),
        _ => "[group tip]".into(),
    }
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

fn ids(tip: &Value) -> Vec<&str> {
    let list = tip.get("List_Account").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn members(tip: &Value) -> Vec<String> {
    let infos: Vec<&Value> = tip.get("MsgMemberExtraInfo").and_then(Value::as_array).into_iter().flatten().collect();
    let named = |id: &&str| {
        let info = infos.iter().find(|info| info.get("UserId").and_then(Value::as_str) == Some(*id));
        info.and_then(|info| name_of(info)).unwrap_or_else(|| clean_line(id))
    };
    let ids = ids(tip);
    if ids.is_empty() {
        return infos.iter().filter_map(|info| name_of(info)).collect();
    }
    ids.iter().map(named).collect()
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
        changes.push(format!("made {owner} the owner"));
    }
    let mute_all = ["ShutupAll", "ShutUpAllFlag", "MuteAllMember"].iter().find_map(|key| new.get(*key));
    if let Some(value) = mute_all {
        let on = value.as_i64().map_or_else(|| value.as_str() == Some("On") || value.as_bool() == Some(true), |n| n != 0);
        changes.push(if on { "muted everybody".into() } else { "let everybody speak again".to_owned() });
    }
    if field("GroupApplyJoinOption").is_some() {
        changes.push("changed how to join".into());
    }
    if changes.is_empty() {
        changes.push("changed the group".into());
    }
    format!("{operator} {}", changes.join(" and "))
}

fn mutes(tip: &Value, operator: &str) -> String {
    let members = tip.get("MsgMemberInfo").and_then(Value::as_array).cloned().unwrap_or_default();
    let sentence = |member: &Value| {
        let who = clean_line(member.get("User_Account").and_then(Value::as_str).unwrap_or("somebody"));
        match member.get("ShutupTime").and_then(Value::as_i64).unwrap_or(0) {
            0 => format!("let {who} speak again"),
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
    #[case(json!({"OpType":99}), "[group tip]")]
    #[case(json!({"OpType":1}), "Somebody joined the group")]
    fn each_kind_has_its_sentence(#[case] tip: Value, #[case] text: &str) {
        assert_eq!(sentence(&tip), text);
    }
}
