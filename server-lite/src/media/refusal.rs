//! Why an upload is refused: status, code and sentence in one place (`contract/tern-commands.md` section 7).

use axum::http::StatusCode;
use tern_protocol::ErrorCode;

/// Why bytes are not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The header is no number.
    #[error("Upload-Offset must be a whole number")]
    BadOffset,
    /// The request says no length, and it is needed.
    #[error("the request must say its length, and may not be empty")]
    NoLength,
    /// No row, or a wrong address.
    #[error("there is no such upload, or it was dropped")]
    Unknown,
    /// Bytes come too slowly.
    #[error("less than 16 KB came within 30 seconds")]
    TooSlow,
    /// The offset is another than the server's.
    #[error("Upload-Offset must be {0}: that many bytes are here")]
    Elsewhere(u64),
    /// More than was announced.
    #[error("more bytes came than Size announced; the upload is dropped")]
    TooLong,
    /// Not of the announced kind.
    #[error("the file is {0}, not of the announced Kind; the upload is dropped")]
    WrongKind(&'static str),
    /// Not of the announced hash.
    #[error("the file does not have the announced Sha256; the upload is dropped")]
    WrongHash,
    /// Too many uploads at once, or the server ends.
    #[error("too many uploads at once; try again")]
    Busy,
    /// A newer request came for the same upload.
    #[error("a newer request goes on with this upload")]
    Displaced,
    /// The disk is full.
    #[error("the server's disk is full")]
    Full,
    /// Below the rules.
    #[error("the upload failed inside the server")]
    Internal,
}

impl Refusal {
    /// Status of HTTP.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::BadOffset => StatusCode::BAD_REQUEST,
            Self::NoLength => StatusCode::LENGTH_REQUIRED,
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Elsewhere(_) | Self::Displaced => StatusCode::CONFLICT,
            Self::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongKind(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::WrongHash => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Full => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The contract's number.
    pub(crate) fn code(self) -> ErrorCode {
        match self {
            Self::BadOffset | Self::NoLength => ErrorCode::MESSAGE_BAD_REQUEST,
            Self::Unknown => ErrorCode::CLIENT_FILE_MISSING,
            Self::TooSlow => ErrorCode::CLIENT_FILE_READ_FAILED_TIMED,
            Self::Elsewhere(_) | Self::Displaced => ErrorCode::CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED_4004,
            Self::TooLong => ErrorCode::CLIENT_FILE_MISSING_7005,
            Self::WrongKind(_) => ErrorCode::CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED_4002,
            Self::WrongHash => ErrorCode::CLIENT_FILE_CHECKSUM_MISMATCH,
            Self::Busy => ErrorCode::REST_BUSY,
            Self::Full => ErrorCode::CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED_4005,
            Self::Internal => ErrorCode::MSG_INTERNAL,
        }
    }

    /// Whether the upload is dropped with all that had come.
    pub(crate) fn drops(self) -> bool {
        matches!(self, Self::TooLong | Self::WrongKind(_) | Self::WrongHash)
    }
}

impl From<std::io::Error> for Refusal {
    /// The detail is logged here, once.
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::NotFound {
            // It was dropped, or its time was over, while its bytes came in.
            return Self::Unknown;
        }
        tracing::error!(%error, "a file could not be written or read");
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Internal,
        }
    }
}

impl From<crate::store::engine::StoreError> for Refusal {
    fn from(error: crate::store::engine::StoreError) -> Self {
        use crate::store::engine::StoreError;
        match error {
            StoreError::Busy | StoreError::Closed => Self::Busy,
            StoreError::Full => Self::Full,
            error => {
                tracing::error!(%error, "an upload failed below its rules");
                Self::Internal
            }
        }
    }
}
