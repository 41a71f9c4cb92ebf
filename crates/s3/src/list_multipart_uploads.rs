use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::{ListUploads, Upload, UploadListing, UploadsAfter};
use wire::s3::{
    CommonPrefix, EncodingType, ListMultipartUploadsOutput, ListMultipartUploadsRequest,
    MultipartUpload,
};

use crate::{
    S3,
    checksums::{self, type_on_wire},
    error::S3Error,
    listing::encode,
    target::decided_bucket,
    uploads::{on_wire, owner_of, page_size},
    write_options::STANDARD,
};

/// How many uploads a listing has at most.
///
/// Source: S3 User Guide, *Amazon S3 multipart upload limits*.
const UPLOADS_MAX: i32 = 1000;

/// [`ListMultipartUploads`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html)
pub(crate) struct ListMultipartUploads(pub(crate) Arc<S3>);

impl Operation for ListMultipartUploads {
    type Wire = wire::s3::ListMultipartUploads;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListMultipartUploadsRequest) -> Result<Vec<Need>, S3Error> {
        // Its row in the Service Authorization Reference has no `s3:prefix`: who may list the uploads of a
        // bucket may list those of every prefix.
        let on = On::Bucket(input.bucket.clone());
        Ok(vec![Need::new("s3:ListBucketMultipartUploads", on)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListMultipartUploadsOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let what = what(input)?;
        let listing = self.0.objects.list_uploads(&bucket.value, &what).await?;
        Ok(answer(input, &listing, &bucket.value))
    }
}

fn max_uploads(input: &ListMultipartUploadsRequest) -> Result<i32, S3Error> {
    let message = "Argument max-uploads must be an integer between 0 and 2147483647";
    page_size("max-uploads", input.max_uploads, UPLOADS_MAX, message)
}

fn what(input: &ListMultipartUploadsRequest) -> Result<ListUploads, S3Error> {
    let max_uploads = usize::try_from(max_uploads(input)?).unwrap_or_default();
    let marker = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    // Without a key marker the other one is not looked at.
    let after = match (marker(&input.key_marker), marker(&input.upload_id_marker)) {
        (None, _) => None,
        (Some(key), None) => Some(UploadsAfter::Key(key)),
        (Some(key), Some(id)) => {
            let id = id.parse().map_err(|_| S3Error::InvalidArgument {
                name: "upload-id-marker",
                value: id.chars().take(100).collect(),
                message: "Invalid uploadId marker",
            })?;
            Some(UploadsAfter::Upload(key, id))
        }
    };
    Ok(ListUploads {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().unwrap_or_default(),
        after,
        max_uploads,
    })
}

fn answer(
    input: &ListMultipartUploadsRequest,
    listing: &UploadListing,
    bucket: &objects::Bucket,
) -> ListMultipartUploadsOutput {
    let url = input.encoding_type == Some(EncodingType::Url);
    let text = |text: &str| if url { encode(text) } else { text.to_owned() };
    let upload = |upload: &Upload| MultipartUpload {
        key: Some(text(upload.key.as_str())),
        upload_id: Some(upload.id.to_string()),
        initiated: Some(upload.initiated),
        initiator: Some(on_wire(&upload.initiator)),
        owner: Some(owner_of(bucket)),
        storage_class: Some(STANDARD.to_owned()),
        checksum_algorithm: upload.checksum.map(|sum| checksums::on_wire(sum.algorithm)),
        checksum_type: upload.checksum.map(|sum| type_on_wire(sum.checksum_type)),
        ..MultipartUpload::default()
    };
    let (next_key, next_id) = match &listing.next {
        None => (None, None),
        Some(UploadsAfter::Key(key)) => (Some(text(key)), None),
        Some(UploadsAfter::Upload(key, id)) => (Some(text(key)), Some(id.to_string())),
    };
    ListMultipartUploadsOutput {
        bucket: Some(input.bucket.clone()),
        prefix: Some(text(input.prefix.as_deref().unwrap_or_default())),
        delimiter: input.delimiter.as_deref().map(text),
        encoding_type: input.encoding_type,
        key_marker: Some(text(input.key_marker.as_deref().unwrap_or_default())),
        upload_id_marker: Some(input.upload_id_marker.clone().unwrap_or_default()),
        is_truncated: Some(listing.next.is_some()),
        next_key_marker: next_key,
        next_upload_id_marker: next_id,
        max_uploads: max_uploads(input).ok(),
        uploads: Some(listing.uploads.iter().map(upload).collect()),
        common_prefixes: Some(
            listing
                .common_prefixes
                .iter()
                .map(|prefix| CommonPrefix { prefix: Some(text(prefix)) })
                .collect(),
        ),
        ..ListMultipartUploadsOutput::default()
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn markers_say_where_to_go_on() {
        let id = "0".repeat(48);
        let after = |key: Option<&str>, id: Option<&str>| {
            let input = ListMultipartUploadsRequest {
                key_marker: key.map(str::to_owned),
                upload_id_marker: id.map(str::to_owned),
                ..ListMultipartUploadsRequest::default()
            };
            what(&input).map(|what| what.after).map_err(|error| Fault::from(error).code())
        };
        assert_eq!(after(None, Some("anything")), Ok(None));
        assert_eq!(after(Some(""), None), Ok(None));
        assert_eq!(after(Some("k"), None), Ok(Some(UploadsAfter::Key("k".into()))));
        assert_eq!(after(Some("k"), Some("")), Ok(Some(UploadsAfter::Key("k".into()))));
        let upload = UploadsAfter::Upload("k".into(), id.parse().unwrap());
        assert_eq!(after(Some("k"), Some(&id)), Ok(Some(upload)));
        assert_eq!(after(Some("k"), Some("not one")), Err("InvalidArgument"));
    }
}
