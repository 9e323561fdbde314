//! The only table of error numbers (`contract/error-codes.md`).

use serde::{Deserialize, Serialize};

/// A number a caller can act on; 0 is success. Not an enum: two services share 130xxx, the access layer is negative,
/// and webhooks choose their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(pub i32);

macro_rules! codes {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        impl ErrorCode {
            $(#[doc = $text] pub const $name: Self = Self($number);)*
            /// Every code of the contract with its text, in the contract's order.
            pub const ALL: &[(Self, &str, &str)] = &[$((Self($number), stringify!($name), $text)),*];
        }
    };
}

codes! {
    OK = 0, "success";
    // REST front door (60xxx)
    REST_BAD_REQUEST_LINE = 60002, "request line / HTTP could not be parsed; look at the URL form";
    REST_BAD_JSON = 60003, "body is not valid JSON";
    REST_ACCOUNT_CHECK_FAILED = 60004, "account or signature in URL or body wrong (account check failed)";
    REST_ACCOUNT_SIGNATURE_URL_BODY = 60005, "account or signature in URL or body wrong (account check failed)";
    REST_SDK_APP_ID_INVALID = 60006, "SDKAppID not valid";
    REST_RATE_EXCEEDED = 60007, "call rate for this REST command exceeded";
    REST_TIMEOUT = 60008, "backend timed out, or HTTP form wrong";
    REST_NOT_FOUND = 60009, "no such resource; wrong path";
    REST_ADMIN_REQUIRED = 60010, "caller is not an app admin";
    REST_CALL_RATE_WHOLE_SDKAPPID = 60011, "call rate of the whole SDKAppID exceeded";
    REST_SDK_APP_ID_MISSING = 60012, "sdkappid missing from URL";
    REST_BACKEND_S_ANSWER_WAS = 60013, "backend's answer was not valid JSON";
    REST_ACCOUNT_LOOKUP_TIMED_OUT = 60014, "account lookup timed out";
    REST_FIELD_NOT_STRING = 60015, "an account field is not a string";
    REST_APP_DISABLED = 60016, "SDKAppID disabled";
    REST_REQUEST_KIND_DISABLED = 60017, "request kind disabled";
    REST_BUSY = 60018, "too many requests, retry later";
    REST_TOO_MANY_REQUESTS_RETRY = 60019, "too many requests, retry later";
    REST_PLAN_REQUIRED = 60020, "plan missing, expired or in arrears";
    REST_SOURCE_IP_NOT_ALLOW = 60021, "source IP not on the allow list";
    REST_BAD_PARAMETERS = 60025, "SDKAppID, identifier, usersig or contenttype parameter wrong";
    REST_DOMAIN = 60026, "domain (data center) does not belong to this SDKAppID";
    REST_PRODUCT_TYPE_APP_DOES = 60027, "product type of the app does not allow this API";
    REST_TRIAL_PLAN_S_HOUR = 60028, "trial plan's 24-hour REST volume used up";
    // Content and size (80xxx)
    CONTENT_TEXT_STOPPED_CONTENT_CHECK = 80001, "text stopped by content check";
    CONTENT_TOO_LONG = 80002, "message body too long (12 KB; 8 KB in old text)";
    CONTENT_BEFORE_SEND_WEBHOOK_FAILED = 80003, "before-send webhook failed or timed out while the app's policy is 'do not deliver'";
    CONTENT_IMAGE_STOPPED_CONTENT_CHECK = 80004, "image stopped by content check";
    CONTENT_SERVICE_STOPPED_BILLING = 80005, "service stopped for billing; on topic import: content check timed out";
    // Account and login (70xxx-72xxx)
    SIG_EXPIRED = 70001, "UserSig expired";
    SIG_EMPTY = 70002, "UserSig empty";
    SIG_MALFORMED = 70003, "UserSig malformed";
    ACCOUNT_USERSIG_MALFORMED = 70005, "UserSig malformed";
    SIG_MISMATCH = 70009, "UserSig does not verify (usually another app's key)";
    SIG_IDENTIFIER_MISMATCH = 70013, "UserID of request and of UserSig differ";
    SIG_SDK_APP_ID_MISMATCH = 70014, "SDKAppID of request and of UserSig differ";
    SIG_NO_PUBLIC_KEY = 70016, "no public key on record (legacy signature), or wrong data center";
    SDK_APP_ID_UNKNOWN = 70020, "SDKAppID unknown";
    SIG_THROTTLED = 70050, "too many failed UserSig checks; retry after a minute";
    ACCOUNT_BLOCKED = 70051, "account on the block list";
    ACCOUNT_LOGIN_TICKET_EXPIRED = 70101, "login ticket expired (old SDK)";
    ACCOUNT_NOT_FOUND = 70107, "UserID not imported / does not exist";
    ACCOUNT_LOGIN_RATE_LIMITED_SECURITY = 70114, "login rate limited for security";
    ACCOUNT_BACKEND_TIMEOUT = 70169, "backend timeout";
    ACCOUNT_BACKEND_TIMEOUT_70202 = 70202, "backend timeout";
    ACCOUNT_BATCH_SIZE = 70206, "batch size not allowed";
    ACCOUNT_LIMIT = 70398, "account count limit of the plan (100 on trial)";
    ACCOUNT_DELETED_ACCOUNT_MAY_NOT = 70399, "a deleted account may not be re-imported for three months (non-trial plans)";
    ACCOUNT_BAD_PARAMETER = 70402, "missing or invalid parameter";
    ACCOUNT_ADMIN_REQUIRED = 70403, "admin rights needed";
    ACCOUNT_SDK_TOO_OLD = 70404, "SDK too old";
    ACCOUNT_INTERNAL = 70500, "internal error";
    ACCOUNT_DELETE_FORBIDDEN = 71000, "this app may not delete accounts";
    ACCOUNT_FREE_DAILY_ACTIVE_USER = 72000, "free daily active user quota exceeded";
    ACCOUNT_USER_STATUS_QUERY_SUBSCRIPTION = 72001, "user status query / subscription not enabled in console";
    ACCOUNT_FREE_MONTHLY_ACTIVE_USER = 72002, "free monthly active user quota exceeded";
    ACCOUNT_LOGIN_LOGOUT_FOREGROUND_BACKGROUND = 72010, "login, logout, foreground/background switch or push-setting calls too frequent for one user";
    ACCOUNT_GLOBAL_DO_NOT_DISTURB = 72011, "global do-not-disturb not enabled";
    ACCOUNT_PROFILE_CHANGE_SUBSCRIPTION_NOT = 72012, "profile-change subscription not enabled";
    // Profile (40xxx)
    PROFILE_BAD_PARAMETER = 40001, "invalid parameter";
    PROFILE_TO_ACCOUNT_MISSING = 40002, "To_Account missing";
    PROFILE_ACCOUNT_NOT_FOUND = 40003, "account not imported";
    PROFILE_ADMIN_REQUIRED = 40004, "admin rights needed";
    PROFILE_INTERNAL = 40006, "internal error";
    PROFILE_READ_DENIED = 40007, "no read permission for the field";
    PROFILE_WRITE_DENIED = 40008, "no write permission for the field";
    PROFILE_TAG_UNKNOWN = 40009, "unknown field tag";
    PROFILE_VALUE_TOO_LONG = 40601, "value longer than 500 bytes";
    PROFILE_VALUE_NOT_ALLOWED = 40605, "value not allowed for this standard field";
    PROFILE_VALUE_TYPE = 40610, "wrong value type for the field";
    // Relationship chain (30xxx-32xxx, 38xxx)
    RELATION_INVALID_PARAMETER = 30001, "invalid parameter (also: friend / block entry not in the expected state)";
    RELATION_ACCOUNT_BELONGS_ANOTHER_SDKAPPID = 30002, "account belongs to another SDKAppID / illegal account";
    RELATION_ACCOUNT_NOT_IMPORTED = 30003, "account not imported";
    RELATION_ADMIN_RIGHTS_NEEDED = 30004, "admin rights needed";
    RELATION_FOLLOW_FEATURE_NOT_ENABLED = 30005, "follow feature not enabled";
    RELATION_INTERNAL_ERROR = 30006, "internal error";
    RELATION_BACKEND_TIMEOUT = 30007, "backend timeout";
    RELATION_CONCURRENT_WRITE_CONFLICT = 30008, "concurrent write conflict; batch the writes";
    RELATION_ADMIN_FORBIDS_USER_SEND = 30009, "admin forbids this user to send friend requests";
    RELATION_OWN_FRIEND_LIST_FULL = 30010, "own friend list full (3,000)";
    RELATION_FRIEND_GROUP_COUNT_FULL = 30011, "friend-group count full (32)";
    RELATION_OWN_PENDING_REQUESTS_FULL = 30012, "own pending requests full (100)";
    RELATION_BLOCK_LIST_FULL = 30013, "block list full (1,000)";
    RELATION_OTHER_SIDE_S_FRIEND = 30014, "other side's friend list full";
    RELATION_OTHER_USER_YOUR_BLOCK = 30515, "other user is on your block list";
    RELATION_OTHER_USER_REFUSES_ALL = 30516, "other user refuses all requests";
    RELATION_YOU_ARE_OTHER_USER = 30525, "you are on the other user's block list";
    RELATION_REQUEST_STORED_WAITS_OTHER = 30539, "request stored, waits for the other side (not a failure for the caller's UI)";
    RELATION_REQUEST_DROPPED_ANTI_ABUSE = 30540, "request dropped by anti-abuse policy";
    RELATION_NO_SUCH_PENDING_REQUEST = 30614, "no such pending request";
    RELATION_ACCOUNT_DELETE_NOT_FRIEND = 31704, "account to delete is not a friend";
    RELATION_DELETION_DROPPED_ANTI_ABUSE = 31707, "deletion dropped by anti-abuse policy";
    RELATION_PENDING_ITEM_DELETE_DOES = 31804, "pending item to delete does not exist";
    RELATION_FRIEND_GROUP_MEMBER_NOT = 32216, "friend-group member is not a friend (seen in a sample answer of group_add)";
    // Conversation / recent contact (50xxx-51xxx)
    CONVERSATION_ACCOUNT_NOT_FOUND = 50001, "account not imported";
    CONVERSATION_BAD_PARAMETER = 50002, "invalid parameter";
    CONVERSATION_ADMIN_RIGHTS_NEEDED = 50003, "admin rights needed";
    CONVERSATION_INTERNAL = 50004, "internal error";
    CONVERSATION_BACKEND_TIMEOUT = 50005, "backend timeout";
    CONVERSATION_NUMBER_CONVERSATIONS_EMPTY_ABOVE = 51006, "number of conversations empty or above 100";
    CONVERSATION_GROUP_CONVERSATION_COULD_NOT = 51007, "group conversation could not be resolved (disbanded, or user no longer a member)";
    CONVERSATION_GROUPED_MARKED_CONVERSATIONS_ABOVE = 51008, "grouped/marked conversations above 1,000";
    CONVERSATION_CONVERSATION_GROUP_DOES_NOT = 51009, "conversation group does not exist";
    CONVERSATION_CONVERSATION_GROUPS_ABOVE = 51010, "conversation groups above 20";
    CONVERSATION_CONVERSATION_GROUP_NAME_ABOVE = 51011, "conversation group name above 32 bytes";
    CONVERSATION_PINNED_CONVERSATIONS_ABOVE = 51012, "pinned conversations above 50";
    CONVERSATION_FEATURE_NEEDS_TOP_PLAN = 51013, "feature needs the top plan";
    // Messages (20xxx-23xxx)
    MESSAGE_BAD_REQUEST = 20001, "invalid request packet";
    SESSION_EXPIRED = 20002, "UserSig or session credential invalid/expired";
    MESSAGE_ACCOUNT_NOT_FOUND = 20003, "sender or recipient UserID invalid or not imported";
    MESSAGE_NETWORK = 20004, "network error inside the service";
    MESSAGE_INTERNAL = 20005, "internal error";
    MESSAGE_BEFORE_SEND_WEBHOOK_REFUSED = 20006, "before-send webhook refused the message";
    MESSAGE_SENDER_RECIPIENT_S_BLOCK = 20007, "sender is on the recipient's block list (only visible when 'show sent successfully' is off)";
    MESSAGE_SENDER_RECIPIENT_BELONG_DIFFERENT = 20008, "sender and recipient belong to different apps";
    MESSAGE_NOT_FRIENDS_FRIENDSHIP_CHECK = 20009, "not friends, and friendship check is on";
    MESSAGE_SENDER_NOT_RECIPIENT_S = 20010, "sender is not in the recipient's friend list (one-way check)";
    MESSAGE_RECIPIENT_NOT_SENDER_S = 20011, "recipient is not in the sender's friend list (one-way check)";
    MESSAGE_SENDER_MUTED = 20012, "sender is muted";
    MESSAGE_RECALL_WINDOW_PASSED = 20016, "recall window passed (2 minutes by default)";
    MESSAGE_INTERNAL_ERROR_WHILE_DELETING = 20018, "internal error while deleting roaming messages";
    MESSAGE_TO_RECALL_NOT_FOUND = 20022, "message to recall does not exist";
    MESSAGE_ALREADY_RECALLED = 20023, "message already recalled";
    MESSAGE_TO_MODIFY_NOT_FOUND = 20026, "message to modify does not exist";
    MESSAGE_MESSAGE_VERSION_CONFLICT = 20027, "message version conflict; fetch the newest and retry";
    MESSAGE_CONCURRENT_MODIFICATION_CONFLICT = 20028, "concurrent modification conflict; retry";
    MESSAGE_PUSH_TOKEN_SET_BEFORE = 21005, "push token set before login";
    PUSH_NO_CERTIFICATE = 22001, "no push certificate uploaded";
    MESSAGE_NETWORK_ERROR = 22002, "network error";
    PUSH_TOKEN_EMPTY = 22003, "push token empty";
    PUSH_TOKEN_TOO_LONG = 22004, "push token above 256 bytes";
    MESSAGE_LOGIN_DATA_ABOVE_BYTES = 22005, "login data above 1,024 bytes";
    PUSH_RATE_EXCEEDED = 22006, "request rate exceeded";
    MESSAGE_FREE_SENDER_QUOTA_EXCEEDED = 22007, "free sender quota exceeded";
    MESSAGE_MESSAGE_EXTENSION = 23001, "message extension: Seq conflict, someone else changed the key";
    MESSAGE_MESSAGE_WAS_NOT_SENT = 23002, "message was not sent with extension support";
    MESSAGE_MESSAGE_EXTENSION_23003 = 23003, "message extension: more than 200 writes a minute on one message";
    MESSAGE_MESSAGE_EXTENSION_23004 = 23004, "message extension: message does not exist";
    MESSAGE_REACTION_KINDS_FULL = 23005, "reactions: ten kinds on one message at most";
    MESSAGE_REACTION_USERS_FULL = 23006, "reactions: a hundred users of one kind at most";
    MESSAGE_REACTION_REPEATED = 23007, "reactions: the user reacts so already";
    MESSAGE_REACTION_UNKNOWN = 23008, "reactions: nobody reacts so to this message";
    MESSAGE_REACTION_NOT_MINE = 23009, "reactions: the user does not react so";
    // Message REST and push REST (90xxx-93xxx)
    BODY_BAD_JSON = 90001, "body not valid JSON (also bad MsgRandom on the push service)";
    MSG_BODY_BAD_FORMAT = 90002, "MsgBody not in message format";
    TO_ACCOUNT_INVALID = 90003, "To_Account missing, wrong type or unknown";
    MSG_SEQ_INVALID = 90004, "MsgSeq invalid";
    MSG_RANDOM_INVALID = 90005, "MsgRandom missing or not an integer";
    MSG_TIMESTAMP_INVALID = 90006, "MsgTimeStamp missing or not an integer";
    MSG_BODY_NOT_ARRAY = 90007, "MsgBody not an array";
    FROM_ACCOUNT_INVALID = 90008, "From_Account missing or unknown";
    MSG_ADMIN_REQUIRED = 90009, "admin rights needed";
    MSG_BAD_FORMAT = 90010, "packet not in message format";
    TOO_MANY_TARGETS = 90011, "more than 500 targets";
    TO_ACCOUNT_NOT_REGISTERED = 90012, "To_Account not registered";
    MSG_REST_TOO_MANY_ACCOUNTS_ONE = 90018, "too many accounts in one request (100 for tag/attribute calls)";
    MSG_REST_TAG_ABOVE_BYTES = 90020, "tag above 50 bytes";
    MSG_REST_SAME_TAG_TAGSOR_TAGSAND = 90022, "same tag in TagsOr and TagsAnd";
    MSG_REST_PUSHES_LESS_S_APART = 90024, "pushes less than 1 s apart";
    MSG_LIFE_TIME_TOO_LONG = 90026, "offline retention above 7 days";
    BATCH_TO_ACCOUNT_NOT_ARRAY = 90028, "To_Account of a batch send is not an array";
    BATCH_TO_ACCOUNT_EMPTY = 90029, "To_Account of a batch send is empty";
    MSG_REST_SYNCFROMOLDSYSTEM_MISSING_NOT_INTEGER = 90030, "SyncFromOldSystem missing or not an integer; on attribute calls: attribute empty or above 50 bytes";
    SYNC_OTHER_MACHINE_INVALID = 90031, "SyncOtherMachine not an integer";
    MSG_REST_MORE_TAGS_CONDITION_ONE = 90032, "more than 10 tags in a condition or in one add request";
    MSG_REST_ATTRIBUTE_NOT_DEFINED = 90033, "attribute not defined";
    MSG_REST_TAG_ABOVE_BYTES_90034 = 90034, "tag above 50 bytes";
    MSG_REST_TAG_ATTRIBUTE_CONDITIONS_MIXED = 90039, "tag and attribute conditions mixed";
    MSG_REST_EMPTY_TAG_CONDITION = 90040, "empty tag in a condition";
    OFFLINE_PUSH_INFO_INVALID = 90043, "OfflinePushInfo malformed";
    MSG_LIFE_TIME_INVALID = 90044, "MsgLifeTime not an integer";
    MSG_REST_PUSH_ALL_TAG_SINGLE = 90045, "push to all / tag / single not enabled";
    MSG_REST_DAILY_PUSH_QUOTA_USED = 90047, "daily push quota used up (100 by default)";
    MSG_ACCOUNT_NOT_FOUND = 90048, "account does not exist";
    MSG_KEY_INVALID = 90054, "MsgKey invalid";
    MSG_REST_BATCH_SEND_PACKET_TOO = 90055, "batch-send packet too long";
    MSG_REST_BATCH_SEND = 90057, "batch send: rate limit; push service: DataId above 64 bytes";
    MSG_BACKEND_TIMEOUT = 90992, "backend timeout or webhook trouble";
    MSG_INTERNAL = 90994, "internal error, retry";
    MSG_REST_INTERNAL_ERROR_RETRY = 90995, "internal error, retry";
    MSG_REST_INTERNAL_ERROR_RETRY_91000 = 91000, "internal error, retry";
    WEB_INSTANCE_LIMIT = 91101, "web session ended: too many web instances online";
    PACKET_TOO_LONG = 93000, "packet above 12 KB (8 KB in old text); moderation: content above 8 KB";
    MSG_REST_MODERATION_BATCH = 93001, "moderation batch: internal; only text/image; 5 s timeout; duplicate ContentId; more than 10 items";
    MSG_REST_MODERATION_BATCH_93005 = 93005, "moderation batch: internal; only text/image; 5 s timeout; duplicate ContentId; more than 10 items";
    MSG_REST_MODERATION_BATCH_93006 = 93006, "moderation batch: internal; only text/image; 5 s timeout; duplicate ContentId; more than 10 items";
    MSG_REST_MODERATION_BATCH_93007 = 93007, "moderation batch: internal; only text/image; 5 s timeout; duplicate ContentId; more than 10 items";
    MSG_REST_MODERATION_BATCH_93008 = 93008, "moderation batch: internal; only text/image; 5 s timeout; duplicate ContentId; more than 10 items";
    // Groups (10xxx-11xxx, 110xxx)
    GROUP_CALLER_NOT_LOGGED = 10001, "caller not logged in (AVChatRoom REST commands)";
    GROUP_INTERNAL = 10002, "internal error";
    GROUP_UNKNOWN_COMMAND = 10003, "unknown command";
    GROUP_BAD_PARAMETER = 10004, "invalid parameter";
    GROUP_TOO_MANY_ACCOUNTS = 10005, "too many accounts in the packet";
    GROUP_RATE_EXCEEDED = 10006, "rate or daily net-growth limit reached";
    GROUP_PERMISSION_DENIED = 10007, "no permission, or the group type does not support the operation";
    GROUP_SIGNATURE_INFORMATION_REQUEST_FAILED = 10008, "signature information in request failed";
    GROUP_OWNER_MAY_NOT_LEAVE = 10009, "owner may not leave";
    GROUP_NOT_FOUND = 10010, "group missing or disbanded";
    GROUP_BAD_JSON = 10011, "JSON parse failure";
    GROUP_OPERATOR_USERID_ILLEGAL = 10012, "operator UserID illegal";
    GROUP_ALREADY_MEMBER = 10013, "already a member";
    GROUP_FULL = 10014, "group full";
    GROUP_ID_INVALID = 10015, "group ID invalid";
    GROUP_REFUSED_APP_S_WEBHOOK = 10016, "refused by the app's webhook";
    GROUP_SENDER_MUTED = 10017, "sender muted";
    GROUP_ANSWER_TOO_LONG = 10018, "answer would exceed 1 MB";
    GROUP_ACCOUNT_NOT_FOUND = 10019, "account in request does not exist";
    GROUP_MESSAGE_TOO_LONG = 10020, "message too long (import)";
    GROUP_ID_TAKEN = 10021, "group ID already used by someone else";
    GROUP_MESSAGE_RATE_EXCEEDED = 10023, "message rate limit (40 per second per group)";
    GROUP_INVITATION_REQUEST_ALREADY_HANDLED = 10024, "invitation or request already handled";
    GROUP_ID_TAKEN_BY_CALLER = 10025, "group ID already used and caller owns it";
    GROUP_COMMAND_DISABLED_SDKAPPID = 10026, "command disabled for this SDKAppID";
    GROUP_MESSAGE_RECALL_DOES_NOT = 10030, "message to recall does not exist";
    GROUP_RECALL_WINDOW_PASSED = 10031, "recall window passed (2 minutes by default)";
    GROUP_MESSAGE_CANNOT_BE_RECALLED = 10032, "this message cannot be recalled";
    GROUP_GROUP_TYPE_DOES_NOT = 10033, "group type does not support recall";
    GROUP_MESSAGE_KIND_CANNOT_BE = 10034, "this message kind cannot be deleted";
    GROUP_AVCHATROOM_BCHATROOM_DO_NOT = 10035, "AVChatRoom / BChatRoom do not support deletion";
    GROUP_AV_CHAT_ROOM_LIMIT = 10036, "AVChatRoom count limit";
    GROUP_JOINED_LIMIT = 10037, "user's joined/created group limit (or topic limit)";
    GROUP_MEMBER_LIMIT = 10038, "member-count limit of plan";
    GROUP_APP_CONFIGURED_WITHOUT_GROUP = 10041, "app configured without group recall";
    GROUP_GROUP_TYPE_HAS_NO = 10044, "group type has no roaming messages";
    GROUP_ATTRIBUTE_KEY_ABOVE_BYTES = 10045, "attribute key above 32 bytes";
    GROUP_ATTRIBUTE_VALUE_ABOVE_BYTES = 10046, "attribute value above 4,000 bytes";
    GROUP_MORE_ATTRIBUTE_KEYS = 10047, "more than 16 attribute keys";
    GROUP_ATTRIBUTE_VALUES_ABOVE_BYTES = 10048, "attribute values above 16,000 bytes together";
    GROUP_ATTRIBUTE_WRITES_ABOVE_PER = 10049, "attribute writes above 5 per second";
    GROUP_ATTRIBUTE_DELETE_DOES_NOT = 10050, "attribute to delete does not exist";
    GROUP_DELETION_RANGE_TOO_LARGE = 10051, "deletion range too large";
    GROUP_NO_MESSAGE_DELETE = 10052, "no message to delete";
    GROUP_TOO_MANY_AT = 10053, "more than 30 @ targets";
    GROUP_TOO_MANY_MEMBERS = 10054, "too many members; page through";
    GROUP_ATTRIBUTE_WRITE_RACE = 10056, "attribute write race; re-read and retry";
    GROUP_COUNT_LIMIT = 10058, "trial plan's 100-group limit";
    GROUP_PLAN_REQUIRED = 10059, "needs a higher plan";
    GROUP_GROUP_TOO_BIG_READ = 10060, "group too big for read receipts";
    GROUP_ONLINE_ONLY_MESSAGES_HAVE = 10061, "online-only messages have no read receipts";
    GROUP_NO_SUCH_READ_RECEIPT = 10062, "no such read receipt";
    GROUP_MORE_COUNTER_KEYS = 10063, "more than 20 counter keys";
    GROUP_TOO_MANY_PINNED_MESSAGES = 10070, "too many pinned messages";
    GROUP_MESSAGE_PINNED_ALREADY = 10071, "message is pinned already";
    GROUP_COMMUNITY_DISABLED = 11000, "community / topic feature not enabled";
    GROUP_TOPIC_CREATION_IMPORT_FAMILY = 110001, "topic creation/import family (unconfirmed)";
    GROUP_TOPIC_COULD_NOT_BE = 110002, "topic could not be deleted";
    GROUP_TOPIC_ALREADY_DELETED = 110003, "topic already deleted";
    GROUP_PERMISSION_GROUP_MISSING_DELETED = 110006, "permission group missing or deleted";
    GROUP_PERMISSION_GROUP_MISSING_DELETED_110008 = 110008, "permission group missing or deleted";
    GROUP_PERMISSION_GROUP_COULD_NOT = 110007, "permission group could not be deleted";
    GROUP_TOPIC_ALREADY_PRESENT_PERMISSION = 110010, "topic already present in the permission group";
    GROUP_TOPIC_NOT_PRESENT_PERMISSION = 110011, "topic not present in the permission group";
    GROUP_PERMISSION_GROUP_HAS_TOO = 110012, "permission group has too many members";
    GROUP_TOPIC_ID_INVALID = 110013, "topic ID invalid";
    GROUP_TOPIC_PERMISSION_ALREADY_DELETED = 110014, "topic permission already deleted";
    // Global mute and statistics (130xxx, open configuration service)
    CONFIG_JSON_PARSE_FAILURE = 130001, "JSON parse failure";
    CONFIG_SET_ACCOUNT_MISSING = 130004, "Set_Account missing";
    CONFIG_SET_ACCOUNT_INVALID = 130005, "Set_Account invalid";
    CONFIG_NEITHER_MUTE_FIELD_GIVEN = 130008, "neither mute field given";
    CONFIG_STATISTICS_STORE = 130009, "statistics store: open, ping, query, result-parse failure";
    CONFIG_STATISTICS_STORE_130010 = 130010, "statistics store: open, ping, query, result-parse failure";
    CONFIG_STATISTICS_STORE_130011 = 130011, "statistics store: open, ping, query, result-parse failure";
    CONFIG_STATISTICS_STORE_130012 = 130012, "statistics store: open, ping, query, result-parse failure";
    CONFIG_SYSTEM_ERROR = 130014, "system error";
    // Official account (130xxx, 131xxx)
    OFFICIAL_ACCOUNT_NO_PERMISSION = 130002, "no permission (not subscribed, or not its manager)";
    OFFICIAL_ACCOUNT_OFFICIAL_ACCOUNT_MISSING_DESTROYED = 130004, "official account missing or destroyed";
    OFFICIAL_ACCOUNT_ALREADY_SUBSCRIBED = 130005, "already subscribed";
    OFFICIAL_ACCOUNT_SUBSCRIBER_LIMIT_REACHED = 130006, "subscriber limit reached";
    OFFICIAL_ACCOUNT_OFFICIAL_ACCOUNT_ID_NOT = 130007, "official account ID not in the required form";
    OFFICIAL_ACCOUNT_OFFICIAL_ACCOUNT_ID_ALREADY = 130008, "official account ID already taken";
    OFFICIAL_ACCOUNT_DELETION_MESSAGES_NOT_SUPPORTED = 130009, "deletion of messages not supported";
    OFFICIAL_ACCOUNT_TOO_MANY_OFFICIAL_ACCOUNTS = 130010, "too many official accounts created or subscribed";
    OFFICIAL_ACCOUNT_FEATURE_NOT_ENABLED_APP = 131000, "feature not enabled for the app";
    OFFICIAL_ACCOUNT_NO_SUBSCRIPTION_RECORD = 131003, "no subscription record";
    OFFICIAL_ACCOUNT_SDK_TOO_OLD = 131005, "SDK too old";
    // History download (1xxx) and moderation (2xxx)
    DOWNLOAD_BAD_REQUEST_URL = 1001, "bad request URL";
    DOWNLOAD_BAD_PARAMETER_NOT_ADMIN = 1002, "bad parameter or not admin";
    DOWNLOAD_SYSTEM_ERROR = 1003, "system error";
    DOWNLOAD_FILE_NOT_MADE_YET = 1004, "file not made yet, or no messages in that hour";
    DOWNLOAD_FILE_EXPIRED = 1005, "file expired";
    DOWNLOAD_TRY_LATER = 2001, "try later";
    DOWNLOAD_COMMAND_NOT_SUPPORTED = 2002, "command not supported";
    DOWNLOAD_PARAMETER_INVALID = 2003, "parameter invalid";
    DOWNLOAD_NOT_AUTHORISED = 2004, "not authorised";
    DOWNLOAD_MODERATION_NOT_ENABLED = 2015, "moderation not enabled";
    DOWNLOAD_MORE_KEYWORDS_ONE_ADD = 2016, "more than 10 keywords in one add";
    DOWNLOAD_KEYWORD_DELETION_FAILED = 2100, "keyword deletion failed";
    // Offline push delivery
    PUSH_FCM_PUSH_OBJECT_COULD = -195, "FCM push object could not be built, mostly a certificate fault";
    PUSH_CLICK_ACTION_INTENT_CHOSEN = -196, "click action 'intent' chosen without an intent";
    PUSH_CERTIFICATE_PARAMETERS_WRONG = -197, "certificate parameters wrong";
    PUSH_VENDOR_ANSWERED_WITH_ERROR = -198, "vendor answered with an error";
    PUSH_VENDOR_UNREACHABLE = -199, "vendor unreachable";
    PUSH_NETWORK_FAULT_CHAT_SIDE = -200, "network fault on the chat side";
    PUSH_VALIDITY_CHECK_FAILED = -201, "validity check failed: token or certificate ID";
    PUSH_PUSH_OBJECT_COULD_NOT = -202, "push object could not be built";
    PUSH_VENDOR_S_DAILY_LIMIT = -203, "vendor's daily limit reached (Huawei)";
    // Access layer (negative, seen by clients)
    ACCESS_TOO_MANY_CONNECTIONS_SERVER = -302, "too many connections on this server";
    ACCESS_SESSION_EXPIRED = -10001, "session key expired; log in again";
    ACCESS_TICKET_EXPIRED = -10003, "ticket expired; log in again";
    ACCESS_TICKET_INVALID = -10004, "ticket invalid; log in again";
    ACCESS_SESSION_KEY_EMPTY = -10005, "session key empty";
    ACCESS_ACCOUNT_SESSION_KEY_PACKET = -10006, "account in session key and packet header differ";
    ACCESS_VERIFICATION_TIMED_OUT = -10007, "verification timed out";
    ACCESS_KEY_TICKET_MISSING = -10008, "key and ticket missing";
    ACCESS_COOKIE_MISMATCH = -10009, "cookie mismatch";
    ACCESS_TOO_MANY_DECRYPTION_FAILURES = -10106, "too many decryption failures; log in again";
    ACCESS_ACCOUNT_ARREARS = -10108, "account in arrears";
    ACCESS_PACKET_FORMAT = -10109, "packet format error";
    ACCESS_SDKAPPID_BLOCK_LIST_COMMAND = -10110, "SDKAppID on a block list / command block list";
    ACCESS_SDKAPPID_BLOCK_LIST_COMMAND_10111 = -10111, "SDKAppID on a block list / command block list";
    ACCESS_APP_DISABLED = -10112, "SDKAppID disabled";
    ACCESS_USER_RATE = -10113, "per-user rate limit for this command";
    ACCESS_OVERLOADED = -10114, "overloaded, packet dropped";
    ACCESS_CLIENT_API_CALL_RATE = -20009, "client API call rate exceeded";
    // Client SDK codes that a client of this server should keep
    CLIENT_PACKET_DECODE_ENCODE_FAILURE = 6001, "packet decode / encode failure";
    CLIENT_PACKET_DECODE_ENCODE_FAILURE_6002 = 6002, "packet decode / encode failure";
    CLIENT_CONVERSATION_INVALID = 6004, "conversation invalid (not logged in)";
    CLIENT_LOCAL_DATABASE_CANNOT_BE = 6005, "local database cannot be loaded / operated";
    CLIENT_LOCAL_DATABASE_CANNOT_BE_6019 = 6019, "local database cannot be loaded / operated";
    CLIENT_LOCAL_DATABASE_CANNOT_BE_7010 = 7010, "local database cannot be loaded / operated";
    CLIENT_TIMEOUT = 6012, "request timed out, outcome unknown";
    CLIENT_SDK_NOT_INITIALISED = 6013, "SDK not initialised";
    CLIENT_NOT_LOGGED_IN = 6014, "not logged in, or kicked";
    CLIENT_SAME_OPERATION_ALREADY_RUNNING = 6015, "same operation already running";
    CLIENT_MESSAGE_ELEMENT_INVALID = 6016, "message element invalid";
    CLIENT_BAD_PARAMETER = 6017, "parameter invalid";
    CLIENT_IMAGE_OBJECT_INVALID = 6021, "image object invalid";
    CLIENT_LOCAL_I_O_FAILURE = 6022, "local I/O failure";
    CLIENT_AUTO_LOGIN_ACCOUNT_NEVER = 6026, "auto-login account never logged in";
    CLIENT_JSON_FORMAT_WRONG = 6027, "JSON format wrong";
    CLIENT_OUT_MEMORY = 6028, "out of memory";
    CLIENT_NO_NETWORK_REQUEST_ANSWER = 6200, "no network on request / on answer";
    CLIENT_NO_NETWORK_REQUEST_ANSWER_6201 = 6201, "no network on request / on answer";
    CLIENT_SIG_EXPIRED = 6206, "UserSig expired";
    CLIENT_KICKED_OFFLINE = 6208, "kicked offline by another device";
    CLIENT_RECALL_WINDOW_PASSED = 6223, "recall window passed (local check)";
    CLIENT_LOCAL_TICKET_EXPIRED = 6226, "local ticket expired; log in with UserSig";
    CLIENT_INTERNAL_USER_NUMBER_MISSING = 7002, "internal user number missing";
    CLIENT_USER_ID_INVALID = 7003, "UserID empty, not printable ASCII, or above 32 bytes";
    CLIENT_FILE_MISSING = 7004, "file missing; above 100 MB; empty; cannot be opened";
    CLIENT_FILE_MISSING_7005 = 7005, "file missing; above 100 MB; empty; cannot be opened";
    CLIENT_FILE_MISSING_7006 = 7006, "file missing; above 100 MB; empty; cannot be opened";
    CLIENT_FILE_MISSING_7007 = 7007, "file missing; above 100 MB; empty; cannot be opened";
    CLIENT_API_CALL_RATE_EXCEEDED = 7008, "API call rate exceeded locally";
    CLIENT_SDK_TORN_DOWN_WHILE = 7009, "SDK torn down while working";
    CLIENT_NO_SUCH_ROW_LOCAL = 7011, "no such row in the local database";
    CLIENT_INTERNAL_ERROR = 7012, "internal error";
    CLIENT_API_NOT_PLAN = 7013, "API not in this plan";
    CLIENT_REQUEST_NOT_LEGAL_STATE = 7014, "request not legal in this state";
    CLIENT_STOPPED_LOCAL_WORD_LIST = 7015, "stopped by local word list";
    CLIENT_LOGIN_LOGOUT_ALREADY_RUNNING = 7501, "login / logout already running";
    CLIENT_LOGIN_LOGOUT_ALREADY_RUNNING_7502 = 7502, "login / logout already running";
    CLIENT_LOGIN_MODULE = 7503, "login module: initialisation, format, decryption, send, timeout faults";
    CLIENT_LOGIN_MODULE_7504 = 7504, "login module: initialisation, format, decryption, send, timeout faults";
    CLIENT_LOGIN_MODULE_7505 = 7505, "login module: initialisation, format, decryption, send, timeout faults";
    CLIENT_LOGIN_MODULE_7506 = 7506, "login module: initialisation, format, decryption, send, timeout faults";
    CLIENT_LOGIN_MODULE_7507 = 7507, "login module: initialisation, format, decryption, send, timeout faults";
    CLIENT_LOGIN_MODULE_7508 = 7508, "login module: initialisation, format, decryption, send, timeout faults";
    CLIENT_MESSAGE_TOO_LONG = 8001, "message above 12 KB";
    CLIENT_REPLY_DOES_NOT_MATCH = 8002, "reply does not match request";
    CLIENT_IMAGE_CONVERSION_THUMBNAIL_FAILURE = 8003, "image conversion / thumbnail failure";
    CLIENT_IMAGE_CONVERSION_THUMBNAIL_FAILURE_8004 = 8004, "image conversion / thumbnail failure";
    CLIENT_MERGED_MESSAGES_NESTED_DEEPER = 8005, "merged messages nested deeper than 100";
    CLIENT_MODIFICATION_CONFLICT = 8006, "modification conflict";
    CLIENT_SIGNALLING_INVITATION_ID_INVALID = 8010, "signalling invitation ID invalid or already handled";
    CLIENT_NOT_ALLOWED_ACT_THAT = 8011, "not allowed to act on that invitation";
    CLIENT_INVITATION_ALREADY_EXISTS = 8012, "invitation already exists";
    CLIENT_CANNOT_CANCEL = 8020, "cannot cancel: message missing or already sent";
    CLIENT_NOT_SENT = 8021, "not sent: message was cancelled";
    CLIENT_GROUP_ID_INVALID = 8501, "group ID invalid (printable ASCII, up to 48 bytes, no reserved prefix)";
    CLIENT_NAME_ABOVE_BYTES = 8502, "name above 30 bytes";
    CLIENT_INTRODUCTION_ABOVE_BYTES = 8503, "introduction above 240 bytes";
    CLIENT_NOTICE_ABOVE_BYTES = 8504, "notice above 300 bytes";
    CLIENT_PHOTO_URL_ABOVE_BYTES = 8505, "photo URL above 100 bytes";
    CLIENT_NAME_CARD_ABOVE_BYTES = 8506, "name card above 50 bytes";
    CLIENT_MEMBER_COUNT_ABOVE_PLAN = 8507, "member count above plan on create/invite";
    CLIENT_WORK = 8508, "work (private) groups cannot be applied to";
    CLIENT_OWNER_CANNOT_BE_INVITED = 8509, "owner cannot be invited";
    CLIENT_NOBODY_INVITE = 8510, "nobody to invite";
    CLIENT_ATTRIBUTE_CALL_LIMITS = 8511, "attribute call limits: writes 5 per second, reads 20 per 5 seconds";
    CLIENT_ONLINE_COUNT_CALL_MORE = 8512, "online-count call more than once per 60 s";
    CLIENT_PROFILE_READ_MORE_ONCE = 8513, "profile read more than once per second";
    CLIENT_JOINED_LIST_READ_MORE = 8514, "joined-list read more than once per second";
    CLIENT_MEMBER_MARKING_NOT_ALLOWED = 8515, "member marking not allowed";
    CLIENT_PROFILE_FIELD_INVALID = 9001, "profile field invalid";
    CLIENT_REMARK_ABOVE_BYTES = 9002, "remark above 96 bytes";
    CLIENT_REQUEST_WORDING_ABOVE_BYTES = 9003, "request wording above 120 bytes (the relationship guide says 256 bytes)";
    CLIENT_SOURCE_MUST_START_WITH = 9004, "source must start with AddSource_Type_";
    CLIENT_FRIEND_GROUP_NAME_EMPTY = 9005, "friend-group name empty or above 30 bytes";
    CLIENT_COUNT_LIMIT_EXCEEDED = 9006, "count limit exceeded";
    CLIENT_CHANNEL_ENCRYPTION_DECRYPTION_FAILURE = 9501, "channel encryption / decryption failure";
    CLIENT_CHANNEL_ENCRYPTION_DECRYPTION_FAILURE_9502 = 9502, "channel encryption / decryption failure";
    CLIENT_CHANNEL_NOT_AUTHENTICATED_YET = 9503, "channel not authenticated yet";
    CLIENT_COMPRESSION_DECOMPRESSION_FAILURE = 9504, "compression / decompression failure";
    CLIENT_COMPRESSION_DECOMPRESSION_FAILURE_9505 = 9505, "compression / decompression failure";
    CLIENT_MORE_REQUESTS_PER_SECOND = 9506, "more than 5 requests per second";
    CLIENT_MORE_REQUESTS_QUEUED = 9507, "more than 1,000 requests queued";
    CLIENT_NO_NETWORK = 9508, "no network";
    CLIENT_DUPLICATE_CONNECTION = 9509, "duplicate connection";
    CLIENT_CONNECT_TIMEOUT = 9510, "connect timeout";
    CLIENT_CONNECTION_REFUSED = 9511, "connection refused (too frequent)";
    CLIENT_NO_ROUTE = 9512, "no route";
    CLIENT_BUFFER_EXHAUSTED = 9513, "buffer exhausted";
    CLIENT_CONNECTION_RESET = 9514, "connection reset; reconnect follows by itself";
    CLIENT_CONNECTION_RESET_9517 = 9517, "connection reset; reconnect follows by itself";
    CLIENT_SOCKET_INVALID = 9515, "socket invalid; address unresolvable";
    CLIENT_SOCKET_INVALID_9516 = 9516, "socket invalid; address unresolvable";
    CLIENT_TIMEOUTS = 9518, "timeouts: waiting to queue; waiting to reach the OS; waiting for the answer; part of the data unsent";
    CLIENT_TIMEOUTS_9519 = 9519, "timeouts: waiting to queue; waiting to reach the OS; waiting for the answer; part of the data unsent";
    CLIENT_TIMEOUTS_9520 = 9520, "timeouts: waiting to queue; waiting to reach the OS; waiting for the answer; part of the data unsent";
    CLIENT_TIMEOUTS_9521 = 9521, "timeouts: waiting to queue; waiting to reach the OS; waiting for the answer; part of the data unsent";
    CLIENT_PACKET_ABOVE_MB = 9522, "packet above 1 MB";
    CLIENT_SAME_TIMEOUTS_WHILE_DISCONNECTED = 9523, "the same timeouts while disconnected";
    CLIENT_SAME_TIMEOUTS_WHILE_DISCONNECTED_9524 = 9524, "the same timeouts while disconnected";
    CLIENT_SAME_TIMEOUTS_WHILE_DISCONNECTED_9525 = 9525, "the same timeouts while disconnected";
    CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED = 4001, "upload or image processing refused or failed";
    CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED_4002 = 4002, "upload or image processing refused or failed";
    CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED_4003 = 4003, "upload or image processing refused or failed";
    CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED_4004 = 4004, "upload or image processing refused or failed";
    CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED_4005 = 4005, "upload or image processing refused or failed";
    CLIENT_UPLOAD_DOWNLOAD_FAILED = 6006, "upload or download failed";
    CLIENT_UPLOAD_DOWNLOAD_FAILED_6007 = 6007, "upload or download failed";
    CLIENT_UPLOAD_DOWNLOAD_FAILED_6008 = 6008, "upload or download failed";
    CLIENT_UPLOAD_DOWNLOAD_FAILED_6009 = 6009, "upload or download failed";
    CLIENT_UPLOAD_DOWNLOAD_FAILED_6010 = 6010, "upload or download failed";
    CLIENT_UPLOAD_DOWNLOAD_FAILED_6031 = 6031, "upload or download failed";
    CLIENT_FILE_RESOURCE_MISSING_UNREADABLE = 114000, "file resource missing, unreadable, too big or cancelled";
    CLIENT_FILE_RESOURCE_MISSING_UNREADABLE_114001 = 114001, "file resource missing, unreadable, too big or cancelled";
    CLIENT_FILE_RESOURCE_MISSING_UNREADABLE_114002 = 114002, "file resource missing, unreadable, too big or cancelled";
    CLIENT_FILE_RESOURCE_MISSING_UNREADABLE_114003 = 114003, "file resource missing, unreadable, too big or cancelled";
    CLIENT_FILE_RESOURCE_MISSING_UNREADABLE_114004 = 114004, "file resource missing, unreadable, too big or cancelled";
    CLIENT_FILE_RESOURCE_MISSING_UNREADABLE_114005 = 114005, "file resource missing, unreadable, too big or cancelled";
    CLIENT_FILE_READ_FAILED_TIMED = 114011, "file read failed or timed out";
    CLIENT_BAD_FILE_PARAMETER = 115066, "bad file parameter";
    CLIENT_FILE_CHECKSUM_MISMATCH = 115068, "file checksum mismatch";
}

