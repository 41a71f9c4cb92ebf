//! The way from a template to a stack: change set, execution, events.

use std::time::Duration;

use tokio::time::sleep;
use types::Entropy;

use super::operations::{Change, NewChangeSet, Stack, StackEvent, Stacks};
use crate::aws::CallError;

/// The first pause between two looks at something in progress; each is twice as long as the one
/// before, up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(20);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// What is to be applied.
pub(crate) struct Request<'a> {
    /// The stack's name.
    pub(crate) stack: &'a str,
    /// The template's text.
    pub(crate) template: &'a str,
    /// The names of the template's parameters.
    pub(crate) declared: &'a [String],
    /// The parameters given; for the others a stack keeps its own value.
    pub(crate) parameters: &'a [(String, String)],
    /// The role that CloudFormation acts as, instead of the caller.
    pub(crate) role_arn: Option<&'a str>,
    /// Whether to execute the change set, and not only to show it.
    pub(crate) execute: bool,
}

/// Who is told what happens, as it happens.
pub(crate) trait Watcher {
    /// Something that is done beforehand.
    fn note(&mut self, note: &str);
    /// What will be changed.
    fn changes(&mut self, stack: &str, changes: &[Change]);
    /// What happened.
    fn event(&mut self, event: &StackEvent);
}

/// How it ended.
#[derive(Debug)]
pub(crate) enum Applied {
    /// The stack was so already.
    Unchanged(Stack),
    /// The change set was shown, and removed.
    Shown(Vec<Change>),
    /// The stack is as the template says.
    Done { stack: Stack, changes: Vec<Change> },
    /// The template cannot be applied, and nothing was tried.
    Refused(String),
    /// It was tried, failed, and was taken back as far as that could be done.
    Failed { status: String, reasons: Vec<String> },
}

