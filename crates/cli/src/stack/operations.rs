//! CloudFormation's operations, as far as the commands need them.
//!
//! Source: AWS CloudFormation API Reference.

use crate::aws::{Answer, CallError, Client, Element, QueryService};

/// A stack, as `DescribeStacks` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) status: String,
    /// The names of its parameters.
    pub(crate) parameters: Vec<String>,
    pub(crate) outputs: Vec<Output>,
}

/// An output of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) description: String,
}

/// What happens to a resource when a change set is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Create,
    Update,
    Replace,
    Delete,
}

/// A change of a change set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) action: Action,
    pub(crate) logical_id: String,
    pub(crate) kind: String,
}

/// A change set, as `DescribeChangeSet` tells it.
#[derive(Debug)]
pub(crate) struct ChangeSet {
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) changes: Vec<Change>,
}

/// Something that happened to a stack or a resource of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StackEvent {
    pub(crate) id: String,
    pub(crate) logical_id: String,
    pub(crate) physical_id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) reason: String,
}

/// What `CreateChangeSet` is asked for.
pub(crate) struct NewChangeSet<'a> {
    pub(crate) stack: &'a str,
    pub(crate) name: &'a str,
    /// Whether the stack is to be created, and not updated.
    pub(crate) creates: bool,
    pub(crate) template: &'a str,
    /// Names and values; without a value the stack's own is kept.
    pub(crate) parameters: &'a [(String, Option<String>)],
    pub(crate) role_arn: Option<&'a str>,
}

/// CloudFormation, asked by somebody.
#[derive(Clone, Copy)]
pub(crate) struct Stacks<'a>(pub(crate) &'a Client);

impl Stack {
    /// The value of an output.
    pub(crate) fn output(&self, key: &str) -> Option<&str> {
        self.outputs.iter().find(|output| output.key == key).map(|output| output.value.as_str())
    }

    /// Whether something is being done with it. A stack that is only reviewed does not exist yet.
    pub(crate) fn in_progress(&self) -> bool {
        self.status.ends_with("_IN_PROGRESS") && !self.in_review()
    }

    /// Whether there is nothing of it but change sets.
    pub(crate) fn in_review(&self) -> bool {
        self.status == "REVIEW_IN_PROGRESS"
    }

    fn read(element: &Element) -> Self {
        Self {
            id: element.text("StackId"),
            name: element.text("StackName"),
            status: element.text("StackStatus"),
            parameters: element.members("Parameters").map(|one| one.text("ParameterKey")).collect(),
            outputs: element
                .members("Outputs")
                .map(|output| Output {
                    key: output.text("OutputKey"),
                    value: output.text("OutputValue"),
                    description: output.text("Description"),
                })
                .collect(),
        }
    }
}

impl Change {
    fn read(element: &Element) -> Option<Self> {
        let change = element.child("ResourceChange")?;
        let action = match change.text("Action").as_str() {
            "Add" | "Import" => Action::Create,
            "Remove" => Action::Delete,
            _ if matches!(change.text("Replacement").as_str(), "True" | "Conditional") => {
                Action::Replace
            }
            _ => Action::Update,
        };
        let logical_id = change.text("LogicalResourceId");
        Some(Self { action, logical_id, kind: change.text("ResourceType") })
    }
}

impl StackEvent {
    /// Whether it is one of the stack itself that ends an operation.
    pub(crate) fn ends(&self, stack_id: &str) -> bool {
        let ended = ["_COMPLETE", "_FAILED"].iter().any(|end| self.status.ends_with(end));
        ended && self.physical_id == stack_id && self.kind == "AWS::CloudFormation::Stack"
    }

    fn read(element: &Element) -> Self {
        Self {
            id: element.text("EventId"),
            logical_id: element.text("LogicalResourceId"),
            physical_id: element.text("PhysicalResourceId"),
            kind: element.text("ResourceType"),
            status: element.text("ResourceStatus"),
            reason: element.text("ResourceStatusReason"),
        }
    }
}

