//! Bounds on what is read (*CloudFormation quotas*, unless said otherwise).
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>

/// Bytes of a template, from wherever it comes.
pub const TEXT_BYTES: usize = 1024 * 1024;
/// Bytes of a template in the request itself (`TemplateBody`).
pub const BODY_BYTES: usize = 51_200;
/// How deep maps and lists may be nested; our own bound.
pub const DEPTH: usize = 64;
/// Resources of a template.
pub const RESOURCES: usize = 500;
/// Parameters of a template.
pub const PARAMETERS: usize = 200;
/// Outputs of a template.
pub const OUTPUTS: usize = 200;
/// Mappings of a template.
pub const MAPPINGS: usize = 200;
/// Bytes of a parameter's value.
pub const PARAMETER_BYTES: usize = 4096;
/// Bytes of a template's description.
pub const DESCRIPTION_BYTES: usize = 1024;
/// Characters of a logical id.
pub const LOGICAL_ID_CHARACTERS: usize = 255;
/// Bytes that a template's functions may make in all; our own bound, so that a small template cannot
/// ask for much memory.
pub const EVALUATED_BYTES: usize = 8 * 1024 * 1024;
/// Problems that are told at once; our own bound.
pub const PROBLEMS: usize = 50;
