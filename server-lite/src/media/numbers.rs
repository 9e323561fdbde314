//! What is counted of files, for `/metrics`.

use super::{Active, Refusal};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// Counters and gauges; cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    /// Files that are finished.
    pub(crate) uploads: Counter,
    /// Bytes that came in.
    pub(crate) received_bytes: Counter,
    /// Downloads that were answered with bytes.
    pub(crate) downloads: Counter,
    /// Downloads that run now.
    pub(crate) downloads_open: Gauge,
    /// Bytes that went out.
    pub(crate) sent_bytes: Counter,
    /// Files whose time was over.
    pub(crate) expired: Counter,
    /// Contents on disk.
    pub(crate) contents: Gauge,
    /// Their bytes.
    pub(crate) content_bytes: Gauge,
    open: Gauge,
    /// By code: strangers cannot add any.
    refusals: Family<[(&'static str, String); 1], Counter>,
    pictures: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Numbers {
    /// Puts them into a registry.
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register("media_uploads", "Files whose upload was finished", self.uploads.clone());
        registry.register("media_received_bytes", "Bytes of files that came in", self.received_bytes.clone());
        registry.register("media_upload_refusals", "Uploads that were refused, by ErrorCode", self.refusals.clone());
        registry.register("media_pictures", "Pictures that got smaller sizes, and that kept their original", self.pictures.clone());
        registry.register("media_downloads", "Downloads of files", self.downloads.clone());
        registry.register("media_downloads_open", "Downloads that run now", self.downloads_open.clone());
        registry.register("media_sent_bytes", "Bytes of files that went out", self.sent_bytes.clone());
        registry.register("media_expired", "Files whose time was over", self.expired.clone());
        registry.register("media_uploads_open", "Uploads whose bytes come in now", self.open.clone());
        registry.register("media_contents", "Different contents on disk", self.contents.clone());
        registry.register("media_content_bytes", "Bytes of contents on disk", self.content_bytes.clone());
    }

    /// Counts a refused upload.
    pub(crate) fn refused(&self, refusal: Refusal) {
        self.refusals.get_or_create(&[("code", refusal.code().to_string())]).inc();
    }

    /// Counts a picture.
    pub(crate) fn picture(&self, was_scaled: bool) {
        self.pictures.get_or_create(&[("sizes", if was_scaled { "made" } else { "original" })]).inc();
    }

    /// How many uploads come in now.
    pub(crate) fn open(&self, active: &Active) {
        self.open.set(i64::try_from(active.count()).unwrap_or(i64::MAX));
    }
}
