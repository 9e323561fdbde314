//! The only table of sizes and counts (`contract/rest-api.md` sections 1, 2, 11; `product-requirements.md`).

use serde::{Deserialize, Serialize};

/// Bytes of a UserID.
pub const USER_ID_BYTES: usize = 32;
/// Bytes of a group ID.
pub const GROUP_ID_BYTES: usize = 48;
/// Bytes of a topic ID, the community's ID included.
pub const TOPIC_ID_BYTES: usize = 96;
/// Bytes of the compact JSON of `MsgBody` and `CloudCustomData` together.
pub const MESSAGE_BYTES: usize = 12 * 1024;
/// Bytes of a REST request's body.
pub const REQUEST_BYTES: usize = 1024 * 1024;
/// Bytes of a WebSocket frame.
pub const FRAME_BYTES: usize = 1024 * 1024;
/// Bytes that an inflated UserSig may have.
pub const USER_SIG_INFLATED_BYTES: usize = 4 * 1024;
/// Bytes of a UserSig as text.
pub const USER_SIG_BYTES: usize = 8 * 1024;
/// Seconds a generated UserSig is valid for unless told otherwise: 180 days.
pub const USER_SIG_EXPIRE_SECONDS: u64 = 15_552_000;
/// Bytes of a string value of a profile field.
pub const PROFILE_VALUE_BYTES: usize = 500;
/// Bytes of `Tag_Profile_IM_Location`.
pub const PROFILE_LOCATION_BYTES: usize = 16;
/// Custom profile fields of an application.
pub const PROFILE_CUSTOM_FIELDS: usize = 20;
/// Accounts in one `multiaccount_import`, `account_delete` or `account_check`.
pub const ACCOUNT_BATCH: usize = 100;
/// Accounts in one `query_online_status`.
pub const STATUS_QUERY_BATCH: usize = 500;
/// Accounts in one `tern_presence.subscribe`.
pub const STATUS_SUBSCRIBE_BATCH: usize = 100;
/// Accounts whose state one session is told of; the oldest give way.
pub const STATUS_SUBSCRIPTIONS: usize = 200;
/// Bytes of the state that a person gives itself.
pub const CUSTOM_STATUS_BYTES: usize = 100;
/// Targets of one `batchsendmsg`.
pub const BATCH_SEND_TARGETS: usize = 500;
/// Seconds a message may wait for its receiver (`MsgLifeTime`): 7 days.
pub const MSG_LIFE_TIME_SECONDS: i64 = 604_800;
/// Bytes of a `MsgKey`.
pub const MSG_KEY_BYTES: usize = 50;
/// Bytes of a group's name.
pub const GROUP_NAME_BYTES: usize = 30;
/// Bytes of a group's introduction.
pub const GROUP_INTRODUCTION_BYTES: usize = 240;
/// Bytes of a group's announcement.
pub const GROUP_NOTIFICATION_BYTES: usize = 300;
/// Bytes of a group's photo URL.
pub const GROUP_FACE_URL_BYTES: usize = 100;
/// Topics of a community.
pub const TOPICS: usize = 200;
/// Bytes of a topic's name (`contract/product-requirements.md`, X-29: the larger numbers hold).
pub const TOPIC_NAME_BYTES: usize = 150;
/// Bytes of a topic's introduction.
pub const TOPIC_INTRODUCTION_BYTES: usize = 400;
/// Bytes of a topic's announcement.
pub const TOPIC_NOTIFICATION_BYTES: usize = 400;
/// Bytes of a topic's photo URL.
pub const TOPIC_FACE_URL_BYTES: usize = 500;
/// Bytes of a topic's `CustomString`.
pub const TOPIC_CUSTOM_BYTES: usize = 3_000;
/// Bytes of a member's name card.
pub const NAME_CARD_BYTES: usize = 50;
/// Members named when a group is created.
pub const CREATE_GROUP_MEMBERS: usize = 100;
/// Members added in one request.
pub const ADD_GROUP_MEMBERS: usize = 300;
/// Groups asked for in one `get_group_info`.
pub const GROUP_INFO_BATCH: usize = 50;
/// Groups in one page of `get_joined_group_list`.
pub const JOINED_GROUP_PAGE: usize = 5_000;
/// Permission groups of a community.
pub const PERMISSION_GROUPS: usize = 20;
/// Bytes of a permission group's ID.
pub const PERMISSION_GROUP_ID_BYTES: usize = 96;
/// Bytes of a permission group's name.
pub const PERMISSION_GROUP_NAME_BYTES: usize = 150;
/// Bytes of a permission group's `CustomString`.
pub const PERMISSION_GROUP_CUSTOM_BYTES: usize = 3_000;
/// Topics in one request about a permission group's rights in topics.
pub const PERMISSION_GROUP_TOPICS: usize = 50;
/// Accounts in one request that adds members to a permission group or takes them out.
pub const PERMISSION_GROUP_BATCH: usize = 100;
/// Members in one page of a permission group's list.
pub const PERMISSION_GROUP_MEMBER_PAGE: usize = 50;
/// Members of a permission group (no public number is known).
pub const PERMISSION_GROUP_MEMBERS: u32 = 10_000;
/// Members that one group message may name with @.
pub const GROUP_AT: usize = 30;
/// Receivers of a targeted group message.
pub const GROUP_TARGETS: usize = 50;
/// Messages in one page of history.
pub const HISTORY_PAGE: usize = 50;
/// Milliseconds in which a group message of the same sender and `Random` is a repeat.
pub const GROUP_DUPLICATE_WINDOW_MS: i64 = 5 * 60 * 1000;
/// Conversations named in one request that acts on them.
pub const CONVERSATION_BATCH: usize = 100;
/// Conversations asked for in one `search_contact_group`.
pub const CONVERSATION_SEARCH_BATCH: usize = 300;
/// Pinned conversations of a user.
pub const PINNED_CONVERSATIONS: i64 = 50;
/// Marked conversations of a user, and grouped ones.
pub const MARKED_CONVERSATIONS: i64 = 1_000;
/// Bytes of a conversation's custom data.
pub const CUSTOM_MARK_BYTES: usize = 256;
/// Conversation groups of a user.
pub const CONVERSATION_GROUPS: usize = 20;
/// Bytes of a conversation group's name.
pub const CONVERSATION_GROUP_NAME_BYTES: usize = 32;
/// Unread messages that a one-to-one conversation counts: what the offline cache holds.
pub const C2C_UNREAD: i64 = 250;
/// One-to-one conversations whose unread messages count in a total.
pub const C2C_UNREAD_CONVERSATIONS: usize = 100;
/// Conversations that an application of the top plan may keep per user.
pub const RECENT_CONTACTS_PAID: u32 = 500;
/// Conversations in one page of `recentcontact.get_list`.
pub const RECENT_CONTACT_PAGE: usize = 100;
/// Friends of a user.
pub const FRIENDS: i64 = 3_000;
/// Friend groups of a user.
pub const FRIEND_GROUPS: usize = 32;
/// Blocked accounts of a user.
pub const BLOCK_LIST: i64 = 1_000;
/// Accounts in one request about friends or block lists.
pub const RELATION_BATCH: usize = 1_000;
/// Days for which the file of an hour's messages can be downloaded.
pub const HISTORY_FILE_DAYS: i64 = 7;
/// Keywords, and senders, of one search.
pub const SEARCH_TERMS: usize = 5;
/// Bytes of a keyword.
pub const SEARCH_KEYWORD_BYTES: usize = 256;
/// Results in one page of a search.
pub const SEARCH_PAGE: usize = 100;
/// Groups named in one search of members.
pub const SEARCH_GROUPS: usize = 50;
/// Messages of a merged message.
pub const RELAY_MESSAGES: usize = 300;
/// Messages per second and group by default.
pub const GROUP_MESSAGES_PER_SECOND: u32 = 40;
/// Attributes of a group.
pub const GROUP_ATTRIBUTES: usize = 16;
/// Bytes of an attribute's key.
pub const GROUP_ATTRIBUTE_KEY_BYTES: usize = 32;
/// Bytes of an attribute's value.
pub const GROUP_ATTRIBUTE_VALUE_BYTES: usize = 4_000;
/// Bytes of all attribute values of a group together.
pub const GROUP_ATTRIBUTES_BYTES: usize = 16_000;
/// Writes of a group's attributes per second.
pub const GROUP_ATTRIBUTE_WRITES: u32 = 5;
/// Counters of a group.
pub const GROUP_COUNTERS: usize = 20;
/// Bytes of a counter's key.
pub const GROUP_COUNTER_KEY_BYTES: usize = 128;
/// Reads, and writes, of counters by one client in [`GROUP_COUNTER_WINDOW_MS`].
pub const GROUP_COUNTER_CALLS: u32 = 20;
/// Milliseconds in which a client's calls for counters are counted.
pub const GROUP_COUNTER_WINDOW_MS: i64 = 5_000;
/// Members in one page of a live room.
pub const ROOM_MEMBER_PAGE: usize = 500;
/// Newest members of a live room that can be read.
pub const ROOM_MEMBERS: usize = 1_000;
/// The same without the application's switch.
pub const ROOM_MEMBERS_FREE: usize = 30;
/// Accounts in one `modify_user_info` or `check_members`.
pub const ROOM_BATCH: usize = 500;
/// Kinds of marks in a live room.
pub const ROOM_MARKS: usize = 10;
/// Members with one mark.
pub const ROOM_MARKED: usize = 1_000;
/// Lowest number of a mark of the application's own.
pub const ROOM_MARK_LEAST: i64 = 1_000;
/// Mark: stays online for up to [`ROOM_KEPT_MS`] without a link.
pub const ROOM_MARK_KEPT: i64 = 500;
/// Mark: not in the list of members.
pub const ROOM_MARK_HIDDEN: i64 = 600;
/// Milliseconds for which [`ROOM_MARK_KEPT`] holds: 3 days.
pub const ROOM_KEPT_MS: i64 = 3 * 24 * 3_600_000;
/// Admins of a live room.
pub const ROOM_ADMINS: usize = 5;
/// Accounts in one `ban_group_member`.
pub const BAN_BATCH: usize = 20;
/// Bytes of a ban's description.
pub const BAN_DESCRIPTION_BYTES: usize = 1_000;
/// Accounts in one page of `get_group_ban_member`.
pub const BAN_PAGE: i64 = 100;
/// Broadcasts per second that an application may raise its limit to.
pub const BROADCASTS_PER_SECOND: u32 = 5;
/// Messages of a live room that newcomers may be given.
pub const ROOM_HISTORY: u32 = 20;
/// Bytes of a picture or a sound.
pub const PICTURE_BYTES: u64 = 28 * 1024 * 1024;
/// Bytes of a video or a file.
pub const FILE_BYTES: u64 = 100 * 1024 * 1024;
/// Bytes of a file's name.
pub const FILE_NAME_BYTES: usize = 255;
/// Pixels of the shorter side of a picture's large size.
pub const LARGE_PIXELS: u32 = 720;
/// Pixels of the shorter side of a picture's thumbnail.
pub const THUMBNAIL_PIXELS: u32 = 198;
/// Pixels of a picture that gets smaller sizes: 64 megapixels.
pub const PICTURE_PIXELS: u64 = 64_000_000;
/// Days for which files are kept by default.
pub const MEDIA_DAYS: u32 = 7;
/// Seconds for which an upload may be unfinished.
pub const UPLOAD_SECONDS: i64 = 24 * 3_600;
/// Unfinished uploads of a user.
pub const UPLOADS: i64 = 10;
/// Seconds for which a URL of `get_cos_sig` works.
pub const PRE_SIGNED_SECONDS: i64 = 15 * 60;
/// URLs in one `get_cos_sig`.
pub const RAW_URL_BATCH: usize = 100;
/// Seconds between two heartbeats.
pub const HEARTBEAT_SECONDS: u64 = 120;
/// Milliseconds after which a silent link of a native client is lost.
pub const HEARTBEAT_LOST_MS: i64 = 400_000;
/// Milliseconds after which a silent link of a web client is lost.
pub const WEB_HEARTBEAT_LOST_MS: i64 = 60_000;
/// Milliseconds for which PushOnline is kept without a login: 7 days.
pub const PUSH_ONLINE_MS: i64 = 7 * 24 * 3_600_000;
/// Seconds in which a message may be recalled by default.
pub const RECALL_SECONDS: i64 = 120;
/// Bytes of a device token.
pub const PUSH_TOKEN_BYTES: usize = 256;
/// App admins of an application.
pub const ADMINS: usize = 10;
/// Logins of mode `command` that one user may have at once.
pub const COMMAND_SESSIONS: usize = 8;

