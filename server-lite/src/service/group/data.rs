//! What attributes and counters of groups share: why they are refused, and who may touch them.

use super::permission::Standing;
use super::{GroupError, standing};
use crate::service::{AreaError, Context};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::GroupRow;
use tern_protocol::model::group::GroupKind;
use tern_protocol::{ErrorCode, limits};

/// Why a command for attributes or counters is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DataError {
    /// Of groups in general.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// The type does not know the operation.
    #[error("groups of type {} do not support this", .0.name())]
    Unsupported(GroupKind),
    /// The edition does not have it.
    #[error("the edition of this application has no {0}")]
    PlanRequired(&'static str),
    /// A key is too long.
    #[error("the key of an attribute may have {} bytes", limits::GROUP_ATTRIBUTE_KEY_BYTES)]
    AttributeKeyTooLong,
    /// A value is too long.
    #[error("the value of an attribute may have {} bytes", limits::GROUP_ATTRIBUTE_VALUE_BYTES)]
    AttributeValueTooLong,
    /// The group would have too many.
    #[error("a group may have {} attributes", limits::GROUP_ATTRIBUTES)]
    TooManyAttributes,
    /// They would be too long together.
    #[error("the attributes of a group may have {} bytes together", limits::GROUP_ATTRIBUTES_BYTES)]
    AttributesTooLong,
    /// Too often.
    #[error("the attributes of a group may be written {} times a second", limits::GROUP_ATTRIBUTE_WRITES)]
    TooManyAttributeWrites,
    /// It is not there.
    #[error("there is no attribute {0:?}")]
    NoAttribute(String),
    /// Somebody else wrote first.
    #[error("the attributes were written by somebody else meanwhile; read them and try again")]
    AttributeRace,
    /// The group would have too many.
    #[error("a group may have {} counters", limits::GROUP_COUNTERS)]
    TooManyCounters,
    /// The sum is no 64-bit number.
    #[error("the counter would leave the range of signed 64-bit numbers")]
    CounterOverflow,
    /// Too often.
    #[error("counters may be read, and written, {} times in 5 seconds", limits::GROUP_COUNTER_CALLS)]
    TooManyCounterCalls,
}

impl DataError {
    pub(super) fn bad(what: &str) -> Self {
        Self::Group(GroupError::BadParameter(what.to_owned()))
    }
}

impl From<StoreError> for DataError {
    fn from(error: StoreError) -> Self {
        Self::Group(error.into())
    }
}

impl AreaError for DataError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Group(error) => error.code(),
            Self::Unsupported(_) => ErrorCode::GROUP_PERMISSION_DENIED,
            Self::PlanRequired(_) => ErrorCode::GROUP_PLAN_REQUIRED,
            Self::AttributeKeyTooLong => ErrorCode::GROUP_ATTRIBUTE_KEY_ABOVE_BYTES,
            Self::AttributeValueTooLong => ErrorCode::GROUP_ATTRIBUTE_VALUE_ABOVE_BYTES,
            Self::TooManyAttributes => ErrorCode::GROUP_MORE_ATTRIBUTE_KEYS,
            Self::AttributesTooLong => ErrorCode::GROUP_ATTRIBUTE_VALUES_ABOVE_BYTES,
            Self::TooManyAttributeWrites => ErrorCode::GROUP_ATTRIBUTE_WRITES_ABOVE_PER,
            Self::NoAttribute(_) => ErrorCode::GROUP_ATTRIBUTE_DELETE_DOES_NOT,
            Self::AttributeRace => ErrorCode::GROUP_ATTRIBUTE_WRITE_RACE,
            Self::TooManyCounters => ErrorCode::GROUP_MORE_COUNTER_KEYS,
            Self::CounterOverflow => ErrorCode::GROUP_BAD_PARAMETER,
            Self::TooManyCounterCalls => ErrorCode::GROUP_RATE_EXCEEDED,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Group(error) => error.store(),
            _ => None,
        }
    }
}

/// Members, whatever their role, and the app admin; of every type of group.
pub(super) fn check_inside(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<(), GroupError> {
    match standing(tx, cx, group)? {
        Standing::Outside => Err(GroupError::Forbidden("only members of the group may do this")),
        Standing::AppAdmin | Standing::Inside(_) | Standing::Granted(_) => Ok(()),
    }
}
