//! Users and groups, which are kept under their ids and found by their names.

use directory::{
    Directory, Entity, EntityKind, EntityName, EntityNameKey, IamGroup, IamGroupKey, IamUser,
    IamUserKey, Owner, Record,
};
use types::UniqueId;

use crate::{
    error::AccessError,
    names::check_entity_name,
    paging::{self, Page},
};

/// An entity that can be renamed.
pub(crate) trait Named: Entity {
    /// Its key.
    fn key(owner: &Owner, unique_id: UniqueId) -> Self::Key;

    /// Gives it another name and path.
    fn rename(&mut self, name: String, path: String);
}

impl Named for IamUser {
    fn key(owner: &Owner, unique_id: UniqueId) -> IamUserKey {
        IamUserKey { owner: owner.clone(), unique_id }
    }

    fn rename(&mut self, name: String, path: String) {
        self.name = name;
        self.path = path;
    }
}

impl Named for IamGroup {
    fn key(owner: &Owner, unique_id: UniqueId) -> IamGroupKey {
        IamGroupKey { owner: owner.clone(), unique_id }
    }

    fn rename(&mut self, name: String, path: String) {
        self.name = name;
        self.path = path;
    }
}

/// Which page of a listing is asked for.
pub(crate) struct Listing<'a> {
    pub(crate) path_prefix: &'a str,
    /// The name of the last one of the page before.
    pub(crate) marker: Option<&'a str>,
    pub(crate) max_items: Option<i32>,
}

/// That a marker is a name.
pub(crate) fn check_marker(kind: EntityKind, marker: Option<&str>) -> Result<(), AccessError> {
    marker.map_or(Ok(()), |marker| check_entity_name(kind, marker).map_err(|_| invalid_marker()))
}

pub(crate) fn invalid_marker() -> AccessError {
    AccessError::Invalid { member: "marker", rule: "It must be the Marker of the answer before." }
}

/// A page of the users or groups of an account, by their names.
pub(crate) async fn page<E: Named>(
    directory: &Directory,
    owner: &Owner,
    listing: &Listing<'_>,
) -> Result<Page<E>, AccessError> {
    let position = |name: &str| {
        let key = EntityNameKey { owner: owner.clone(), kind: E::KIND, name: name.to_owned() };
        EntityName::encode_key(&key).to_vec()
    };
    let within = EntityNameKey::of_kind(owner, E::KIND);
    let after = listing.marker.map(position);
    let wanted = paging::length(listing.max_items);
    let under = |name: &EntityName| name.path.starts_with(listing.path_prefix);
    let (names, more) = paging::records(directory, &within, after, wanted, under).await?;
    let marker = names.last().filter(|_| more).map(|found| found.record.name.clone());
    let mut items = Vec::new();
    for name in names {
        // What was deleted since is passed over.
        let found = directory.get::<E>(&E::key(owner, name.record.unique_id)).await?;
        items.extend(found.map(|found| found.record));
    }
    Ok(Page { items, marker })
}
