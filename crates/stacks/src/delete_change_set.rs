use std::sync::Arc;

use directory::{Change, ChangeSetExecution, StackSource, StackSourceKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{DeleteChangeSetInput, DeleteChangeSetOutput};

use crate::{
    Stacks,
    error::StackError,
    finding::{need_of_change_set, owner},
};

/// [`DeleteChangeSet`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html)
pub(crate) struct DeleteChangeSet(pub(crate) Arc<Stacks>);

impl Operation for DeleteChangeSet {
    type Wire = wire::cloudformation::DeleteChangeSet;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DeleteChangeSetInput,
    ) -> Result<Vec<Need>, StackError> {
        let action = "cloudformation:DeleteChangeSet";
        let stack = input.stack_name.as_deref();
        Ok(vec![need_of_change_set(action, stack, &input.change_set_name, caller)?])
    }

    /// A change set that is not there is deleted already.
    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DeleteChangeSetOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        let found = stacks.change_set(&owner, input.stack_name.as_deref(), &input.change_set_name);
        let (stack, key, set) = match found.await {
            Ok(found) => found,
            Err(StackError::NoSuchChangeSet(_)) => return Ok(DeleteChangeSetOutput {}),
            Err(error) => return Err(error),
        };
        if set.record.execution == ChangeSetExecution::ExecuteInProgress {
            let message = format!("ChangeSet [{}] is being executed", set.record.arn(&owner));
            return Err(StackError::ChangeSetStatus(message));
        }
        let mut change = Change::new();
        change.delete(&key, &set);
        // What nothing was made of is of no more use.
        let number = set.record.source;
        let operation = stack.found.record.operation.as_ref();
        let used = stack.found.record.source == Some(number)
            || operation.is_some_and(|operation| operation.target == Some(number));
        let source = StackSourceKey { stack: stack.key.clone(), number };
        if !used && let Some(found) = stacks.directory.get::<StackSource>(&source).await? {
            change.require_unchanged(&stack.found);
            change.delete(&source, &found);
        }
        stacks.directory.commit(change).await?;
        Ok(DeleteChangeSetOutput {})
    }
}