impl Stacks<'_> {
    async fn call(self, operation: &str, input: &[(&str, &str)]) -> Result<Answer, CallError> {
        self.0.query(QueryService::CloudFormation, operation, input).await
    }

    /// A stack by name or id; none if there is none.
    pub(crate) async fn describe(self, stack: &str) -> Result<Option<Stack>, CallError> {
        let operation = "DescribeStacks";
        match self.call(operation, &[("StackName", stack)]).await {
            Ok(answer) => {
                Ok(Element::result(&answer, operation)?.members("Stacks").next().map(Stack::read))
            }
            Err(CallError::Refused { refusal, .. })
                if refusal.code == "ValidationError"
                    && refusal.message.ends_with("does not exist") =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Makes a change set; the stack's id and the change set's.
    pub(crate) async fn create_change_set(
        self,
        new: &NewChangeSet<'_>,
    ) -> Result<(String, String), CallError> {
        let operation = "CreateChangeSet";
        let members: Vec<(String, String)> = (1..)
            .zip(new.parameters)
            .flat_map(|(place, (name, value))| {
                let member = |what: &str| format!("Parameters.member.{place}.{what}");
                let value = match value {
                    Some(value) => (member("ParameterValue"), value.clone()),
                    None => (member("UsePreviousValue"), "true".to_owned()),
                };
                [(member("ParameterKey"), name.clone()), value]
            })
            .collect();
        let mut input = vec![
            ("StackName", new.stack),
            ("ChangeSetName", new.name),
            ("ChangeSetType", if new.creates { "CREATE" } else { "UPDATE" }),
            ("TemplateBody", new.template),
            // Who calls `apply` has the template, and sees what it changes.
            ("Capabilities.member.1", "CAPABILITY_IAM"),
            ("Capabilities.member.2", "CAPABILITY_NAMED_IAM"),
        ];
        input.extend(members.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        input.extend(new.role_arn.map(|role| ("RoleARN", role)));
        let answer = self.call(operation, &input).await?;
        let result = Element::result(&answer, operation)?;
        Ok((result.text("StackId"), result.text("Id")))
    }

    /// A change set with all of its changes.
    pub(crate) async fn change_set(self, id: &str) -> Result<ChangeSet, CallError> {
        let operation = "DescribeChangeSet";
        let mut changes = Vec::new();
        let mut token = String::new();
        loop {
            let mut input = vec![("ChangeSetName", id)];
            if !token.is_empty() {
                input.push(("NextToken", &token));
            }
            let result = Element::result(&self.call(operation, &input).await?, operation)?;
            changes.extend(result.members("Changes").filter_map(Change::read));
            token = result.text("NextToken");
            if token.is_empty() {
                let (status, reason) = (result.text("Status"), result.text("StatusReason"));
                return Ok(ChangeSet { status, reason, changes });
            }
        }
    }

    pub(crate) async fn execute(self, change_set: &str) -> Result<(), CallError> {
        self.call("ExecuteChangeSet", &[("ChangeSetName", change_set)]).await.map(drop)
    }

    pub(crate) async fn delete_change_set(self, id: &str) -> Result<(), CallError> {
        self.call("DeleteChangeSet", &[("ChangeSetName", id)]).await.map(drop)
    }

    pub(crate) async fn delete(self, stack: &str, role: Option<&str>) -> Result<(), CallError> {
        let mut input = vec![("StackName", stack)];
        input.extend(role.map(|role| ("RoleARN", role)));
        self.call("DeleteStack", &input).await.map(drop)
    }

    /// What happened to a stack after an event, oldest first.
    pub(crate) async fn events_after(
        self,
        stack: &str,
        last: Option<&str>,
    ) -> Result<Vec<StackEvent>, CallError> {
        let operation = "DescribeStackEvents";
        let mut events = Vec::new();
        let mut token = String::new();
        loop {
            let mut input = vec![("StackName", stack)];
            if !token.is_empty() {
                input.push(("NextToken", &token));
            }
            let result = Element::result(&self.call(operation, &input).await?, operation)?;
            token = result.text("NextToken");
            for event in result.members("StackEvents").map(StackEvent::read) {
                if Some(event.id.as_str()) == last {
                    token.clear();
                    break;
                }
                events.push(event);
            }
            if token.is_empty() {
                events.reverse();
                return Ok(events);
            }
        }
    }
}
