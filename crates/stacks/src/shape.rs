//! Records as CloudFormation describes them.

use std::collections::BTreeMap;

use directory::{
    ChangeAction, ChangeSet, ChangeSetExecution, OnFailure, Owner, Replacement, ResourceChange,
    Stack, StackEvent, StackKey, StackResource, StackSource, StackStatus,
};
use templates::Template;
use wire::cloudformation as shape;

use crate::{Stacks, error::StackError, source::OutputValue};

/// What AWS shows in the place of a parameter that is not to be shown.
const NO_ECHO: &str = "****";

pub(crate) fn stack_status(status: StackStatus) -> shape::StackStatus {
    match status {
        StackStatus::ReviewInProgress => shape::StackStatus::ReviewInProgress,
        StackStatus::CreateInProgress => shape::StackStatus::CreateInProgress,
        StackStatus::CreateComplete => shape::StackStatus::CreateComplete,
        StackStatus::CreateFailed => shape::StackStatus::CreateFailed,
        StackStatus::RollbackInProgress => shape::StackStatus::RollbackInProgress,
        StackStatus::RollbackComplete => shape::StackStatus::RollbackComplete,
        StackStatus::RollbackFailed => shape::StackStatus::RollbackFailed,
        StackStatus::UpdateInProgress => shape::StackStatus::UpdateInProgress,
        StackStatus::UpdateCompleteCleanupInProgress => {
            shape::StackStatus::UpdateCompleteCleanupInProgress
        }
        StackStatus::UpdateComplete => shape::StackStatus::UpdateComplete,
        StackStatus::UpdateRollbackInProgress => shape::StackStatus::UpdateRollbackInProgress,
        StackStatus::UpdateRollbackCompleteCleanupInProgress => {
            shape::StackStatus::UpdateRollbackCompleteCleanupInProgress
        }
        StackStatus::UpdateRollbackComplete => shape::StackStatus::UpdateRollbackComplete,
        StackStatus::UpdateRollbackFailed => shape::StackStatus::UpdateRollbackFailed,
        StackStatus::DeleteInProgress => shape::StackStatus::DeleteInProgress,
        StackStatus::DeleteComplete => shape::StackStatus::DeleteComplete,
        StackStatus::DeleteFailed => shape::StackStatus::DeleteFailed,
    }
}

/// The capabilities that were acknowledged.
pub(crate) fn capabilities(source: &StackSource) -> Vec<shape::Capability> {
    let capability = |name: &String| match name.as_str() {
        "CAPABILITY_IAM" => Some(shape::Capability::CapabilityIam),
        "CAPABILITY_NAMED_IAM" => Some(shape::Capability::CapabilityNamedIam),
        "CAPABILITY_AUTO_EXPAND" => Some(shape::Capability::CapabilityAutoExpand),
        _ => None,
    };
    source.capabilities.iter().filter_map(capability).collect()
}

pub(crate) fn tags(source: &StackSource) -> Vec<shape::Tag> {
    let tag =
        |(key, value): (&String, &String)| shape::Tag { key: key.clone(), value: value.clone() };
    source.tags.iter().map(tag).collect()
}

/// Parameters as they may be shown.
pub(crate) fn parameters(
    template: Option<&Template>,
    values: &BTreeMap<String, String>,
) -> Vec<shape::Parameter> {
    let hidden = |name: &str| {
        // Without its template nobody knows which are to be hidden, so all are.
        template.is_none_or(|template| {
            template.parameters.iter().any(|own| own.name.text == name && own.no_echo)
        })
    };
    let parameter = |(name, value): (&String, &String)| shape::Parameter {
        parameter_key: Some(name.clone()),
        parameter_value: Some(if hidden(name) { NO_ECHO.to_owned() } else { value.clone() }),
        ..shape::Parameter::default()
    };
    values.iter().map(parameter).collect()
}

fn output(output: OutputValue) -> shape::Output {
    shape::Output {
        output_key: Some(output.name),
        output_value: Some(output.value),
        description: output.description,
        export_name: output.export,
    }
}

