//! How request and answer types are written down: the contract's names, tolerant reading.

use serde::{Deserialize, Deserializer};

/// A struct whose fields carry the contract's names. Reading: absent and `null` are the default (many SDKs write `null` for what
/// they do not set), unknown fields are skipped. Writing: fields after `?` are left out when they are `None`.
macro_rules! wire {
    (
        $(#[$meta:meta])*
        $name:ident {
            $($(#[$field_meta:meta])* $field:ident $wire:literal $(| $alias:literal)* : $type:ty),* $(,)?
        }
        $(? { $($(#[$option_meta:meta])* $option:ident $option_wire:literal $(| $option_alias:literal)* : $option_type:ty),* $(,)? })?
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $(
                #[doc = concat!("`", $wire, "`")]
                ///
                $(#[$field_meta])*
                #[serde(rename = $wire $(, alias = $alias)*, deserialize_with = "crate::api::wire::null_is_default")]
                pub $field: $type,
            )*
            $($(
                #[doc = concat!("`", $option_wire, "`")]
                ///
                $(#[$option_meta])*
                #[serde(rename = $option_wire $(, alias = $option_alias)*, skip_serializing_if = "Option::is_none")]
                pub $option: Option<$option_type>,
            )*)?
        }

        impl crate::api::Fields for $name {
            const NAMES: &'static [(&'static str, &'static [&'static str])] = &[
                $(($wire, &[$($alias),*]),)*
                $($(($option_wire, &[$($option_alias),*]),)*)?
            ];
        }
    };
}
pub(crate) use wire;

/// `null` reads as the default.
pub(crate) fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
