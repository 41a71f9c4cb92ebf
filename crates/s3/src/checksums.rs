use objects::{ChecksumType, Object, UploadChecksum};
use sigv4::{Checksum, ChecksumAlgorithm};

use crate::error::S3Error;

/// The checksums of an object or a part, as the members of outputs have them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ChecksumMembers {
    pub(crate) crc32: Option<String>,
    pub(crate) crc32c: Option<String>,
    pub(crate) crc64_nvme: Option<String>,
    pub(crate) sha1: Option<String>,
    pub(crate) sha256: Option<String>,
    /// What those of an object are of.
    pub(crate) kind: Option<wire::s3::ChecksumType>,
}

impl ChecksumMembers {
    pub(crate) fn of_object(object: &Object) -> Self {
        let texts = object.checksums.iter().map(|sum| (sum.algorithm(), object.checksum_text(sum)));
        let mut members = Self::of(texts);
        members.kind = checksum_type(object);
        members
    }

    pub(crate) fn of_part(checksum: &Checksum) -> Self {
        Self::of([(checksum.algorithm(), checksum.to_base64())])
    }

    fn of(texts: impl IntoIterator<Item = (ChecksumAlgorithm, String)>) -> Self {
        let mut members = Self::default();
        for (algorithm, text) in texts {
            let member = match algorithm {
                ChecksumAlgorithm::Crc32 => &mut members.crc32,
                ChecksumAlgorithm::Crc32c => &mut members.crc32c,
                ChecksumAlgorithm::Crc64Nvme => &mut members.crc64_nvme,
                ChecksumAlgorithm::Sha1 => &mut members.sha1,
                ChecksumAlgorithm::Sha256 => &mut members.sha256,
            };
            *member = Some(text);
        }
        members
    }
}

/// What the checksums of an object are of, if it has any.
pub(crate) fn checksum_type(object: &Object) -> Option<wire::s3::ChecksumType> {
    (!object.checksums.is_empty()).then(|| type_on_wire(object.checksum_type))
}

/// The type as the model names it.
pub(crate) fn type_on_wire(checksum_type: ChecksumType) -> wire::s3::ChecksumType {
    match checksum_type {
        ChecksumType::FullObject => wire::s3::ChecksumType::FullObject,
        ChecksumType::Composite => wire::s3::ChecksumType::Composite,
    }
}

/// The reverse.
pub(crate) fn type_of(checksum_type: wire::s3::ChecksumType) -> ChecksumType {
    match checksum_type {
        wire::s3::ChecksumType::FullObject => ChecksumType::FullObject,
        wire::s3::ChecksumType::Composite => ChecksumType::Composite,
    }
}

/// The names of the algorithms, as listings have them.
pub(crate) fn algorithms(checksums: &[Checksum]) -> Option<Vec<wire::s3::ChecksumAlgorithm>> {
    let names: Vec<_> = checksums.iter().map(|checksum| on_wire(checksum.algorithm())).collect();
    (!names.is_empty()).then_some(names)
}

/// The algorithm as the model names it.
pub(crate) fn on_wire(algorithm: ChecksumAlgorithm) -> wire::s3::ChecksumAlgorithm {
    use wire::s3::ChecksumAlgorithm as OnWire;
    match algorithm {
        ChecksumAlgorithm::Crc32 => OnWire::Crc32,
        ChecksumAlgorithm::Crc32c => OnWire::Crc32c,
        ChecksumAlgorithm::Crc64Nvme => OnWire::Crc64nvme,
        ChecksumAlgorithm::Sha1 => OnWire::Sha1,
        ChecksumAlgorithm::Sha256 => OnWire::Sha256,
    }
}

/// The reverse, for the algorithms that are served.
///
/// The model also knows MD5, SHA-512 and `XXHash`: nothing here computes them.
pub(crate) fn algorithm_of(
    algorithm: wire::s3::ChecksumAlgorithm,
) -> Result<ChecksumAlgorithm, S3Error> {
    ChecksumAlgorithm::ALL
        .into_iter()
        .find(|known| on_wire(*known) == algorithm)
        .ok_or(S3Error::NotImplemented { what: "this checksum algorithm" })
}