impl Stacks {
    /// A stack as `DescribeStacks` has it.
    pub(crate) async fn described(
        &self,
        key: &StackKey,
        stack: &Stack,
    ) -> Result<shape::Stack, StackError> {
        // While it is made for the first time, what it is to be made of.
        let target = stack.operation.as_ref().and_then(|operation| operation.target);
        let source = match stack.source.or(target) {
            Some(number) => Some(self.source(key, number).await?),
            None => None,
        };
        let outputs = self.vault().outputs(key, stack)?;
        let mut described = shape::Stack {
            stack_id: Some(stack.arn(&key.owner).to_string()),
            stack_name: stack.name.clone(),
            stack_status: stack_status(stack.status),
            stack_status_reason: stack.status_reason.clone(),
            creation_time: stack.created,
            last_updated_time: stack.updated,
            deletion_time: stack.deleted,
            disable_rollback: Some(stack.disable_rollback),
            enable_termination_protection: Some(stack.termination_protection),
            role_arn: stack.role.as_ref().map(|role| role.arn.to_string()),
            timeout_in_minutes: stack.timeout_minutes.and_then(|own| i32::try_from(own).ok()),
            notification_arns: Some(Vec::new()),
            rollback_configuration: Some(shape::RollbackConfiguration::default()),
            drift_information: Some(shape::StackDriftInformation {
                stack_drift_status: shape::StackDriftStatus::NotChecked,
                last_check_timestamp: None,
            }),
            outputs: (!outputs.is_empty()).then(|| outputs.into_iter().map(output).collect()),
            alias_name: None,
            capabilities: None,
            change_set_id: None,
            deletion_mode: None,
            deployment_config: None,
            description: None,
            detailed_status: None,
            last_operations: None,
            parameters: None,
            parent_id: None,
            retain_except_on_create: None,
            root_id: None,
            tags: None,
        };
        if let Some((key, source)) = source {
            let template = Template::parse(&source.template).ok();
            let values = self.vault().parameters(&key, &source)?;
            let parameters = parameters(template.as_ref(), &values);
            described.parameters = (!parameters.is_empty()).then_some(parameters);
            described.description = template.and_then(|template| template.description);
            described.capabilities = Some(capabilities(&source)).filter(|own| !own.is_empty());
            described.tags = Some(tags(&source));
        }
        Ok(described)
    }
}

pub(crate) fn summary(owner: &Owner, stack: &Stack) -> shape::StackSummary {
    shape::StackSummary {
        stack_id: Some(stack.arn(owner).to_string()),
        stack_name: stack.name.clone(),
        stack_status: stack_status(stack.status),
        stack_status_reason: stack.status_reason.clone(),
        creation_time: stack.created,
        last_updated_time: stack.updated,
        deletion_time: stack.deleted,
        drift_information: Some(shape::StackDriftInformationSummary {
            stack_drift_status: shape::StackDriftStatus::NotChecked,
            last_check_timestamp: None,
        }),
        last_operations: None,
        parent_id: None,
        root_id: None,
        template_description: None,
    }
}

pub(crate) fn event(key: &StackKey, stack: &Stack, event: StackEvent) -> shape::StackEvent {
    shape::StackEvent {
        event_id: event.id.to_string(),
        stack_id: stack.arn(&key.owner).to_string(),
        stack_name: stack.name.clone(),
        timestamp: event.time,
        logical_resource_id: Some(event.logical_id),
        physical_resource_id: Some(event.physical_id.unwrap_or_default()),
        resource_type: Some(event.kind),
        resource_status: Some(event.status),
        resource_status_reason: event.reason,
        client_request_token: event.token,
        detailed_status: None,
        hook_failure_mode: None,
        hook_invocation_id: None,
        hook_invocation_point: None,
        hook_status: None,
        hook_status_reason: None,
        hook_type: None,
        operation_id: None,
        resource_properties: None,
    }
}

pub(crate) fn resource(
    key: &StackKey,
    stack: &Stack,
    resource: StackResource,
) -> shape::StackResource {
    shape::StackResource {
        stack_id: Some(stack.arn(&key.owner).to_string()),
        stack_name: Some(stack.name.clone()),
        logical_resource_id: resource.logical_id,
        physical_resource_id: resource.current.physical_id,
        resource_type: resource.kind,
        resource_status: resource.status.as_str().to_owned(),
        resource_status_reason: resource.status_reason,
        timestamp: resource.updated,
        description: None,
        drift_information: Some(shape::StackResourceDriftInformation {
            stack_resource_drift_status: shape::StackResourceDriftStatus::NotChecked,
            last_check_timestamp: None,
        }),
        module_info: None,
    }
}

pub(crate) fn resource_detail(
    key: &StackKey,
    stack: &Stack,
    resource: StackResource,
) -> shape::StackResourceDetail {
    shape::StackResourceDetail {
        stack_id: Some(stack.arn(&key.owner).to_string()),
        stack_name: Some(stack.name.clone()),
        logical_resource_id: resource.logical_id,
        physical_resource_id: resource.current.physical_id,
        resource_type: resource.kind,
        resource_status: resource.status.as_str().to_owned(),
        resource_status_reason: resource.status_reason,
        last_updated_timestamp: resource.updated,
        description: None,
        drift_information: Some(shape::StackResourceDriftInformation {
            stack_resource_drift_status: shape::StackResourceDriftStatus::NotChecked,
            last_check_timestamp: None,
        }),
        metadata: None,
        module_info: None,
    }
}

