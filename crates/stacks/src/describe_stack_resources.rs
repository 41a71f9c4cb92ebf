use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{DescribeStackResourcesInput, DescribeStackResourcesOutput};

use crate::{
    Stacks,
    error::StackError,
    finding::{need, owner},
    not_served::refuse,
    shape,
};

/// How many resources are answered at most, as on AWS; there are no pages.
const RESOURCES_MAX: usize = 100;

/// [`DescribeStackResources`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html)
pub(crate) struct DescribeStackResources(pub(crate) Arc<Stacks>);

impl Operation for DescribeStackResources {
    type Wire = wire::cloudformation::DescribeStackResources;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &DescribeStackResourcesInput,
    ) -> Result<Vec<Need>, StackError> {
        refuse([("PhysicalResourceId", input.physical_resource_id.is_some())])?;
        let stack = input.stack_name.as_deref().ok_or_else(|| {
            StackError::Invalid("Either StackName or PhysicalResourceId must be given".to_owned())
        })?;
        Ok(vec![need("cloudformation:DescribeStackResources", stack)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DescribeStackResourcesOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let given = request.input.stack_name.as_deref().unwrap_or_default();
        let stack = stacks.existing(&owner, given).await?;
        let wanted = request.input.logical_resource_id.as_deref();
        let resources = stacks.resources(&stack.key).await?.into_iter().map(|found| found.record);
        let resources: Vec<_> = resources
            .filter(|own| wanted.is_none_or(|wanted| own.logical_id == wanted))
            .take(RESOURCES_MAX)
            .map(|own| shape::resource(&stack.key, &stack.found.record, own))
            .collect();
        if let (Some(wanted), true) = (wanted, resources.is_empty()) {
            let name = &stack.found.record.name;
            let message = format!("Resource {wanted} does not exist for stack {name}");
            return Err(StackError::Invalid(message));
        }
        Ok(DescribeStackResourcesOutput { stack_resources: Some(resources) })
    }
}
