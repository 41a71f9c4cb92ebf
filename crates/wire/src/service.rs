/// The way a service puts requests and responses on the wire.
///
/// restJson 1 (API Gateway, Lambda) joins with its first service: it is what [`Protocol::RestXml`]
/// is, with JSON for a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// [awsJson 1.1](https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html): POST, the
    /// operation in `X-Amz-Target`, JSON both ways.
    Json,
    /// [awsQuery](https://smithy.io/2.0/aws/protocols/aws-query-protocol.html): POST, the operation
    /// in `Action`, a form in, XML out.
    Query,
    /// [restXml](https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html): the operation is
    /// method, path and query; members travel in path, query, headers and XML.
    RestXml,
}

/// A service that is spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// What AWS has no operation for: [`crate::cloakroom`].
    Cloakroom,
    /// AWS CloudFormation.
    Cloudformation,
    /// Amazon Cognito identity pools.
    CognitoIdentity,
    /// Amazon Cognito user pools.
    CognitoIdp,
    /// AWS Identity and Access Management.
    Iam,
    /// Amazon S3.
    S3,
    /// AWS Security Token Service.
    Sts,
}

impl Service {
    /// Every service.
    pub const ALL: &[Self] = &[
        Self::Cloakroom,
        Self::Cloudformation,
        Self::CognitoIdentity,
        Self::CognitoIdp,
        Self::Iam,
        Self::S3,
        Self::Sts,
    ];

    /// The name in the credential scope of a signature, and before the colon of an action.
    #[must_use]
    pub fn signing_name(self) -> &'static str {
        match self {
            Self::Cloakroom => "cloakroom",
            Self::Cloudformation => "cloudformation",
            Self::CognitoIdentity => "cognito-identity",
            Self::CognitoIdp => "cognito-idp",
            Self::Iam => "iam",
            Self::S3 => "s3",
            Self::Sts => "sts",
        }
    }

    /// The service of a credential scope, if it is served.
    #[must_use]
    pub fn from_signing_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|service| service.signing_name() == name)
    }

    /// The protocol it speaks.
    #[must_use]
    pub fn protocol(self) -> Protocol {
        match self {
            Self::Cloakroom | Self::CognitoIdentity | Self::CognitoIdp => Protocol::Json,
            Self::Cloudformation | Self::Iam | Self::Sts => Protocol::Query,
            Self::S3 => Protocol::RestXml,
        }
    }

    /// What stands before the dot of `X-Amz-Target`, in the protocol that has it.
    #[must_use]
    pub fn target_prefix(self) -> Option<&'static str> {
        match self {
            Self::Cloakroom => Some("Cloakroom"),
            Self::CognitoIdentity => Some("AWSCognitoIdentityService"),
            Self::CognitoIdp => Some("AWSCognitoIdentityProviderService"),
            Self::Cloudformation | Self::Iam | Self::S3 | Self::Sts => None,
        }
    }

    /// The namespace of its XML, in the protocols that have it.
    #[must_use]
    pub fn xml_namespace(self) -> Option<&'static str> {
        match self {
            Self::Cloakroom | Self::CognitoIdentity | Self::CognitoIdp => None,
            Self::Cloudformation => Some("http://cloudformation.amazonaws.com/doc/2010-05-15/"),
            Self::Iam => Some("https://iam.amazonaws.com/doc/2010-05-08/"),
            Self::S3 => Some("http://s3.amazonaws.com/doc/2006-03-01/"),
            Self::Sts => Some("https://sts.amazonaws.com/doc/2011-06-15/"),
        }
    }

    /// The version of the API, which awsQuery carries in `Version`.
    #[must_use]
    pub fn api_version(self) -> &'static str {
        match self {
            Self::Cloakroom => "2026-11-25",
            Self::Cloudformation => "2010-05-15",
            Self::CognitoIdentity => "2014-06-30",
            Self::CognitoIdp => "2016-04-18",
            Self::Iam => "2010-05-08",
            Self::S3 => "2006-03-01",
            Self::Sts => "2011-06-15",
        }
    }
}
