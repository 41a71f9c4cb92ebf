//! Which stack a request means, and what it takes to work with it.

use directory::{
    Change, ChangeSet, ChangeSetId, ChangeSetIdKey, ChangeSetKey, Directory, Found, Owner, Stack,
    StackKey, StackName, StackNameKey, StackResource, StackSource, StackSourceKey,
};
use gate::{Authorized, Caller, Need, On};
use types::{Arn, Uuid};

use crate::{Stacks, error::StackError, resource::StackPlace, state::Vault};

/// A stack's name, as AWS has them: a letter, and up to 127 letters, digits and hyphens.
pub(crate) fn is_stack_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|own| own.is_ascii_alphanumeric() || own == '-')
        && name.len() <= 128
}

/// What must be allowed on a stack that is given by name or ARN.
pub(crate) fn need(action: &'static str, stack: &str) -> Result<Need, StackError> {
    if stack.starts_with("arn:") {
        let arn = stack.parse::<Arn>().map_err(|_| StackError::NoSuchStack(stack.to_owned()))?;
        return Ok(Need::new(action, On::Own(arn)));
    }
    if !is_stack_name(stack) {
        let message = format!(
            "1 validation error detected: Value '{stack}' at 'stackName' failed to satisfy \
             constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        );
        return Err(StackError::Invalid(message));
    }
    Ok(Need::new(action, On::Stack(stack.to_owned())))
}

/// What must be allowed on a change set, by the ARN of its stack where that is named.
pub(crate) fn need_of_change_set(
    action: &'static str,
    stack: Option<&str>,
    change_set: &str,
    caller: &Caller,
) -> Result<Need, StackError> {
    let need = if let Some(stack) = stack {
        need(action, stack)?
    } else {
        let arn: Arn = change_set.parse().map_err(|_| {
            let message =
                "StackName must be specified if ChangeSetName is not specified as an ARN.";
            StackError::Invalid(message.to_owned())
        })?;
        if arn.account_id() != caller.principal.account() {
            return Err(StackError::NoSuchChangeSet(change_set.to_owned()));
        }
        Need::new(action, On::Own(arn))
    };
    Ok(need.with("cloudformation:changesetname", change_set.to_owned()))
}

/// A stack with its key.
pub(crate) struct FoundStack {
    pub(crate) key: StackKey,
    pub(crate) found: Found<Stack>,
}

impl FoundStack {
    pub(crate) fn arn(&self) -> Arn {
        self.found.record.arn(&self.key.owner)
    }
}

/// The owner of the caller's own stacks.
pub(crate) fn owner<O: wire::Operation>(request: &Authorized<O>) -> Result<Owner, StackError> {
    request.owner().ok_or(StackError::NoAccount)
}

impl Stacks {
    pub(crate) fn vault(&self) -> Vault<'_> {
        Vault { ring: &self.ring, entropy: &*self.entropy }
    }

    /// The stack of that name or ARN: of a deleted one only the ARN is known.
    pub(crate) async fn stack(
        &self,
        owner: &Owner,
        given: &str,
    ) -> Result<Option<FoundStack>, StackError> {
        let id = if let Ok(arn) = given.parse::<Arn>() {
            let own = arn.service() == "cloudformation"
                && arn.account() == owner.account().as_str()
                && arn.region() == owner.region().as_str();
            let mut parts = arn.resource().split('/');
            match (own, parts.next(), parts.next(), parts.next(), parts.next()) {
                (true, Some("stack"), Some(_), Some(id), None) => id.parse::<Uuid>().ok(),
                _ => None,
            }
        } else {
            let key = StackNameKey { owner: owner.clone(), name: given.to_owned() };
            self.directory.get::<StackName>(&key).await?.map(|found| found.record.id)
        };
        let Some(id) = id else { return Ok(None) };
        let key = StackKey { owner: owner.clone(), id };
        let Some(found) = self.directory.get::<Stack>(&key).await? else { return Ok(None) };
        let stack = FoundStack { key, found };
        // The ARN names the stack too.
        let is_it = !given.starts_with("arn:") || stack.arn().as_str() == given;
        Ok(is_it.then_some(stack))
    }

    /// The same, which must be there.
    pub(crate) async fn existing(
        &self,
        owner: &Owner,
        given: &str,
    ) -> Result<FoundStack, StackError> {
        let found = self.stack(owner, given).await?;
        found.ok_or_else(|| StackError::NoSuchStack(given.to_owned()))
    }

    /// A change set by its name and stack, or by its ARN.
    pub(crate) async fn change_set(
        &self,
        owner: &Owner,
        stack: Option<&str>,
        given: &str,
    ) -> Result<(FoundStack, ChangeSetKey, Found<ChangeSet>), StackError> {
        let missing = || StackError::NoSuchChangeSet(given.to_owned());
        let named = match stack {
            Some(stack) => {
                let found = self.stack(owner, stack).await?;
                Some(found.ok_or_else(|| StackError::NoSuchStackToChange(stack.to_owned()))?)
            }
            None => None,
        };
        let key = if let Ok(arn) = given.parse::<Arn>() {
            let id = arn.resource().rsplit('/').next().and_then(|id| id.parse().ok());
            let id = ChangeSetIdKey { owner: owner.clone(), id: id.ok_or_else(missing)? };
            let found = self.directory.get::<ChangeSetId>(&id).await?.ok_or_else(missing)?;
            let stack = StackKey { owner: owner.clone(), id: found.record.stack };
            ChangeSetKey { stack, name: found.record.name }
        } else {
            let stack = named.as_ref().ok_or_else(missing)?.key.clone();
            ChangeSetKey { stack, name: given.to_owned() }
        };
        if named.as_ref().is_some_and(|named| named.key.id != key.stack.id) {
            return Err(missing());
        }
        let found = self.directory.get::<ChangeSet>(&key).await?.ok_or_else(missing)?;
        if given.starts_with("arn:") && found.record.arn(owner).as_str() != given {
            return Err(missing());
        }
        let stack = if let Some(stack) = named {
            stack
        } else {
            let stack = self.directory.get::<Stack>(&key.stack).await?.ok_or_else(missing)?;
            FoundStack { key: key.stack.clone(), found: stack }
        };
        Ok((stack, key, found))
    }

    /// A source of a stack.
    pub(crate) async fn source(
        &self,
        stack: &StackKey,
        number: u64,
    ) -> Result<(StackSourceKey, StackSource), StackError> {
        source(&self.directory, stack, number).await
    }

    /// The resources of a stack, in the order in which they were made.
    pub(crate) async fn resources(
        &self,
        stack: &StackKey,
    ) -> Result<Vec<Found<StackResource>>, StackError> {
        let mut all = self.directory.all::<StackResource>(&stack.within()).await?;
        all.sort_by_key(|found| found.record.order);
        Ok(all)
    }

    /// Commits what makes work necessary, and tells whoever does it.
    pub(crate) async fn commit_work(&self, change: Change) -> Result<(), StackError> {
        self.directory.commit(change).await?;
        self.wakeup.notify_one();
        Ok(())
    }
}

/// A source of a stack.
pub(crate) async fn source(
    directory: &Directory,
    stack: &StackKey,
    number: u64,
) -> Result<(StackSourceKey, StackSource), StackError> {
    let key = StackSourceKey { stack: stack.clone(), number };
    let found = directory.get::<StackSource>(&key).await?;
    let found = found.ok_or(StackError::Damaged("its source is missing"))?;
    Ok((key, found.record))
}

/// What resources see of their stack.
pub(crate) fn place(key: &StackKey, stack: &Stack) -> StackPlace {
    StackPlace {
        account: *key.owner.account(),
        region: key.owner.region().clone(),
        name: stack.name.clone(),
        arn: stack.arn(&key.owner),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_a_letter_and_goes_on_with_few_characters() {
        for name in ["a", "demo", "My-Stack-1", &"a".repeat(128)] {
            assert!(is_stack_name(name), "{name}");
        }
        for name in ["", "1a", "-a", "a_b", "a.b", "ä", "a b", &"a".repeat(129)] {
            assert!(!is_stack_name(name), "{name}");
        }
    }
}
