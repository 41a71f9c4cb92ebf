use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use templates::Template;
use wire::cloudformation::{
    Capability, GetTemplateSummaryInput, GetTemplateSummaryOutput, ParameterConstraints,
    ParameterDeclaration,
};

use crate::{
    Stacks,
    error::StackError,
    finding::{need, owner},
    not_served::refuse,
    source::{parse, required_capability},
};

/// [`GetTemplateSummary`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html)
pub(crate) struct GetTemplateSummary(pub(crate) Arc<Stacks>);

impl Operation for GetTemplateSummary {
    type Wire = wire::cloudformation::GetTemplateSummary;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &GetTemplateSummaryInput) -> Result<Vec<Need>, StackError> {
        let action = "cloudformation:GetTemplateSummary";
        Ok(vec![match &input.stack_name {
            Some(stack) => need(action, stack)?,
            None => Need::new(action, On::Everything),
        }])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetTemplateSummaryOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        refuse([
            ("CallAs", input.call_as.is_some()),
            ("StackSetName", input.stack_set_name.is_some()),
            ("TemplateURL", input.template_url.is_some()),
        ])?;
        let text = match (&input.template_body, &input.stack_name) {
            (Some(text), None) => text.clone(),
            (None, Some(given)) => {
                let stack = stacks.existing(&owner, given).await?;
                let target = stack.found.record.operation.and_then(|own| own.target);
                let number = stack.found.record.source.or(target);
                let number = number.ok_or_else(|| StackError::NoSuchStack(given.clone()))?;
                stacks.source(&stack.key, number).await?.1.template
            }
            _ => {
                let message = "One and only one of StackName and TemplateBody must be specified.";
                return Err(StackError::Invalid(message.to_owned()));
            }
        };
        let template = parse(&text)?;
        let (capabilities, reason) = capabilities(&template);
        let mut kinds: Vec<_> =
            template.resources.iter().map(|own| own.kind.text.clone()).collect();
        kinds.sort();
        kinds.dedup();
        Ok(GetTemplateSummaryOutput {
            capabilities,
            capabilities_reason: reason,
            description: template.description.clone(),
            metadata: template.metadata.as_ref().map(|metadata| metadata.to_json().to_string()),
            parameters: Some(template.parameters.iter().map(declaration).collect()),
            resource_types: Some(kinds),
            version: Some("2010-09-09".to_owned()),
            ..GetTemplateSummaryOutput::default()
        })
    }
}

fn declaration(parameter: &templates::Parameter) -> ParameterDeclaration {
    let allowed = &parameter.allowed_values;
    ParameterDeclaration {
        parameter_key: Some(parameter.name.text.clone()),
        parameter_type: Some(parameter.kind.as_str().to_owned()),
        default_value: parameter.default.clone(),
        description: parameter.description.clone(),
        no_echo: Some(parameter.no_echo),
        parameter_constraints: Some(ParameterConstraints {
            allowed_values: (!allowed.is_empty()).then(|| allowed.clone()),
        }),
    }
}

/// What must be acknowledged to make a stack of a template, and why.
pub(crate) fn capabilities(template: &Template) -> (Option<Vec<Capability>>, Option<String>) {
    let resources = template.resources.iter().map(|own| (own.kind.text.as_str(), &own.properties));
    let Some((capability, kinds)) = required_capability(resources) else { return (None, None) };
    let kinds: Vec<_> = kinds.into_iter().collect();
    let reason = format!("The following resource(s) require capabilities: [{}]", kinds.join(", "));
    let capability = match capability {
        "CAPABILITY_NAMED_IAM" => Capability::CapabilityNamedIam,
        _ => Capability::CapabilityIam,
    };
    (Some(vec![capability]), Some(reason))
}
