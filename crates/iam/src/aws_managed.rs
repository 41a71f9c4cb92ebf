//! AWS's own managed policies, those that many attach.
//!
//! The documents say what the AWS Managed Policy Reference says of them; their texts are ours.

/// A managed policy that belongs to AWS, so that every account can attach it and none change it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwsManagedPolicy {
    /// Its name, the last part of its ARN.
    pub name: &'static str,
    /// Its path, `/` or `/…/`.
    pub path: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Which of its versions this is: the number behind the `v`.
    pub version: u32,
    /// When AWS made it, in seconds since 1970.
    pub created: i64,
    /// The document.
    pub document: &'static str,
}

impl AwsManagedPolicy {
    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("{ARN_PREFIX}{}{}", self.path, self.name)
    }
}

const ARN_PREFIX: &str = "arn:aws:iam::aws:policy";

/// Every one that is known, in the order of their names.
///
/// Source: AWS Managed Policy Reference Guide, the page of each.
#[must_use]
pub fn aws_managed_policies() -> &'static [AwsManagedPolicy] {
    const POLICIES: &[AwsManagedPolicy] = &[
        AwsManagedPolicy {
            name: "AdministratorAccess",
            path: "/",
            description: "Provides full access to AWS services and resources.",
            version: 1,
            created: 1_423_247_986,
            document: include_str!("aws_managed/AdministratorAccess.json"),
        },
        AwsManagedPolicy {
            name: "AmazonCognitoPowerUser",
            path: "/",
            description: "Provides administrative access to existing Amazon Cognito resources. You \
                          will need AWS account admin privileges to create new Cognito resources.",
            version: 9,
            created: 1_427_217_296,
            document: include_str!("aws_managed/AmazonCognitoPowerUser.json"),
        },
        AwsManagedPolicy {
            name: "AmazonS3FullAccess",
            path: "/",
            description: "Provides full access to all buckets via the AWS Management Console.",
            version: 2,
            created: 1_423_248_058,
            document: include_str!("aws_managed/AmazonS3FullAccess.json"),
        },
        AwsManagedPolicy {
            name: "AmazonS3ReadOnlyAccess",
            path: "/",
            description: "Provides read only access to all buckets via the AWS Management Console.",
            version: 3,
            created: 1_423_248_059,
            document: include_str!("aws_managed/AmazonS3ReadOnlyAccess.json"),
        },
        AwsManagedPolicy {
            name: "AWSLambdaBasicExecutionRole",
            path: "/service-role/",
            description: "Provides write permissions to CloudWatch Logs.",
            version: 1,
            created: 1_428_591_823,
            document: include_str!("aws_managed/AWSLambdaBasicExecutionRole.json"),
        },
        AwsManagedPolicy {
            name: "IAMFullAccess",
            path: "/",
            description: "Provides full access to IAM via the AWS Management Console.",
            version: 2,
            created: 1_423_248_038,
            document: include_str!("aws_managed/IAMFullAccess.json"),
        },
        AwsManagedPolicy {
            name: "PowerUserAccess",
            path: "/",
            description: "Provides full access to AWS services and resources, but does not allow \
                          management of Users and groups.",
            version: 6,
            created: 1_423_247_987,
            document: include_str!("aws_managed/PowerUserAccess.json"),
        },
    ];
    POLICIES
}

/// The one with this ARN, if it is known.
#[must_use]
pub fn aws_managed_policy(arn: &str) -> Option<&'static AwsManagedPolicy> {
    let resource = arn.strip_prefix(ARN_PREFIX)?;
    aws_managed_policies()
        .iter()
        .find(|policy| resource.strip_prefix(policy.path) == Some(policy.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Policy, PolicyKind, limits};

    #[test]
    fn every_document_is_an_identity_policy_within_the_limit_and_is_found_by_its_arn() {
        for policy in aws_managed_policies() {
            let parsed = Policy::parse(policy.document, PolicyKind::Identity);
            assert!(parsed.is_ok(), "{}: {parsed:?}", policy.name);
            assert!(limits::characters(policy.document) <= limits::MANAGED_POLICY);
            assert_eq!(aws_managed_policy(&policy.arn()), Some(policy));
        }
    }

    #[test]
    fn an_arn_is_exact() {
        let known = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
        assert!(aws_managed_policy(known).is_some());
        for arn in [
            "arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::aws:policy/service-role/AdministratorAccess",
            "arn:aws:iam::aws:policy/administratoraccess",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            "arn:aws:iam::123456789012:policy/AdministratorAccess",
            "arn:aws:iam::aws:policy",
            "",
        ] {
            assert_eq!(aws_managed_policy(arn), None, "{arn}");
        }
    }
}
