//! What a resource type has at hand while a step of its is done.

use std::collections::BTreeMap;

use gate::Delegation;
use http::{HeaderMap, Method};
use serde_json::Value as Json;
use types::{AccountId, Arn, Region, Timestamp};
use wire::{Operation, RequestParts};

use crate::resource::{Failure, Properties};

/// One resource, what it is to be, and the permission to work on it.
pub(crate) struct Step<'a> {
    pub(crate) delegation: &'a Delegation,
    /// What it is to be made of.
    pub(crate) properties: &'a Properties,
    /// The name that the template gives it, or else one that was chosen and recorded.
    pub(crate) name: &'a str,
    /// When its making began.
    pub(crate) begun: Timestamp,
    pub(crate) stack: &'a StackPlace,
    /// Its logical id.
    pub(crate) logical_id: &'a str,
    /// What everything else of the stack is known by, also what this is to replace.
    pub(crate) taken: Vec<&'a str>,
}

/// The stack that resources are made in.
pub(crate) struct StackPlace {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
    pub(crate) name: String,
    pub(crate) arn: Arn,
}

impl Step<'_> {
    /// A text among the properties.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.properties.get(name)?.as_str()
    }

    /// A text that the schema requires.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| Failure::new(format!("the property {name} is missing")))
    }

    /// A policy document as text.
    pub(crate) fn document(&self, name: &str) -> Result<String, Failure> {
        let document = self.properties.get(name);
        let document = document.ok_or_else(|| Failure::new(format!("{name} is missing")))?;
        Ok(document.to_string())
    }

    /// The labels among the properties; those of the stack were put among them.
    pub(crate) fn tags(&self) -> BTreeMap<String, String> {
        tags_of(self.properties, "Tags")
    }

    /// Calls an operation.
    pub(crate) async fn call<P: Operation>(&self, input: P::Input) -> Result<P::Output, Failure> {
        let answer = self.delegation.call::<P>(input).await;
        answer.map_err(|unanswered| Failure::of_call(P::ID.service(), &unanswered))
    }

    /// Calls an operation of a JSON service, whose input is checked as one from the socket.
    pub(crate) async fn json<P: Operation>(&self, input: Json) -> Result<P::Output, Failure> {
        self.read_and_call::<P>(input.to_string().as_bytes()).await
    }

    /// The same of a service that takes forms.
    pub(crate) async fn form<P: Operation>(
        &self,
        members: &[(&str, &str)],
    ) -> Result<P::Output, Failure> {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(members).finish();
        self.read_and_call::<P>(body.as_bytes()).await
    }

    async fn read_and_call<P: Operation>(&self, body: &[u8]) -> Result<P::Output, Failure> {
        let headers = HeaderMap::new();
        let parts = RequestParts {
            method: &Method::POST,
            path: "/",
            bucket_in_host: None,
            query: Vec::new(),
            headers: &headers,
        };
        let input = P::read(&parts, body);
        let input = input.map_err(|fault| Failure::of_input(P::ID.service(), &fault))?;
        self.call::<P>(input).await
    }

    /// Whether something is known as another resource of the stack, or as what this one is to replace,
    /// and so is not what an interrupted step made. That matters where names need not be unique: what
    /// has the same name may also be of the same second.
    pub(crate) fn is_taken(&self, physical_id: &str) -> bool {
        self.taken.contains(&physical_id)
    }

    /// Whether what was made at that time can be what this step's predecessor made before it was
    /// interrupted. Services tell times in whole seconds.
    pub(crate) fn can_be_ours(&self, made: Option<Timestamp>) -> bool {
        made.is_some_and(|made| made.as_second() >= self.begun.as_second())
    }

    /// The ARN of something in the stack's account.
    pub(crate) fn arn(&self, service: &str, regional: bool, resource: &str) -> String {
        let region = regional.then_some(&self.stack.region);
        Arn::new(service, region, Some(&self.stack.account), resource).to_string()
    }
}

/// Labels, from a list of `Key` and `Value`.
pub(crate) fn tags_of(properties: &Properties, name: &str) -> BTreeMap<String, String> {
    let tags = properties.get(name).and_then(Json::as_array).into_iter().flatten();
    let text = |tag: &Json, name: &str| Some(tag.get(name)?.as_str()?.to_owned());
    tags.filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value")?))).collect()
}

/// The texts of a list property.
pub(crate) fn texts<'a>(properties: &'a Properties, name: &str) -> Vec<&'a str> {
    let list = properties.get(name).and_then(Json::as_array);
    list.into_iter().flatten().filter_map(Json::as_str).collect()
}
