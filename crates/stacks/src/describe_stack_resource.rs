use std::sync::Arc;

use directory::{StackResource, StackResourceKey};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{DescribeStackResourceInput, DescribeStackResourceOutput};

use crate::{
    Stacks,
    error::StackError,
    finding::{need, owner},
    shape,
};

/// [`DescribeStackResource`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html)
pub(crate) struct DescribeStackResource(pub(crate) Arc<Stacks>);

impl Operation for DescribeStackResource {
    type Wire = wire::cloudformation::DescribeStackResource;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DescribeStackResourceInput,
    ) -> Result<Vec<Need>, StackError> {
        Ok(vec![need("cloudformation:DescribeStackResource", &input.stack_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DescribeStackResourceOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let DescribeStackResourceInput { logical_resource_id, stack_name } = &request.input;
        let stack = stacks.stack(&owner, stack_name).await?;
        let stack = stack.ok_or_else(|| StackError::NoSuchStackToChange(stack_name.clone()))?;
        let key =
            StackResourceKey { stack: stack.key.clone(), logical_id: logical_resource_id.clone() };
        let found = stacks.directory.get::<StackResource>(&key).await?.ok_or_else(|| {
            StackError::Invalid(format!(
                "Resource {logical_resource_id} does not exist for stack {}",
                stack.found.record.name
            ))
        })?;
        let detail = shape::resource_detail(&stack.key, &stack.found.record, found.record);
        Ok(DescribeStackResourceOutput { stack_resource_detail: Some(detail) })
    }
}
