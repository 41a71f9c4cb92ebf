use sigv4::{Checksum, ChecksumAlgorithm};
use wire::s3::ChecksumType;

/// The checksums of an object, as the members of outputs have them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ChecksumMembers {
    pub(crate) crc32: Option<String>,
    pub(crate) crc32c: Option<String>,
    pub(crate) crc64_nvme: Option<String>,
    pub(crate) sha1: Option<String>,
    pub(crate) sha256: Option<String>,
    /// Of the whole object, if there is one.
    pub(crate) kind: Option<ChecksumType>,
}

impl ChecksumMembers {
    pub(crate) fn of(checksums: &[Checksum]) -> Self {
        let mut members = Self::default();
        for checksum in checksums {
            let member = match checksum.algorithm() {
                ChecksumAlgorithm::Crc32 => &mut members.crc32,
                ChecksumAlgorithm::Crc32c => &mut members.crc32c,
                ChecksumAlgorithm::Crc64Nvme => &mut members.crc64_nvme,
                ChecksumAlgorithm::Sha1 => &mut members.sha1,
                ChecksumAlgorithm::Sha256 => &mut members.sha256,
            };
            *member = Some(checksum.to_base64());
            members.kind = Some(ChecksumType::FullObject);
        }
        members
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
        let members = ChecksumMembers::of(&checksums);
        let texts =
            [members.crc32, members.crc32c, members.crc64_nvme, members.sha1, members.sha256];
        for (text, checksum) in texts.iter().zip(&checksums) {
            assert_eq!(text.as_deref(), Some(&*checksum.to_base64()));
        }
        assert_eq!(members.kind, Some(ChecksumType::FullObject));
        assert_eq!(ChecksumMembers::of(&[]), ChecksumMembers::default());
        for (name, checksum) in algorithms(&checksums).unwrap().iter().zip(&checksums) {
            assert_eq!(name.as_str(), checksum.algorithm().to_string());
        }
        assert_eq!(algorithms(&[]), None);
    }
}