impl ErrorCode {
    /// The contract's text; of two services that share a number, the first in the contract's order.
    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("unknown error", |row| row.2)
    }

    /// Whether this is success.
    pub fn is_ok(self) -> bool {
        self == Self::OK
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_number_stands_twice_only_where_two_services_share_it() {
        let mut seen = BTreeMap::new();
        for (code, _, _) in ErrorCode::ALL {
            *seen.entry(code.0).or_insert(0) += 1;
        }
        let shared: Vec<i32> = seen.into_iter().filter(|(_, n)| *n > 1).map(|(code, _)| code).collect();
        assert_eq!(shared, [130004, 130005, 130008, 130009, 130010], "numbers shared by two services");
    }

    #[test]
    fn every_number_of_the_contract_has_a_text() {
        let contract = include_str!("../contract/error-codes.md");
        let mut checked = 0;
        for line in contract.lines() {
            let Some(cell) = line.strip_prefix("| ").and_then(|rest| rest.split(" | ").next()) else { continue };
            for number in cell.split(", ").filter_map(|n| n.parse::<i32>().ok()) {
                assert_ne!(ErrorCode(number).text(), "unknown error", "{number} is in the contract only");
                checked += 1;
            }
        }
        assert!(checked > 250, "only {checked} numbers were found in the contract");
    }
}
