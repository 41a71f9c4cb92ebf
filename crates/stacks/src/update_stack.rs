use std::sync::Arc;

use directory::{Change, StackOperationKind, StackSourceKey, StackStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{UpdateStackInput, UpdateStackOutput};

use crate::{
    Stacks,
    engine::enqueue,
    error::StackError,
    finding::{need, owner},
    not_served::{refuse, some, unusual},
    requested::{Wanted, delegation, passed_role},
};

/// [`UpdateStack`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html)
pub(crate) struct UpdateStack(pub(crate) Arc<Stacks>);

impl Operation for UpdateStack {
    type Wire = wire::cloudformation::UpdateStack;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &UpdateStackInput) -> Result<Vec<Need>, StackError> {
        let mut need = need("cloudformation:UpdateStack", &input.stack_name)?;
        if let Some(role) = &input.role_arn {
            need = need.with("cloudformation:rolearn", role.clone());
        }
        let tags = input.tags.iter().flatten();
        Ok(vec![need.with_request_tags(tags.map(|tag| (&tag.key, &tag.value)))])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<UpdateStackOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        check(input)?;
        let stack = stacks.stack(&owner, &input.stack_name).await?;
        let stack = stack.filter(|own| own.found.record.status != StackStatus::DeleteComplete);
        let stack =
            stack.ok_or_else(|| StackError::NoSuchStackToChange(input.stack_name.clone()))?;
        let arn = stack.arn();
        let mut record = stack.found.record.clone();
        if !record.status.can_be_updated() {
            let message = format!(
                "Stack:{arn} is in {} state and can not be updated.",
                record.status.as_str()
            );
            return Err(StackError::Invalid(message));
        }
        let role = passed_role(&request, input.role_arn.as_deref(), &stack.key, &arn).await?;
        let wanted = Wanted {
            template_body: input.template_body.clone(),
            use_previous_template: input.use_previous_template == Some(true),
            parameters: input.parameters.clone(),
            capabilities: input.capabilities.clone(),
            tags: input.tags.clone(),
        };
        let checked = stacks.check(wanted, &stack.key, &record).await?;
        if !stacks.planned(&stack.key, &record, &checked).await?.any {
            return Err(StackError::NoUpdates);
        }
        record.role = role.or(record.role);
        let number = record.number();
        let source_key = StackSourceKey { stack: stack.key.clone(), number };
        let token = input.client_request_token.clone();
        let kind = StackOperationKind::Update;
        let operation = stacks.operation(&mut record, kind, Some(number), token);
        let delegation = delegation(&request, record.role.as_ref(), &stack.key)?;
        let mut change = Change::new();
        change.create(&source_key, &stacks.source_record(&source_key, &checked)?);
        stacks.make_obsolete(&mut change, &stack.key, None).await?;
        enqueue(&mut change, stack.key.id, &operation, delegation, &*stacks.entropy)?;
        stacks.begin(change, stack, record, operation).await?;
        Ok(UpdateStackOutput { stack_id: Some(arn.to_string()), ..UpdateStackOutput::default() })
    }
}

fn check(input: &UpdateStackInput) -> Result<(), StackError> {
    refuse([
        ("TemplateURL", input.template_url.is_some()),
        ("DeploymentConfig", unusual(input.deployment_config.as_ref())),
        ("DisableRollback of an update", input.disable_rollback == Some(true)),
        ("NotificationARNs", some(input.notification_arns.as_ref())),
        ("ResourceTypes", some(input.resource_types.as_ref())),
        ("RetainExceptOnCreate", input.retain_except_on_create == Some(true)),
        ("StackPolicyBody", input.stack_policy_body.is_some()),
        ("StackPolicyURL", input.stack_policy_url.is_some()),
        ("StackPolicyDuringUpdateBody", input.stack_policy_during_update_body.is_some()),
        ("StackPolicyDuringUpdateURL", input.stack_policy_during_update_url.is_some()),
        (
            "RollbackConfiguration",
            input.rollback_configuration.as_ref().is_some_and(|given| {
                some(given.rollback_triggers.as_ref()) || given.monitoring_time_in_minutes.is_some()
            }),
        ),
    ])
}
