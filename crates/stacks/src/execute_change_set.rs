use std::sync::Arc;

use directory::{Change, ChangeSetExecution, OnFailure, StackOperationKind, StackStatus};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{ExecuteChangeSetInput, ExecuteChangeSetOutput};

use crate::{
    Stacks,
    engine::enqueue,
    error::StackError,
    finding::{need_of_change_set, owner},
    not_served::refuse,
    requested::delegation,
};

/// [`ExecuteChangeSet`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html)
pub(crate) struct ExecuteChangeSet(pub(crate) Arc<Stacks>);

impl Operation for ExecuteChangeSet {
    type Wire = wire::cloudformation::ExecuteChangeSet;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ExecuteChangeSetInput,
    ) -> Result<Vec<Need>, StackError> {
        let action = "cloudformation:ExecuteChangeSet";
        let stack = input.stack_name.as_deref();
        Ok(vec![need_of_change_set(action, stack, &input.change_set_name, caller)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ExecuteChangeSetOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        refuse([("RetainExceptOnCreate", input.retain_except_on_create == Some(true))])?;
        let stack_name = input.stack_name.as_deref();
        let (stack, _, set) = stacks.change_set(&owner, stack_name, &input.change_set_name).await?;
        let (set, before) = (set.record, &stack.found.record);
        let arn = set.arn(&owner);
        if set.execution != ChangeSetExecution::Available {
            let status = crate::shape::execution_text(set.execution);
            let message = format!(
                "ChangeSet [{arn}] cannot be executed in its current execution status of [{status}]"
            );
            return Err(StackError::ChangeSetStatus(message));
        }
        let ready = match set.kind {
            StackOperationKind::Create => before.status == StackStatus::ReviewInProgress,
            _ => before.status.can_be_updated() && before.source == set.base,
        };
        if !ready {
            let message = format!(
                "ChangeSet [{arn}] cannot be executed while its stack is in status [{}]",
                before.status.as_str()
            );
            return Err(StackError::ChangeSetStatus(message));
        }
        let mut record = before.clone();
        let mut operation = stacks.operation(
            &mut record,
            set.kind,
            Some(set.source),
            input.client_request_token.clone(),
        );
        operation.on_failure = set.on_failure;
        if input.disable_rollback == Some(true) {
            if set.kind == StackOperationKind::Update {
                return Err(StackError::NotServed("DisableRollback of an update"));
            }
            operation.on_failure = OnFailure::DoNothing;
            record.disable_rollback = true;
        }
        record.role = set.role.or(record.role);
        let delegation = delegation(&request, record.role.as_ref(), &stack.key)?;
        let mut change = Change::new();
        stacks.make_obsolete(&mut change, &stack.key, Some(&set.name)).await?;
        enqueue(&mut change, stack.key.id, &operation, delegation, &*stacks.entropy)?;
        stacks.begin(change, stack, record, operation).await?;
        Ok(ExecuteChangeSetOutput {})
    }
}