/// Applies a template.
pub(crate) async fn apply(
    stacks: Stacks<'_>,
    request: &Request<'_>,
    entropy: &dyn Entropy,
    watcher: &mut dyn Watcher,
) -> Result<Applied, CallError> {
    let existing = ready(stacks, request, watcher).await?;
    let creates = existing.as_ref().is_none_or(Stack::in_review);
    let kept = |name: &String| existing.as_ref().is_some_and(|at| at.parameters.contains(name));
    let given = request.parameters.iter();
    let mut parameters: Vec<(String, Option<String>)> =
        given.map(|(name, value)| (name.clone(), Some(value.clone()))).collect();
    for name in request.declared {
        if !request.parameters.iter().any(|(given, _)| given == name) && !creates && kept(name) {
            parameters.push((name.clone(), None));
        }
    }
    let name = format!("cloakroom-{}", entropy.text(b"abcdefghijklmnopqrstuvwxyz0123456789", 16));
    let new = NewChangeSet {
        stack: request.stack,
        name: &name,
        creates,
        template: request.template,
        parameters: &parameters,
        role_arn: request.role_arn,
    };
    let (stack_id, id) = stacks.create_change_set(&new).await?;
    let mut pause = PAUSE_MIN;
    let change_set = loop {
        let change_set = stacks.change_set(&id).await?;
        if !matches!(change_set.status.as_str(), "CREATE_PENDING" | "CREATE_IN_PROGRESS") {
            break change_set;
        }
        wait(&mut pause).await;
    };
    if change_set.status != "CREATE_COMPLETE" {
        stacks.delete_change_set(&id).await?;
        if let Some(stack) = existing.filter(|_| !creates && changes_nothing(&change_set.reason)) {
            return Ok(Applied::Unchanged(stack));
        }
        remove_review(stacks, &stack_id, creates).await?;
        return Ok(Applied::Refused(change_set.reason));
    }
    watcher.changes(request.stack, &change_set.changes);
    if !request.execute {
        stacks.delete_change_set(&id).await?;
        remove_review(stacks, &stack_id, creates).await?;
        return Ok(Applied::Shown(change_set.changes));
    }
    let before = stacks.events_after(&stack_id, None).await?;
    stacks.execute(&id).await?;
    let last = before.last().map(|event| event.id.clone());
    let events = watch(stacks, &stack_id, last, watcher).await?;
    let status = events.last().map(|event| event.status.clone()).unwrap_or_default();
    if matches!(status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE")
        && let Some(stack) = stacks.describe(&stack_id).await?
    {
        return Ok(Applied::Done { stack, changes: change_set.changes });
    }
    Ok(Applied::Failed { status, reasons: reasons(&events) })
}

/// Deletes a stack; none if there is no such stack, else the reasons why it is still there, if it is.
pub(crate) async fn delete(
    stacks: Stacks<'_>,
    stack: &str,
    role_arn: Option<&str>,
    watcher: &mut dyn Watcher,
) -> Result<Option<Result<(), Vec<String>>>, CallError> {
    let Some(found) = stacks.describe(stack).await? else { return Ok(None) };
    let before = stacks.events_after(&found.id, None).await?;
    stacks.delete(&found.id, role_arn).await?;
    let last = before.last().map(|event| event.id.clone());
    let events = watch(stacks, &found.id, last, watcher).await?;
    let deleted = events.last().is_some_and(|event| event.status == "DELETE_COMPLETE");
    Ok(Some(if deleted { Ok(()) } else { Err(reasons(&events)) }))
}

/// The stack as it is when nothing is in progress any more. One that could not be created is
/// deleted first, as it can become nothing else.
async fn ready(
    stacks: Stacks<'_>,
    request: &Request<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Option<Stack>, CallError> {
    let mut pause = PAUSE_MIN;
    let mut told = false;
    loop {
        let Some(stack) = stacks.describe(request.stack).await? else { return Ok(None) };
        if stack.status == "ROLLBACK_COMPLETE" && request.execute {
            watcher.note("Deleting what is left of the stack, which could not be created");
            delete(stacks, &stack.id, request.role_arn, watcher).await?;
            return Ok(None);
        }
        if !stack.in_progress() {
            return Ok(Some(stack));
        }
        if !told {
            watcher.note(&format!("Waiting for the stack, which is {}", stack.status));
            told = true;
        }
        wait(&mut pause).await;
    }
}

/// Tells a stack's events until one ends the operation; all of them, oldest first.
async fn watch(
    stacks: Stacks<'_>,
    stack_id: &str,
    mut last: Option<String>,
    watcher: &mut dyn Watcher,
) -> Result<Vec<StackEvent>, CallError> {
    let mut events: Vec<StackEvent> = Vec::new();
    let mut pause = PAUSE_MIN;
    loop {
        let new = stacks.events_after(stack_id, last.as_deref()).await?;
        if let Some(event) = new.last() {
            last = Some(event.id.clone());
            pause = PAUSE_MIN;
        }
        let ended = new.iter().any(|event| event.ends(stack_id));
        for event in new {
            watcher.event(&event);
            events.push(event);
        }
        if ended {
            return Ok(events);
        }
        wait(&mut pause).await;
    }
}

/// A change set for a new stack makes that stack, in review; without the change set it is nothing.
async fn remove_review(stacks: Stacks<'_>, stack_id: &str, creates: bool) -> Result<(), CallError> {
    if creates { stacks.delete(stack_id, None).await } else { Ok(()) }
}

/// Whether a change set failed because there is nothing to change; AWS says it in two ways.
fn changes_nothing(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

/// Why an operation failed: what failed of itself, and not because of something else.
fn reasons(events: &[StackEvent]) -> Vec<String> {
    events
        .iter()
        .filter(|event| event.status.ends_with("_FAILED") && !event.reason.is_empty())
        .filter(|event| event.kind != "AWS::CloudFormation::Stack")
        .filter(|event| !event.reason.contains("cancelled"))
        .map(|event| format!("{} ({}): {}", event.logical_id, event.kind, event.reason))
        .collect()
}

async fn wait(pause: &mut Duration) {
    sleep(*pause).await;
    *pause = (*pause * 2).min(PAUSE_MAX);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use types::{ManualClock, SeededEntropy, Timestamp};

    use super::*;
    use crate::aws::{
        Client,
        scripted_server::{Received, ScriptedServer},
    };

    const ID: &str = "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1";
    const NO_STACK: (u16, &str) = (
        400,
        "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id s does not exist\
         </Message></Error></ErrorResponse>",
    );

    /// An answer of an operation.
    fn answer(operation: &str, result: &str) -> (u16, String) {
        let body = format!(
            "<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"
        );
        (200, body)
    }

    fn stack(status: &str) -> (u16, String) {
        let stack = format!(
            "<Stacks><member><StackId>{ID}</StackId><StackName>s</StackName>\
             <StackStatus>{status}</StackStatus><Parameters><member><ParameterKey>Kept</ParameterKey>\
             </member></Parameters><Outputs><member><OutputKey>Name</OutputKey>\
             <OutputValue>value</OutputValue></member></Outputs></member></Stacks>"
        );
        answer("DescribeStacks", &stack)
    }

    fn change_set(status: &str, reason: &str) -> (u16, String) {
        let changes = "<Changes><member><ResourceChange><Action>Modify</Action><Replacement>True\
                       </Replacement><LogicalResourceId>Coats</LogicalResourceId><ResourceType>T\
                       </ResourceType></ResourceChange></member></Changes>";
        let result =
            format!("<Status>{status}</Status><StatusReason>{reason}</StatusReason>{changes}");
        answer("DescribeChangeSet", &result)
    }

    fn made() -> (u16, String) {
        answer("CreateChangeSet", &format!("<StackId>{ID}</StackId><Id>change</Id>"))
    }

    /// Events of the stack itself and of a resource, newest first.
    fn events(events: &[(&str, &str, &str)]) -> (u16, String) {
        let events: Vec<String> = events
            .iter()
            .map(|(id, what, status)| {
                let (physical, kind) =
                    if *what == "s" { (ID, "AWS::CloudFormation::Stack") } else { ("x", "T") };
                format!(
                    "<member><EventId>{id}</EventId><LogicalResourceId>{what}</LogicalResourceId>\
                     <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}\
                     </ResourceType><ResourceStatus>{status}</ResourceStatus>\
                     <ResourceStatusReason>because {status}</ResourceStatusReason></member>"
                )
            })
            .collect();
        answer("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>", events.concat()))
    }

    fn done(operation: &str) -> (u16, String) {
        answer(operation, "")
    }

    /// What was told.
    #[derive(Default)]
    struct Told(Vec<String>);

    impl Watcher for Told {
        fn note(&mut self, note: &str) {
            self.0.push(note.to_owned());
        }

        fn changes(&mut self, _: &str, changes: &[Change]) {
            self.0.extend(changes.iter().map(|one| format!("{:?} {}", one.action, one.logical_id)));
        }

        fn event(&mut self, event: &StackEvent) {
            self.0.push(format!("{} {}", event.logical_id, event.status));
        }
    }

    async fn run(
        answers: &[(u16, String)],
        execute: bool,
    ) -> (Result<Applied, CallError>, Vec<String>, Vec<Received>) {
        let answers: Vec<(u16, &str)> =
            answers.iter().map(|(status, body)| (*status, body.as_str())).collect();
        let server = ScriptedServer::start(&answers);
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let client = Client::new(server.endpoint.clone(), "us-east-1".parse().unwrap(), clock);
        let request = Request {
            stack: "s",
            template: "text",
            declared: &["Kept".to_owned(), "New".to_owned(), "Given".to_owned()],
            parameters: &[("Given".to_owned(), "7".to_owned())],
            role_arn: Some("arn:role"),
            execute,
        };
        let mut told = Told::default();
        let entropy = SeededEntropy::new(1);
        let applied = apply(Stacks(&client), &request, &entropy, &mut told).await;
        (applied, told.0, server.received())
    }

    fn no_stack() -> (u16, String) {
        (NO_STACK.0, NO_STACK.1.to_owned())
    }

    #[tokio::test]
    async fn a_stack_that_is_not_there_is_created() {
        let answers = [
            no_stack(),
            made(),
            change_set("CREATE_IN_PROGRESS", ""),
            change_set("CREATE_COMPLETE", ""),
            events(&[("1", "s", "REVIEW_IN_PROGRESS")]),
            done("ExecuteChangeSet"),
            events(&[("2", "s", "CREATE_IN_PROGRESS"), ("1", "s", "REVIEW_IN_PROGRESS")]),
            events(&[
                ("4", "s", "CREATE_COMPLETE"),
                ("3", "Coats", "CREATE_COMPLETE"),
                ("2", "s", "CREATE_IN_PROGRESS"),
            ]),
            stack("CREATE_COMPLETE"),
        ];
        let (applied, told, received) = run(&answers, true).await;
        let Applied::Done { stack, changes } = applied.unwrap() else { panic!("not done") };
        assert_eq!((stack.output("Name"), changes.len()), (Some("value"), 1));
        assert_eq!(
            told,
            ["Replace Coats", "s CREATE_IN_PROGRESS", "Coats CREATE_COMPLETE", "s CREATE_COMPLETE"]
        );
        let body = &received[1].body;
        for sent in [
            "ChangeSetType=CREATE",
            "TemplateBody=text",
            "Capabilities.member.1=CAPABILITY_IAM",
            "RoleARN=arn%3Arole",
            "Parameters.member.1.ParameterKey=Given&Parameters.member.1.ParameterValue=7",
        ] {
            assert!(body.contains(sent), "{sent} in {body}");
        }
        assert!(!body.contains("member.2.ParameterKey"), "{body}");
    }

    #[tokio::test]
    async fn a_stack_that_is_there_is_updated_and_keeps_its_parameters() {
        let answers = [
            stack("CREATE_COMPLETE"),
            made(),
            change_set("CREATE_COMPLETE", ""),
            events(&[("1", "s", "CREATE_COMPLETE")]),
            done("ExecuteChangeSet"),
            events(&[("2", "s", "UPDATE_COMPLETE"), ("1", "s", "CREATE_COMPLETE")]),
            stack("UPDATE_COMPLETE"),
        ];
        let (applied, told, received) = run(&answers, true).await;
        assert!(matches!(applied, Ok(Applied::Done { .. })), "{applied:?}");
        assert_eq!(told, ["Replace Coats", "s UPDATE_COMPLETE"]);
        let body = &received[1].body;
        let kept =
            "Parameters.member.2.ParameterKey=Kept&Parameters.member.2.UsePreviousValue=true";
        assert!(body.contains("ChangeSetType=UPDATE") && body.contains(kept), "{body}");
        assert!(!body.contains("New"), "{body}");
    }

    #[tokio::test]
    async fn a_failure_says_what_failed_of_itself() {
        let answers = [
            no_stack(),
            made(),
            change_set("CREATE_COMPLETE", ""),
            events(&[]),
            done("ExecuteChangeSet"),
            events(&[
                ("4", "s", "ROLLBACK_COMPLETE"),
                ("3", "s", "ROLLBACK_IN_PROGRESS"),
                ("2", "Coats", "CREATE_FAILED"),
                ("1", "s", "CREATE_IN_PROGRESS"),
            ]),
        ];
        let (applied, ..) = run(&answers, true).await;
        let Applied::Failed { status, reasons } = applied.unwrap() else { panic!("not failed") };
        assert_eq!(status, "ROLLBACK_COMPLETE");
        assert_eq!(reasons, ["Coats (T): because CREATE_FAILED"]);
    }

    #[tokio::test]
    async fn what_is_so_already_stays() {
        let answers = [
            stack("CREATE_COMPLETE"),
            made(),
            change_set("FAILED", "No updates are to be performed."),
            done("DeleteChangeSet"),
        ];
        let (applied, told, _) = run(&answers, true).await;
        assert!(matches!(applied, Ok(Applied::Unchanged(_))), "{applied:?}");
        assert!(told.is_empty());
    }

    #[tokio::test]
    async fn a_change_set_that_fails_otherwise_is_a_refusal_and_leaves_nothing() {
        let answers = [
            no_stack(),
            made(),
            change_set("FAILED", "wrong"),
            done("DeleteChangeSet"),
            done("DeleteStack"),
        ];
        let (applied, ..) = run(&answers, true).await;
        assert!(matches!(applied, Ok(Applied::Refused(reason)) if reason == "wrong"));
    }

    #[tokio::test]
    async fn what_is_only_shown_leaves_nothing() {
        let answers = [
            no_stack(),
            made(),
            change_set("CREATE_COMPLETE", ""),
            done("DeleteChangeSet"),
            done("DeleteStack"),
        ];
        let (applied, told, received) = run(&answers, false).await;
        assert!(matches!(applied, Ok(Applied::Shown(changes)) if changes.len() == 1));
        assert_eq!(told, ["Replace Coats"]);
        assert!(received[3].body.contains("ChangeSetName=change"));
    }

    #[tokio::test]
    async fn what_could_not_be_created_is_deleted_first_and_what_is_in_progress_awaited() {
        let answers = [
            stack("ROLLBACK_IN_PROGRESS"),
            stack("ROLLBACK_COMPLETE"),
            stack("ROLLBACK_COMPLETE"),
            events(&[("1", "s", "ROLLBACK_COMPLETE")]),
            done("DeleteStack"),
            events(&[("2", "s", "DELETE_COMPLETE"), ("1", "s", "ROLLBACK_COMPLETE")]),
            (
                400,
                "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
                    .to_owned(),
            ),
        ];
        let (applied, told, received) = run(&answers, true).await;
        assert!(matches!(applied, Err(CallError::Refused { .. })), "{applied:?}");
        assert_eq!(told.len(), 3, "{told:?}");
        assert!(received[6].body.contains("ChangeSetType=CREATE"));
    }
}
