use std::sync::Arc;

use directory::{
    Change, ChangeSet, ChangeSetKey, OnFailure, StackEvent, StackEventKey, StackKey,
    StackOperationKind, StackSourceKey, StackStatus,
};
use gate::{Access, Authorized, Caller, Need, Operation};
use types::Uuid;
use wire::cloudformation::{
    ChangeSetType, CreateChangeSetInput, CreateChangeSetOutput, OnStackFailure,
};

use crate::{
    Stacks,
    change_sets::{ChangeSetOf, record},
    error::StackError,
    finding::{FoundStack, is_stack_name, need, owner},
    not_served::{refuse, some, unusual},
    requested::{Wanted, passed_role},
};

/// [`CreateChangeSet`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html)
///
/// Everything is checked and computed here, so the change set is complete, or has failed, when it is
/// answered.
pub(crate) struct CreateChangeSet(pub(crate) Arc<Stacks>);

impl Operation for CreateChangeSet {
    type Wire = wire::cloudformation::CreateChangeSet;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &CreateChangeSetInput) -> Result<Vec<Need>, StackError> {
        let mut need = need("cloudformation:CreateChangeSet", &input.stack_name)?
            .with("cloudformation:changesetname", input.change_set_name.clone());
        if let Some(role) = &input.role_arn {
            need = need.with("cloudformation:rolearn", role.clone());
        }
        let tags = input.tags.iter().flatten();
        Ok(vec![need.with_request_tags(tags.map(|tag| (&tag.key, &tag.value)))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateChangeSetOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        check(input)?;
        let kind = match input.change_set_type {
            Some(ChangeSetType::Create) => StackOperationKind::Create,
            Some(ChangeSetType::Update) | None => StackOperationKind::Update,
            Some(ChangeSetType::Import) => return Err(StackError::NotServed("an import")),
        };
        let found = stacks.stack(&owner, &input.stack_name).await?;
        let found = found.filter(|own| own.found.record.status != StackStatus::DeleteComplete);
        let mut change = Change::new();
        let (key, mut stack) = match (&found, kind) {
            (Some(FoundStack { key, found }), StackOperationKind::Create) => {
                if found.record.status != StackStatus::ReviewInProgress {
                    let message = format!(
                        "Stack [{}] already exists and cannot be created again with the changeSet \
                         [{}].",
                        found.record.name, input.change_set_name
                    );
                    return Err(StackError::Invalid(message));
                }
                (key.clone(), found.record.clone())
            }
            (Some(FoundStack { key, found }), _) => {
                if !found.record.status.can_be_updated() {
                    let message = format!(
                        "Stack:{} is in {} state and can not be updated.",
                        found.record.arn(&owner),
                        found.record.status.as_str()
                    );
                    return Err(StackError::Invalid(message));
                }
                (key.clone(), found.record.clone())
            }
            (None, StackOperationKind::Create) if is_stack_name(&input.stack_name) => {
                let stack = stacks.new_stack(input.stack_name.clone());
                (StackKey { owner: owner.clone(), id: stack.id }, stack)
            }
            (None, _) => {
                return Err(StackError::NoSuchStackToChange(input.stack_name.clone()));
            }
        };
        let arn = stack.arn(&owner);
        let own_key = ChangeSetKey { stack: key.clone(), name: input.change_set_name.clone() };
        if let Some(there) = stacks.directory.get::<ChangeSet>(&own_key).await? {
            let same = there.record.token.is_some() && there.record.token == input.client_token;
            if !same {
                return Err(StackError::ChangeSetExists(input.change_set_name.clone()));
            }
            return Ok(answer(&there.record, &owner, &arn));
        }
        let role = passed_role(&request, input.role_arn.as_deref(), &key, &arn).await?;
        let checked = stacks.check(wanted(input), &key, &stack).await?;
        let planning = stacks.planned(&key, &stack, &checked).await?;
        let number = stack.number();
        let source_key = StackSourceKey { stack: key.clone(), number };
        change.create(&source_key, &stacks.source_record(&source_key, &checked)?);
        let on_failure = match input.on_stack_failure {
            Some(OnStackFailure::DoNothing) => OnFailure::DoNothing,
            Some(OnStackFailure::Delete) => OnFailure::Delete,
            Some(OnStackFailure::Rollback) | None => OnFailure::Rollback,
        };
        let of = ChangeSetOf {
            name: input.change_set_name.clone(),
            description: input.description.clone(),
            kind,
            role,
            on_failure,
            token: input.client_token.clone(),
            source: number,
        };
        let now = stacks.clock.now();
        let set = record(of, &stack, planning, Uuid::random(&*stacks.entropy), now);
        change.create(&own_key, &set);
        if let Some(before) = &found {
            change.replace(&key, &before.found, &stack);
        } else {
            let event = StackEvent {
                id: Uuid::random(&*stacks.entropy),
                time: now,
                logical_id: stack.name.clone(),
                physical_id: Some(arn.to_string()),
                kind: crate::engine::STACK_TYPE.to_owned(),
                status: stack.status.as_str().to_owned(),
                reason: Some("User Initiated".to_owned()),
                token: input.client_token.clone(),
            };
            let number = stack.number();
            change.create(&StackEventKey { stack: key.clone(), number }, &event);
            change.create(&key, &stack);
        }
        stacks.directory.commit(change).await?;
        Ok(answer(&set, &owner, &arn))
    }
}

fn answer(set: &ChangeSet, owner: &directory::Owner, stack: &types::Arn) -> CreateChangeSetOutput {
    CreateChangeSetOutput {
        id: Some(set.arn(owner).to_string()),
        stack_id: Some(stack.to_string()),
    }
}

fn wanted(input: &CreateChangeSetInput) -> Wanted {
    Wanted {
        template_body: input.template_body.clone(),
        use_previous_template: input.use_previous_template == Some(true),
        parameters: input.parameters.clone(),
        capabilities: input.capabilities.clone(),
        tags: input.tags.clone(),
    }
}

fn check(input: &CreateChangeSetInput) -> Result<(), StackError> {
    refuse([
        ("TemplateURL", input.template_url.is_some()),
        ("DeploymentConfig", unusual(input.deployment_config.as_ref())),
        ("DeploymentMode", input.deployment_mode.is_some()),
        ("ImportExistingResources", input.import_existing_resources == Some(true)),
        ("NotificationARNs", some(input.notification_arns.as_ref())),
        ("ResourceTypes", some(input.resource_types.as_ref())),
        ("ResourcesToImport", some(input.resources_to_import.as_ref())),
        (
            "RollbackConfiguration",
            input.rollback_configuration.as_ref().is_some_and(|given| {
                some(given.rollback_triggers.as_ref()) || given.monitoring_time_in_minutes.is_some()
            }),
        ),
    ])
}
