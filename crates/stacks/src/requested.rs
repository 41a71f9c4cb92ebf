//! What the operations that make or change a stack have in common: the source that is asked for, checked,
//! and the role that it is worked on as.

use std::collections::{BTreeMap, BTreeSet};

use directory::{StackKey, StackRole, StackSource, StackSourceKey};
use gate::{Authorized, Delegation};
use session::Sealed;
use templates::Evaluated;
use types::Arn;
use wire::cloudformation::{Capability, Parameter, Tag};

use crate::{
    SERVICE_PRINCIPAL, Stacks,
    engine::bound_to,
    error::StackError,
    finding::place,
    plan::Existing,
    source::{check_capabilities, evaluate, parameters, parse},
};

/// What a stack is to be made of, as a request says it.
pub(crate) struct Wanted {
    pub(crate) template_body: Option<String>,
    pub(crate) use_previous_template: bool,
    pub(crate) parameters: Option<Vec<Parameter>>,
    pub(crate) capabilities: Option<Vec<Capability>>,
    /// `None`: those of before.
    pub(crate) tags: Option<Vec<Tag>>,
}

/// A source that was checked, not yet recorded.
pub(crate) struct Checked {
    pub(crate) template: String,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) capabilities: BTreeSet<String>,
    pub(crate) evaluated: Evaluated,
}

impl Stacks {
    /// Checks what is asked for, against the source that the stack is made of, if it is made.
    pub(crate) async fn check(
        &self,
        wanted: Wanted,
        key: &StackKey,
        stack: &directory::Stack,
    ) -> Result<Checked, StackError> {
        let previous = match stack.source {
            Some(number) => {
                let (key, source) = self.source(key, number).await?;
                let parameters = self.vault().parameters(&key, &source)?;
                Some((source, parameters))
            }
            None => None,
        };
        let text = match (wanted.template_body, wanted.use_previous_template, &previous) {
            (Some(text), false, _) => text,
            (None, true, Some((source, _))) => source.template.clone(),
            (None, true, None) => {
                let message = "The stack has no template yet that could be used again.";
                return Err(StackError::Invalid(message.to_owned()));
            }
            (None, false, _) => {
                let message = "Either Template URL or Template Body must be specified.";
                return Err(StackError::Invalid(message.to_owned()));
            }
            (Some(_), true, _) => {
                let message =
                    "You cannot specify both usePreviousTemplate and Template Body/Template URL.";
                return Err(StackError::Invalid(message.to_owned()));
            }
        };
        let before = previous.as_ref().map(|(_, parameters)| parameters);
        let given = parameters(wanted.parameters, before)?;
        let template = parse(&text)?;
        let evaluated = evaluate(&template, &text, &place(key, stack), &given)?;
        let capabilities: BTreeSet<_> = wanted
            .capabilities
            .into_iter()
            .flatten()
            .map(|capability| capability.as_str().to_owned())
            .collect();
        check_capabilities(&evaluated, &capabilities)?;
        let tags = match (wanted.tags, previous) {
            (Some(tags), _) => checked_tags(tags)?,
            (None, Some((source, _))) => source.tags,
            (None, None) => BTreeMap::new(),
        };
        let parameters = evaluated.parameters.iter().cloned().collect();
        Ok(Checked { template: text, parameters, tags, capabilities, evaluated })
    }

    /// The record of a source.
    pub(crate) fn source_record(
        &self,
        key: &StackSourceKey,
        checked: &Checked,
    ) -> Result<StackSource, StackError> {
        Ok(StackSource {
            template: checked.template.clone(),
            parameters: self.vault().seal_parameters(key, &checked.parameters)?,
            tags: checked.tags.clone(),
            capabilities: checked.capabilities.clone(),
        })
    }

    /// The resources that there are, opened, by their logical ids.
    pub(crate) async fn existing_resources(
        &self,
        key: &StackKey,
    ) -> Result<BTreeMap<String, Existing>, StackError> {
        let mut existing = BTreeMap::new();
        for found in self.resources(key).await? {
            let record = found.record;
            let own = directory::StackResourceKey {
                stack: key.clone(),
                logical_id: record.logical_id.clone(),
            };
            let state = self.vault().state(&own, &record.current)?;
            existing.insert(record.logical_id.clone(), Existing { record, state });
        }
        Ok(existing)
    }
}

/// The labels of a stack: at most 50, none of AWS's.
fn checked_tags(tags: Vec<Tag>) -> Result<BTreeMap<String, String>, StackError> {
    let mut checked = BTreeMap::new();
    if tags.len() > 50 {
        return Err(StackError::Invalid("A stack has at most 50 tags".to_owned()));
    }
    for Tag { key, value } in tags {
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            let message = format!("The tag key {key} begins with aws:, which is reserved");
            return Err(StackError::Invalid(message));
        }
        if checked.insert(key.clone(), value).is_some() {
            return Err(StackError::Invalid(format!("Duplicate tag key {key}")));
        }
    }
    Ok(checked)
}

/// The role that is passed with a request, which the caller must be allowed to pass and which must trust
/// CloudFormation.
pub(crate) async fn passed_role<O: wire::Operation>(
    request: &Authorized<O>,
    role: Option<&str>,
    key: &StackKey,
    stack: &Arn,
) -> Result<Option<StackRole>, StackError> {
    let Some(role) = role else { return Ok(None) };
    let arn: Arn = role.parse().map_err(|_| StackError::RoleNotTrusted(role.to_owned()))?;
    let delegation = request.delegate_to_role(&arn, SERVICE_PRINCIPAL, stack.clone()).await?;
    let delegation = delegation.seal(&bound_to(key.id))?;
    Ok(Some(StackRole { arn, delegation }))
}

/// As whom a stack is worked on: as its role, or else as the caller.
pub(crate) fn delegation<O: wire::Operation>(
    request: &Authorized<O>,
    role: Option<&StackRole>,
    key: &StackKey,
) -> Result<Sealed<Vec<u8>>, StackError> {
    if let Some(role) = role {
        return Ok(role.delegation.clone());
    }
    let delegation: Delegation = request.delegate(SERVICE_PRINCIPAL)?;
    Ok(delegation.seal(&bound_to(key.id))?)
}
