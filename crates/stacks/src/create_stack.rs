use std::sync::Arc;

use directory::{Change, OnFailure, StackKey, StackOperationKind, StackSourceKey, StackStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{CreateStackInput, CreateStackOutput, OnFailure as OnFailureShape};

use crate::{
    Stacks,
    engine::enqueue,
    error::StackError,
    finding::{is_stack_name, need, owner},
    not_served::{refuse, some, unusual},
    requested::{Wanted, delegation, passed_role},
};

/// [`CreateStack`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html)
pub(crate) struct CreateStack(pub(crate) Arc<Stacks>);

impl Operation for CreateStack {
    type Wire = wire::cloudformation::CreateStack;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &CreateStackInput) -> Result<Vec<Need>, StackError> {
        if !is_stack_name(&input.stack_name) {
            let name = &input.stack_name;
            let message = format!(
                "1 validation error detected: Value '{name}' at 'stackName' failed to satisfy \
                 constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            );
            return Err(StackError::Invalid(message));
        }
        let mut need = need("cloudformation:CreateStack", &input.stack_name)?;
        if let Some(role) = &input.role_arn {
            need = need.with("cloudformation:rolearn", role.clone());
        }
        let tags = input.tags.iter().flatten();
        Ok(vec![need.with_request_tags(tags.map(|tag| (&tag.key, &tag.value)))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateStackOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        check(input)?;
        if stacks.stack(&owner, &input.stack_name).await?.is_some() {
            return Err(StackError::StackExists(input.stack_name.clone()));
        }
        let mut stack = stacks.new_stack(input.stack_name.clone());
        let key = StackKey { owner: owner.clone(), id: stack.id };
        let arn = stack.arn(&owner);
        let role = passed_role(&request, input.role_arn.as_deref(), &key, &arn).await?;
        let wanted = Wanted {
            template_body: input.template_body.clone(),
            use_previous_template: false,
            parameters: input.parameters.clone(),
            capabilities: input.capabilities.clone(),
            tags: input.tags.clone(),
        };
        let checked = stacks.check(wanted, &key, &stack).await?;
        stack.role = role;
        stack.termination_protection = input.enable_termination_protection == Some(true);
        stack.timeout_minutes =
            input.timeout_in_minutes.and_then(|minutes| u32::try_from(minutes).ok());
        let number = stack.number();
        let source_key = StackSourceKey { stack: key.clone(), number };
        let token = input.client_request_token.clone();
        let kind = StackOperationKind::Create;
        let mut operation = stacks.operation(&mut stack, kind, Some(number), token);
        operation.on_failure = match (input.on_failure, input.disable_rollback) {
            (Some(_), Some(_)) => {
                let message = "Only one of OnFailure and DisableRollback can be specified.";
                return Err(StackError::Invalid(message.to_owned()));
            }
            (Some(OnFailureShape::DoNothing), _) | (None, Some(true)) => OnFailure::DoNothing,
            (Some(OnFailureShape::Delete), _) => OnFailure::Delete,
            (Some(OnFailureShape::Rollback) | None, _) => OnFailure::Rollback,
        };
        stack.disable_rollback = operation.on_failure == OnFailure::DoNothing;
        stack.status = StackStatus::CreateInProgress;
        let delegation = delegation(&request, stack.role.as_ref(), &key)?;
        let mut change = Change::new();
        change.create(&source_key, &stacks.source_record(&source_key, &checked)?);
        enqueue(&mut change, key.id, &operation, delegation, &*stacks.entropy)?;
        stacks.note_begun(&mut change, &key, &mut stack, operation);
        change.create(&key, &stack);
        stacks.commit_work(change).await.map_err(|error| match error {
            // Everything in this change is new but the stack's name.
            StackError::Directory(directory::Error::Conflict) => {
                StackError::StackExists(stack.name.clone())
            }
            error => error,
        })?;
        Ok(CreateStackOutput { stack_id: Some(arn.to_string()), ..CreateStackOutput::default() })
    }
}

fn check(input: &CreateStackInput) -> Result<(), StackError> {
    refuse([
        ("TemplateURL", input.template_url.is_some()),
        ("DeploymentConfig", unusual(input.deployment_config.as_ref())),
        ("NotificationARNs", some(input.notification_arns.as_ref())),
        ("ResourceTypes", some(input.resource_types.as_ref())),
        ("RetainExceptOnCreate", input.retain_except_on_create == Some(true)),
        ("StackPolicyBody", input.stack_policy_body.is_some()),
        ("StackPolicyURL", input.stack_policy_url.is_some()),
        (
            "RollbackConfiguration",
            input.rollback_configuration.as_ref().is_some_and(|given| {
                some(given.rollback_triggers.as_ref()) || given.monitoring_time_in_minutes.is_some()
            }),
        ),
    ])
}
