//! What would happen to each resource, were the stack made of another source.

use std::collections::{BTreeMap, BTreeSet};

use directory::{
    ChangeAction, PropertyChange, RemovalPolicy, Replacement, ResourceChange, StackResource,
};
use serde_json::Value as Json;
use templates::{DeletionPolicy, Evaluated};

use crate::{
    resource::{Properties, ResourceType, by_name, has_unknown},
    source::{Known, properties},
    state::State,
};

/// A resource that exists, with what it was made of.
pub(crate) struct Existing {
    pub(crate) record: StackResource,
    pub(crate) state: State,
}

/// Which of the properties differ, and whether that replaces the resource.
pub(crate) fn compare(
    kind: &dyn ResourceType,
    before: &Properties,
    after: &Properties,
) -> Vec<PropertyChange> {
    let differing = kind.properties().iter().filter_map(|property| {
        let (old, new) = (before.get(property.name), after.get(property.name));
        if old == new {
            return None;
        }
        let dynamic = new.is_some_and(has_unknown);
        let replacement = match property.replacement() {
            Replacement::True if dynamic => Replacement::Conditional,
            replacement => replacement,
        };
        Some(PropertyChange { name: property.name.to_owned(), replacement, dynamic })
    });
    differing.collect()
}

/// Whether these changes replace the resource.
pub(crate) fn replacement(changes: &[PropertyChange]) -> Replacement {
    changes.iter().map(|change| change.replacement).max().unwrap_or(Replacement::False)
}

/// Everything that would happen, in the order in which it would.
///
/// The target was checked, so properties that cannot be read are left to the step that reads them.
pub(crate) fn plan(
    target: &Evaluated,
    tags: &BTreeMap<String, String>,
    existing: &BTreeMap<String, Existing>,
) -> Vec<ResourceChange> {
    let mut known = Planned { existing, uncertain: BTreeSet::new() };
    let mut changes = Vec::new();
    for resource in &target.resources {
        let id = resource.id.text.as_str();
        let Some(kind) = by_name(&resource.kind.text) else { continue };
        let change = match existing.get(id) {
            None => ResourceChange {
                action: ChangeAction::Add,
                logical_id: id.to_owned(),
                physical_id: None,
                kind: resource.kind.text.clone(),
                replacement: None,
                properties: Vec::new(),
                retained: false,
            },
            Some(before) => {
                let after = properties(kind, resource, &known, tags).unwrap_or_default();
                let same_kind = before.record.current.kind == resource.kind.text;
                let details = compare(kind, &before.state.properties, &after);
                if same_kind && details.is_empty() {
                    continue;
                }
                let replacement = if same_kind { replacement(&details) } else { Replacement::True };
                ResourceChange {
                    action: ChangeAction::Modify,
                    logical_id: id.to_owned(),
                    physical_id: before.record.current.physical_id.clone(),
                    kind: resource.kind.text.clone(),
                    replacement: Some(replacement),
                    properties: details,
                    retained: replacement != Replacement::False
                        && before.record.replace_policy == RemovalPolicy::Retain,
                }
            }
        };
        if change.replacement.is_none_or(|replacement| replacement != Replacement::False) {
            known.uncertain.insert(id);
        }
        changes.push(change);
    }
    let stays = |id: &str| target.resources.iter().any(|resource| resource.id.text == id);
    let mut removed: Vec<_> =
        existing.values().filter(|own| !stays(&own.record.logical_id)).collect();
    removed.sort_by_key(|own| std::cmp::Reverse(own.record.order));
    changes.extend(removed.into_iter().map(|own| ResourceChange {
        action: ChangeAction::Remove,
        logical_id: own.record.logical_id.clone(),
        physical_id: own.record.current.physical_id.clone(),
        kind: own.record.kind.clone(),
        replacement: None,
        properties: Vec::new(),
        retained: own.record.deletion_policy != RemovalPolicy::Delete,
    }));
    changes
}

/// What is known of resources before anything has happened: nothing of those that are made or replaced.
pub(crate) struct Planned<'a> {
    existing: &'a BTreeMap<String, Existing>,
    uncertain: BTreeSet<&'a str>,
}

impl<'a> Planned<'a> {
    /// After these changes.
    pub(crate) fn after(
        existing: &'a BTreeMap<String, Existing>,
        changes: &'a [ResourceChange],
    ) -> Self {
        let uncertain = changes.iter().filter(|change| {
            change.replacement.is_none_or(|replacement| replacement != Replacement::False)
        });
        Self { existing, uncertain: uncertain.map(|change| change.logical_id.as_str()).collect() }
    }
}

impl Known for Planned<'_> {
    fn physical_id(&self, logical_id: &str) -> Option<String> {
        let existing = self.existing.get(logical_id)?;
        let certain = !self.uncertain.contains(logical_id);
        certain.then(|| existing.record.current.physical_id.clone())?
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Option<Json> {
        self.existing.get(logical_id)?.state.attributes.get(name).cloned()
    }
}

/// A deletion policy as records keep it.
pub(crate) fn removal_policy(policy: DeletionPolicy) -> RemovalPolicy {
    match policy {
        DeletionPolicy::Delete => RemovalPolicy::Delete,
        DeletionPolicy::Retain => RemovalPolicy::Retain,
        DeletionPolicy::RetainExceptOnCreate => RemovalPolicy::RetainExceptOnCreate,
    }
}
