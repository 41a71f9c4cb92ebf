//! AWS CloudFormation: stacks of resources, made, changed and deleted as a template says.
//!
//! A file per operation; each only writes down what is to be done, with a job in the same commit. The
//! [`Engine`] does it, step by step, every step recorded before and after it is taken, so that it goes on
//! after a crash. What a step does is in the files of the resource types ([`resource`]): calls of
//! other services' operations, decided by the gate at that moment for whoever the stack is worked on as.
//!
//! Deliberately absent: any way to a resource but its service's operations; what a template means, which
//! is `templates`.

mod change_sets;
mod create_change_set;
mod create_stack;
mod cursor;
mod delete_change_set;
mod delete_stack;
mod describe_change_set;
mod describe_stack_events;
mod describe_stack_resource;
mod describe_stack_resources;
mod describe_stacks;
mod engine;
mod error;
mod execute_change_set;
mod finding;
mod get_template;
mod get_template_summary;
mod list_change_sets;
mod list_exports;
mod list_stack_resources;
mod list_stacks;
mod not_served;
mod plan;
mod requested;
mod resource;
mod shape;
mod source;
mod state;
mod update_stack;
mod validate_template;

use std::sync::Arc;

use directory::Directory;
use gate::Registry;
use session::KeyRing;
use tokio::sync::Notify;
use types::{Clock, Entropy};

pub use engine::Engine;

/// How the service is called where it acts for a stack.
const SERVICE_PRINCIPAL: &str = "cloudformation.amazonaws.com";

/// What the service stands on.
pub struct Stacks {
    /// Typed records.
    pub directory: Directory,
    /// What parameters, properties and outputs are sealed with: some are secrets.
    pub ring: Arc<KeyRing>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance, for ids and names.
    pub entropy: Arc<dyn Entropy>,
    /// Told when there is work: what the runner of the directory's jobs looks up for.
    pub wakeup: Arc<Notify>,
}

/// Adds the service's operations.
pub fn register(stacks: &Arc<Stacks>, registry: &mut Registry) {
    registry.add(create_change_set::CreateChangeSet(stacks.clone()));
    registry.add(create_stack::CreateStack(stacks.clone()));
    registry.add(delete_change_set::DeleteChangeSet(stacks.clone()));
    registry.add(delete_stack::DeleteStack(stacks.clone()));
    registry.add(describe_change_set::DescribeChangeSet(stacks.clone()));
    registry.add(describe_stack_events::DescribeStackEvents(stacks.clone()));
    registry.add(describe_stack_resource::DescribeStackResource(stacks.clone()));
    registry.add(describe_stack_resources::DescribeStackResources(stacks.clone()));
    registry.add(describe_stacks::DescribeStacks(stacks.clone()));
    registry.add(execute_change_set::ExecuteChangeSet(stacks.clone()));
    registry.add(get_template::GetTemplate(stacks.clone()));
    registry.add(get_template_summary::GetTemplateSummary(stacks.clone()));
    registry.add(list_change_sets::ListChangeSets(stacks.clone()));
    registry.add(list_exports::ListExports(stacks.clone()));
    registry.add(list_stack_resources::ListStackResources(stacks.clone()));
    registry.add(list_stacks::ListStacks(stacks.clone()));
    registry.add(update_stack::UpdateStack(stacks.clone()));
    registry.add(validate_template::ValidateTemplate);
}