pub(crate) fn resource_summary(resource: StackResource) -> shape::StackResourceSummary {
    shape::StackResourceSummary {
        logical_resource_id: resource.logical_id,
        physical_resource_id: resource.current.physical_id,
        resource_type: resource.kind,
        resource_status: resource.status.as_str().to_owned(),
        resource_status_reason: resource.status_reason,
        last_updated_timestamp: resource.updated,
        drift_information: Some(shape::StackResourceDriftInformationSummary {
            stack_resource_drift_status: shape::StackResourceDriftStatus::NotChecked,
            last_check_timestamp: None,
        }),
        module_info: None,
    }
}

pub(crate) fn execution(status: ChangeSetExecution) -> shape::ExecutionStatus {
    match status {
        ChangeSetExecution::Available => shape::ExecutionStatus::Available,
        ChangeSetExecution::Unavailable => shape::ExecutionStatus::Unavailable,
        ChangeSetExecution::Obsolete => shape::ExecutionStatus::Obsolete,
        ChangeSetExecution::ExecuteInProgress => shape::ExecutionStatus::ExecuteInProgress,
        ChangeSetExecution::ExecuteComplete => shape::ExecutionStatus::ExecuteComplete,
        ChangeSetExecution::ExecuteFailed => shape::ExecutionStatus::ExecuteFailed,
    }
}

pub(crate) fn execution_text(status: ChangeSetExecution) -> &'static str {
    execution(status).as_str()
}

pub(crate) fn change_set_status(set: &ChangeSet) -> shape::ChangeSetStatus {
    match set.failure {
        None => shape::ChangeSetStatus::CreateComplete,
        Some(_) => shape::ChangeSetStatus::Failed,
    }
}

pub(crate) fn on_failure(on_failure: OnFailure) -> shape::OnStackFailure {
    match on_failure {
        OnFailure::Rollback => shape::OnStackFailure::Rollback,
        OnFailure::Delete => shape::OnStackFailure::Delete,
        OnFailure::DoNothing => shape::OnStackFailure::DoNothing,
    }
}

pub(crate) fn change(change: ResourceChange) -> shape::Change {
    let replacement = |replacement| match replacement {
        Replacement::True => shape::Replacement::True,
        Replacement::False => shape::Replacement::False,
        Replacement::Conditional => shape::Replacement::Conditional,
    };
    let recreation = |replacement| match replacement {
        Replacement::True => shape::RequiresRecreation::Always,
        Replacement::False => shape::RequiresRecreation::Never,
        Replacement::Conditional => shape::RequiresRecreation::Conditionally,
    };
    let details: Vec<_> = change
        .properties
        .iter()
        .map(|property| shape::ResourceChangeDetail {
            target: Some(shape::ResourceTargetDefinition {
                attribute: Some(shape::ResourceAttribute::Properties),
                name: Some(property.name.clone()),
                requires_recreation: Some(recreation(property.replacement)),
                ..shape::ResourceTargetDefinition::default()
            }),
            evaluation: Some(if property.dynamic {
                shape::EvaluationType::Dynamic
            } else {
                shape::EvaluationType::Static
            }),
            change_source: Some(if property.dynamic {
                shape::ChangeSource::ResourceReference
            } else {
                shape::ChangeSource::DirectModification
            }),
            causing_entity: None,
        })
        .collect();
    let modified = change.action == ChangeAction::Modify;
    let scope = if modified { vec![shape::ResourceAttribute::Properties] } else { Vec::new() };
    shape::Change {
        r#type: Some(shape::ChangeType::Resource),
        resource_change: Some(shape::ResourceChange {
            action: Some(match change.action {
                ChangeAction::Add => shape::ChangeAction::Add,
                ChangeAction::Modify => shape::ChangeAction::Modify,
                ChangeAction::Remove => shape::ChangeAction::Remove,
            }),
            policy_action: policy_action(&change),
            logical_resource_id: Some(change.logical_id),
            physical_resource_id: change.physical_id,
            resource_type: Some(change.kind),
            replacement: change.replacement.map(replacement),
            scope: Some(scope),
            details: Some(details),
            ..shape::ResourceChange::default()
        }),
        ..shape::Change::default()
    }
}

fn policy_action(change: &ResourceChange) -> Option<shape::PolicyAction> {
    match (change.action, change.replacement, change.retained) {
        (ChangeAction::Remove, _, true) => Some(shape::PolicyAction::Retain),
        (ChangeAction::Remove, _, false) => Some(shape::PolicyAction::Delete),
        (ChangeAction::Modify, Some(Replacement::True), true) => {
            Some(shape::PolicyAction::ReplaceAndRetain)
        }
        (ChangeAction::Modify, Some(Replacement::True), false) => {
            Some(shape::PolicyAction::ReplaceAndDelete)
        }
        _ => None,
    }
}
