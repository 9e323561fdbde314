//! Values that go into a statement and come out of it; the engine's own types stay inside the engine.

use super::StoreError;

/// A borrowed statement parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Param<'a> {
    /// SQL NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Blob(&'a [u8]),
}

impl From<i64> for Param<'_> {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<u32> for Param<'_> {
    fn from(n: u32) -> Self {
        Self::Int(i64::from(n))
    }
}

impl From<i32> for Param<'_> {
    fn from(n: i32) -> Self {
        Self::Int(i64::from(n))
    }
}

/// Numbers of ours stay below 2^63; one that does not is kept bit by bit.
impl From<u64> for Param<'_> {
    fn from(n: u64) -> Self {
        Self::Int(n.cast_signed())
    }
}

impl From<bool> for Param<'_> {
    fn from(yes: bool) -> Self {
        Self::Int(i64::from(yes))
    }
}

impl<'a> From<&'a str> for Param<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Param<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Makes a parameter list: `params![group, seq, text]`.
macro_rules! params {
    ($($value:expr),* $(,)?) => { &[$($crate::store::engine::Param::from($value)),*] };
}
pub(crate) use params;

/// A value that was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// SQL NULL.
    Null,
    /// A whole number.
    Int(i64),
    /// A fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

/// One row of an answer; columns are asked for by place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row(pub(super) Vec<Value>);

impl Row {
    fn wrong(&self, column: usize, wanted: &'static str) -> StoreError {
        StoreError::Column { column, wanted }
    }

    /// A whole number that may not be NULL.
    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| self.wrong(column, "a number"))
    }

    /// A whole number or NULL.
    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(n)) => Ok(Some(*n)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(column, "a number")),
        }
    }

    /// A number that was written from a `u64`.
    pub(crate) fn u64(&self, column: usize) -> Result<u64, StoreError> {
        self.int(column).map(i64::cast_unsigned)
    }

    /// A number that fits in 32 bits.
    pub(crate) fn u32(&self, column: usize) -> Result<u32, StoreError> {
        u32::try_from(self.int(column)?).map_err(|_| self.wrong(column, "a 32-bit number"))
    }

    /// A flag.
    pub(crate) fn bool(&self, column: usize) -> Result<bool, StoreError> {
        self.int(column).map(|n| n != 0)
    }

    /// A text that may not be NULL.
    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.opt_text(column)?.ok_or_else(|| self.wrong(column, "a text"))
    }

    /// A text or NULL.
    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.wrong(column, "a text")),
        }
    }

    /// Moves a text out of the row.
    pub(crate) fn take_text(&mut self, column: usize) -> Result<String, StoreError> {
        match self.0.get_mut(column) {
            Some(Value::Text(text)) => Ok(std::mem::take(text)),
            _ => Err(self.wrong(column, "a text")),
        }
    }

    /// Moves a text or NULL out of the row.
    pub(crate) fn take_opt_text(&mut self, column: usize) -> Result<Option<String>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.take_text(column).map(Some),
        }
    }

    /// Bytes that may not be NULL.
    pub(crate) fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => Ok(bytes),
            _ => Err(self.wrong(column, "bytes")),
        }
    }
}
