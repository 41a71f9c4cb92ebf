use std::sync::Arc;

use directory::{Change, StackOperationKind, StackStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{DeleteStackInput, DeletionMode};

use crate::{
    Stacks,
    engine::enqueue,
    error::StackError,
    finding::{need, owner},
    not_served::{refuse, unusual},
    requested::{delegation, passed_role},
};

/// [`DeleteStack`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html)
///
/// A stack that is not there is deleted already.
pub(crate) struct DeleteStack(pub(crate) Arc<Stacks>);

impl Operation for DeleteStack {
    type Wire = wire::cloudformation::DeleteStack;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DeleteStackInput) -> Result<Vec<Need>, StackError> {
        let mut need = need("cloudformation:DeleteStack", &input.stack_name)?;
        if let Some(role) = &input.role_arn {
            need = need.with("cloudformation:rolearn", role.clone());
        }
        Ok(vec![need])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        let forced = input.deletion_mode == Some(DeletionMode::ForceDeleteStack);
        refuse([
            ("DeletionMode FORCE_DELETE_STACK", forced),
            ("DeploymentConfig", unusual(input.deployment_config.as_ref())),
        ])?;
        let Some(stack) = stacks.stack(&owner, &input.stack_name).await? else { return Ok(()) };
        let mut record = stack.found.record.clone();
        if record.status == StackStatus::DeleteComplete {
            return Ok(());
        }
        let arn = stack.arn();
        if record.operation.is_some() {
            let message = format!(
                "Stack [{arn}] cannot be deleted while in status {}",
                record.status.as_str()
            );
            return Err(StackError::Invalid(message));
        }
        if record.termination_protection {
            let message = format!(
                "Stack [{}] cannot be deleted while TerminationProtection is enabled",
                record.name
            );
            return Err(StackError::Invalid(message));
        }
        let retained: std::collections::BTreeSet<_> =
            input.retain_resources.iter().flatten().cloned().collect();
        if !retained.is_empty() && record.status != StackStatus::DeleteFailed {
            let message = "Invalid operation on stack. Specify the resources to retain only when \
                           the stack is in the DELETE_FAILED state.";
            return Err(StackError::Invalid(message.to_owned()));
        }
        let role = passed_role(&request, input.role_arn.as_deref(), &stack.key, &arn).await?;
        record.role = role.or(record.role);
        let kind = StackOperationKind::Delete;
        let token = input.client_request_token.clone();
        let mut operation = stacks.operation(&mut record, kind, None, token);
        operation.retained = retained;
        let delegation = delegation(&request, record.role.as_ref(), &stack.key)?;
        let mut change = Change::new();
        stacks.delete_change_sets(&mut change, &stack.key).await?;
        enqueue(&mut change, stack.key.id, &operation, delegation, &*stacks.entropy)?;
        stacks.begin(change, stack, record, operation).await
    }
}