/// The checksum that the object of an upload gets, if one is asked for.
///
/// Source: S3 User Guide, *Checking object integrity in Amazon S3*, table *Supported checksum
/// algorithms*: which types an algorithm has, and which one it has by default.
pub(crate) fn upload_checksum(
    algorithm: Option<wire::s3::ChecksumAlgorithm>,
    checksum_type: Option<wire::s3::ChecksumType>,
) -> Result<Option<UploadChecksum>, S3Error> {
    use ChecksumType::{Composite, FullObject};
    let Some(named) = algorithm else {
        return match checksum_type {
            None => Ok(None),
            Some(_) => Err(S3Error::InvalidRequest(
                "The x-amz-checksum-type header can only be used with the \
                 x-amz-checksum-algorithm header.",
            )),
        };
    };
    let algorithm = algorithm_of(named)?;
    let asked = checksum_type.map(type_of);
    let checksum_type = match (algorithm, asked) {
        (ChecksumAlgorithm::Crc64Nvme, None | Some(FullObject)) => FullObject,
        (ChecksumAlgorithm::Crc32 | ChecksumAlgorithm::Crc32c, asked) => asked.unwrap_or(Composite),
        (ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256, None | Some(Composite)) => Composite,
        (ChecksumAlgorithm::Crc64Nvme, Some(Composite))
        | (ChecksumAlgorithm::Sha1 | ChecksumAlgorithm::Sha256, Some(FullObject)) => {
            let asked = asked.map_or("", |asked| type_on_wire(asked).as_str());
            return Err(S3Error::ChecksumType { asked, algorithm: named.as_str() });
        }
    };
    Ok(Some(UploadChecksum { algorithm, checksum_type }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_has_its_member_and_name() {
        let checksums: Vec<_> = ChecksumAlgorithm::ALL
            .into_iter()
            .map(|algorithm| {
                let text = base64::Engine::encode(
                    &base64::engine::general_purpose::STANDARD,
                    vec![u8::try_from(algorithm.length()).unwrap(); algorithm.length()],
                );
                Checksum::from_base64(algorithm, text.as_bytes()).unwrap()
            })
            .collect();
        for checksum in &checksums {
            let members = ChecksumMembers::of_part(checksum);
            let ChecksumMembers { crc32, crc32c, crc64_nvme, sha1, sha256, kind } = members;
            let texts = [crc32, crc32c, crc64_nvme, sha1, sha256];
            let place = ChecksumAlgorithm::ALL.iter().position(|a| *a == checksum.algorithm());
            for (at, text) in texts.iter().enumerate() {
                let expected = (Some(at) == place).then(|| checksum.to_base64());
                assert_eq!(*text, expected);
            }
            assert_eq!(kind, None);
            let named = on_wire(checksum.algorithm());
            assert_eq!(algorithm_of(named).ok(), Some(checksum.algorithm()));
        }
        for (name, checksum) in algorithms(&checksums).unwrap().iter().zip(&checksums) {
            assert_eq!(name.as_str(), checksum.algorithm().to_string());
        }
        assert_eq!(algorithms(&[]), None);
    }

    #[test]
    fn an_upload_has_the_types_that_its_algorithm_has() {
        use ChecksumType::{Composite, FullObject};
        use wire::s3::ChecksumAlgorithm as Algorithm;
        let planned = |algorithm, asked: Option<ChecksumType>| {
            let plan = upload_checksum(algorithm, asked.map(type_on_wire));
            plan.map(|plan| plan.map(|plan| plan.checksum_type)).map_err(|error| {
                let fault = wire::Fault::from(error);
                (fault.code(), fault.message().to_owned())
            })
        };
        for algorithm in [Algorithm::Crc32, Algorithm::Crc32c] {
            assert_eq!(planned(Some(algorithm), None), Ok(Some(Composite)));
            assert_eq!(planned(Some(algorithm), Some(FullObject)), Ok(Some(FullObject)));
        }
        for algorithm in [Algorithm::Sha1, Algorithm::Sha256] {
            assert_eq!(planned(Some(algorithm), None), Ok(Some(Composite)));
            let (code, message) = planned(Some(algorithm), Some(FullObject)).unwrap_err();
            assert_eq!(code, "InvalidRequest");
            assert!(message.contains("FULL_OBJECT") && message.contains(algorithm.as_str()));
        }
        assert_eq!(planned(Some(Algorithm::Crc64nvme), None), Ok(Some(FullObject)));
        assert!(planned(Some(Algorithm::Crc64nvme), Some(Composite)).is_err());
        assert_eq!(planned(None, None), Ok(None));
        assert!(planned(None, Some(Composite)).is_err());
        assert_eq!(planned(Some(Algorithm::Sha512), None).unwrap_err().0, "NotImplemented");
    }
}
