//! A pruned service model. A trait that the generator does not know is an error, so that none is
//! silently lost.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Model {
    pub metadata: Metadata,
    pub operations: BTreeMap<String, Operation>,
    pub shapes: BTreeMap<String, Shape>,
    #[serde(default)]
    pub routes: BTreeMap<String, Route>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub protocol: String,
    pub service_full_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    pub http: Http,
    pub input: Option<Reference>,
    pub output: Option<Reference>,
    #[serde(default)]
    pub errors: Vec<Reference>,
    pub authtype: Option<String>,
    pub documentation: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Http {
    pub method: String,
    pub response_code: Option<u16>,
}

impl Model {
    /// Adds headers as texts to the shapes of requests.
    pub(crate) fn add_headers(
        &mut self,
        headers: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Result<(), String> {
        for (shape, members) in headers {
            let shape = self.shapes.get_mut(shape).ok_or_else(|| format!("no shape {shape}"))?;
            let added = members.iter().map(|(member, header)| {
                let reference = Reference {
                    shape: TEXT.to_owned(),
                    location: Some("header".to_owned()),
                    location_name: Some(header.clone()),
                    streaming: false,
                    documentation: Some(format!("The header `{header}` of HTTP.")),
                    result_wrapper: None,
                    xml_attribute: false,
                };
                (member.clone(), reference)
            });
            shape.members.extend(added);
        }
        Ok(())
    }
}

/// A shape of the model that is a text without constraints.
const TEXT: &str = "IfMatch";

/// Another shape, and what is said of it where it is used.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Reference {
    pub shape: String,
    pub location: Option<String>,
    pub location_name: Option<String>,
    #[serde(default)]
    pub streaming: bool,
    pub documentation: Option<String>,
    pub result_wrapper: Option<String>,
    #[serde(default)]
    pub xml_attribute: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Shape {
    #[serde(rename = "type")]
    pub kind: Kind,
    #[serde(default)]
    pub members: BTreeMap<String, Reference>,
    #[serde(default)]
    pub required: Vec<String>,
    pub member: Option<Reference>,
    pub key: Option<Reference>,
    pub value: Option<Reference>,
    #[serde(default, rename = "enum")]
    pub values: Vec<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    #[serde(default)]
    pub sensitive: bool,
    pub timestamp_format: Option<String>,
    #[serde(default)]
    pub flattened: bool,
    pub payload: Option<String>,
    pub error: Option<ErrorTrait>,
    #[serde(default)]
    pub fault: bool,
    pub documentation: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Integer,
    Long,
    Boolean,
    Timestamp,
    Blob,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ErrorTrait {
    pub code: Option<String>,
    pub http_status_code: Option<u16>,
}

/// What distinguishes the requests of an operation of a REST service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Route {
    pub method: String,
    pub request_uri: String,
    pub headers: Vec<String>,
    pub query: Vec<String>,
    pub optional_query: Vec<String>,
}