/// Plan of an application (`contract/product-requirements.md`, X-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Edition {
    /// Free plan with 20 members in a group and 100 groups.
    #[default]
    #[serde(alias = "Trial")]
    Developer,
    /// Middle plan.
    Standard,
    /// Top plan.
    Premium,
}

/// Numbers that depend on the edition (`contract/rest-api.md` section 11, plan limits); `None`: unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditionLimits {
    /// Members of a Work, Public or Meeting group by default.
    pub group_members: u32,
    /// What the application may raise `group_members` to.
    pub group_members_paid: u32,
    /// Members of a community; 0: no communities.
    pub community_members: u32,
    /// Existing groups of all types.
    pub groups: Option<u32>,
    /// Existing AVChatRooms.
    pub av_chat_rooms: Option<u32>,
    /// Groups that one user may be in by default.
    pub groups_per_user: u32,
    /// What the application may raise `groups_per_user` to.
    pub groups_per_user_paid: u32,
    /// Existing communities.
    pub communities: u32,
    /// Accounts of the application.
    pub accounts: Option<u32>,
    /// Days for which messages are kept.
    pub roaming_days: u32,
    /// Conversations kept per user.
    pub recent_contacts: u32,
}

impl Edition {
    /// The row of the plan table.
    #[rustfmt::skip]
    pub const fn limits(self) -> EditionLimits {
        match self {
            Self::Developer => EditionLimits { group_members: 20, group_members_paid: 20, community_members: 0,
                groups: Some(100), av_chat_rooms: Some(10), groups_per_user: 50, groups_per_user_paid: 50, communities: 0, accounts: Some(100), roaming_days: 7, recent_contacts: 100 },
            Self::Standard => EditionLimits { group_members: 200, group_members_paid: 2_000, community_members: 0,
                groups: None, av_chat_rooms: Some(50), groups_per_user: 500, groups_per_user_paid: 1_000, communities: 0, accounts: None, roaming_days: 7, recent_contacts: 100 },
            Self::Premium => EditionLimits { group_members: 2_000, group_members_paid: 6_000, community_members: 100_000,
                groups: None, av_chat_rooms: None, groups_per_user: 3_000, groups_per_user_paid: 3_000, communities: 100_000, accounts: None, roaming_days: 30, recent_contacts: 100 },
        }
    }

    /// The word used in configuration and answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Developer => "Developer",
            Self::Standard => "Standard",
            Self::Premium => "Premium",
        }
    }
}

impl std::str::FromStr for Edition {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "developer" | "trial" => Ok(Self::Developer),
            "standard" => Ok(Self::Standard),
            "premium" => Ok(Self::Premium),
            _ => Err(format!("edition {text:?} is none of Developer, Standard, Premium")),
        }
    }
}
