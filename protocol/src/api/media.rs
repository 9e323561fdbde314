//! Files: upload, and the contract's `im_cos_msg` (`contract/rest-api.md` section 21, `contract/tern-commands.md` section 7).

use super::wire::wire;

wire! {
    /// `tern_media.begin`: asks for an upload address.
    MediaBegin {
        /// File name, shown to receivers: 1 to 255 bytes, no path.
        name "Name": String,
        /// Bytes: up to 28 MB for `Image` and `Sound`, 100 MB for `Video` and `File`.
        size_bytes "Size": u64,
        /// `Image`, `Sound`, `Video` or `File`.
        kind "Kind": String,
        /// MIME type; empty: not known.
        content_type "ContentType": String,
    }
    ? {
        /// SHA-256 in hexadecimal, where the client knows it: the bytes are checked, and an upload that broke off is continued by the same
        /// request.
        sha256 "Sha256": String,
    }
}

wire! {
    /// Answer of `tern_media.begin`: `PUT` the bytes to `UploadUrl`, from `Offset`, with the header `Upload-Offset`.
    MediaBegun {
        upload_url "UploadUrl": String,
        /// Bytes that the server has.
        offset "Offset": u64,
        /// Names the file in `tern_media.finish`.
        object "Object": String,
        /// Server time, seconds, after which the upload is dropped.
        expire_time "ExpireTime": i64,
    }
}

wire! {
    /// JSON that answers `PUT` and `DELETE` of an upload, beside the envelope.
    MediaReceived {
        /// Bytes that the server has.
        offset "Offset": u64,
        /// 1: all bytes are there and checked, `tern_media.finish` may follow.
        complete "Complete": i64,
    }
}

wire! {
    /// `tern_media.finish`: the bytes are there; answers what goes into the element.
    MediaFinish { object "Object": String }
}

wire! {
    /// A finished file.
    MediaFile {
        /// `UUID`, `VideoUUID` or `ThumbUUID` of the element.
        uuid "UUID": String,
        /// Works as it stands until `ExpireTime`, for everybody who has it.
        url "Url": String,
        size_bytes "Size": u64,
        /// Server time, seconds, after which the file is gone.
        expire_time "ExpireTime": i64,
    }
    ? {
        /// Of pictures: JPG 1, GIF 2, PNG 3, BMP 4, other 255.
        image_format "ImageFormat": i64,
        /// Of pictures, always three entries: 1 original, 2 large, 3 thumbnail. What needs no smaller size names the original again;
        /// `Width` and `Height` are 0 where the server cannot read the format.
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
        /// Empty unless `Status` is 0.
        pre_sig_url "PreSigURL": String,
        status "Status": i64,
    }
}

wire! {
    /// Answer of `get_cos_sig`, in the order of the request.
    PreSigUrls { pre_sig_urls "PreSigURLs": Vec<PreSigUrl> }
}

wire! {
    /// `im_cos_msg.forbid_illegal_object` and `allow_banned_object`.
    CosObject { raw_url "RawURL": String }
}
