//! Files: upload, and the contract's `im_cos_msg` (`contract/rest-api.md` section 21, `contract/tern-commands.md` section 7).

use super::wire::wire;

wire! {
    /// `tern_media.begin`: asks for an upload address.
    MediaBegin {
        /// File name, shown to receivers.
        name "Name": String,
        size_bytes "Size": u64,
        /// `Image`, `Sound`, `Video` or `File`.
        kind "Kind": String,
        content_type "ContentType": String,
    }
    ? {
        /// SHA-256 in hexadecimal, where the client knows it: an upload that broke off is continued.
        sha256 "Sha256": String,
    }
}

wire! {
    /// Answer of `tern_media.begin`: `PUT` the bytes to `UploadUrl`, from `Offset`, with the header `Upload-Offset`.
    MediaBegun {
        upload_url "UploadUrl": String,
        offset "Offset": u64,
        object "Object": String,
        /// Server time, seconds, after which the upload is dropped.
        expire_time "ExpireTime": i64,
    }
}

wire! {
    /// `tern_media.finish`: the bytes are there; answers what goes into the element.
    MediaFinish { object "Object": String }
}

wire! {
    /// A finished file. Pictures have sizes: 1 original, 2 large, 3 thumbnail.
    MediaFile {
        uuid "UUID": String,
        url "Url": String,
        size_bytes "Size": u64,
        expire_time "ExpireTime": i64,
    }
    ? {
        image_format "ImageFormat": i64,
        image_info_array "ImageInfoArray": Vec<crate::model::message::ImageSize>,
    }
}

wire! {
    /// A URL to be signed again.
    RawUrl { resource_id "ResourceID": i64, raw_url "RawURL": String }
}

wire! {
    /// `im_cos_msg.get_cos_sig`.
    GetCosSig { raw_urls "RawURLs": Vec<RawUrl> }
}

wire! {
    /// One signed URL: `Status` 0 normal, 1 blocked, 2 absent; good for 15 minutes.
    PreSigUrl {
        code "Code": i32,
        desc "Desc": String,
        resource_id "ResourceID": i64,
        pre_sig_url "PreSigURL": String,
        status "Status": i64,
    }
}

wire! {
    /// Answer of `get_cos_sig`.
    PreSigUrls { pre_sig_urls "PreSigURLs": Vec<PreSigUrl> }
}

wire! {
    /// `im_cos_msg.forbid_illegal_object` and `allow_banned_object`.
    CosObject { raw_url "RawURL": String }
}
