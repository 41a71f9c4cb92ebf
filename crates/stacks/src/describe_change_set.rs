use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use templates::Template;
use wire::cloudformation::{DescribeChangeSetInput, DescribeChangeSetOutput};

use crate::{
    Stacks,
    error::StackError,
    finding::{need_of_change_set, owner},
    not_served::refuse,
    shape,
};

/// [`DescribeChangeSet`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html)
///
/// All changes are on one page: a stack has at most 500 resources. There are no values of properties, also
/// where `IncludePropertyValues` asks for them: the CDK always does.
pub(crate) struct DescribeChangeSet(pub(crate) Arc<Stacks>);

impl Operation for DescribeChangeSet {
    type Wire = wire::cloudformation::DescribeChangeSet;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &DescribeChangeSetInput,
    ) -> Result<Vec<Need>, StackError> {
        let action = "cloudformation:DescribeChangeSet";
        let stack = input.stack_name.as_deref();
        Ok(vec![need_of_change_set(action, stack, &input.change_set_name, caller)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DescribeChangeSetOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        refuse([("NextToken", input.next_token.is_some())])?;
        let stack_name = input.stack_name.as_deref();
        let (stack, _, set) = stacks.change_set(&owner, stack_name, &input.change_set_name).await?;
        let (set, stack_record) = (set.record, &stack.found.record);
        let (key, source) = stacks.source(&stack.key, set.source).await?;
        let template = Template::parse(&source.template).ok();
        let values = stacks.vault().parameters(&key, &source)?;
        Ok(DescribeChangeSetOutput {
            change_set_id: Some(set.arn(&owner).to_string()),
            change_set_name: Some(set.name.clone()),
            stack_id: Some(stack.arn().to_string()),
            stack_name: Some(stack_record.name.clone()),
            description: set.description.clone(),
            creation_time: Some(set.created),
            status: Some(shape::change_set_status(&set)),
            status_reason: set.failure.clone(),
            execution_status: Some(shape::execution(set.execution)),
            on_stack_failure: Some(shape::on_failure(set.on_failure)),
            parameters: Some(shape::parameters(template.as_ref(), &values)),
            capabilities: Some(shape::capabilities(&source)),
            tags: Some(shape::tags(&source)),
            changes: Some(set.changes.into_iter().map(shape::change).collect()),
            notification_arns: Some(Vec::new()),
            rollback_configuration: Some(wire::cloudformation::RollbackConfiguration::default()),
            include_nested_stacks: Some(false),
            ..DescribeChangeSetOutput::default()
        })
    }
}
