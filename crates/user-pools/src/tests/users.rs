use directory::{
    Change, CodePurpose, Contact, GroupMember, GroupMemberKey, MembershipKey, RefreshToken,
    RefreshTokenKey, RevokedOrigin, RevokedOriginKey,
};
use types::Clock;
use wire::cognito_idp::{
    AdminCreateUserRequest, CreateUserPoolRequest, ListUsersInGroupRequest, ListUsersRequest,
    MessageActionType, PasswordPolicyType, UpdateUserPoolRequest, UserPoolPolicyType,
    UsernameConfigurationType,
};

use super::{PASSWORD, World, refused, signed_in};
use crate::codes::Destination;

#[tokio::test]
async fn a_name_is_one_user_s_and_so_is_a_sub() {
    let world = World::new();
    let (pool, _) = world.pool(CreateUserPoolRequest::default()).await;
    let ann = world.create_user(&pool, "Ann", &[]).await.unwrap();
    assert_eq!(ann.created, world.clock.now());
    let exists = ("UsernameExistsException", "User account already exists".to_owned());
    assert_eq!(refused(world.create_user(&pool, "Ann", &[]).await), exists);
    world.create_user(&pool, "ann", &[]).await.unwrap();
    let name = ann.sub.to_string();
    assert_eq!(refused(world.create_user(&pool, &name, &[]).await), exists, "ann's sub");
    // Another pool has users of its own.
    let (other, _) = world.pool(CreateUserPoolRequest::default()).await;
    world.create_user(&other, "Ann", &[]).await.unwrap();
}

#[tokio::test]
async fn a_pool_that_ignores_case_has_one_user_for_all_spellings() {
    let world = World::new();
    let configuration = UsernameConfigurationType { case_sensitive: false };
    let (key, pool) = world
        .pool(CreateUserPoolRequest {
            username_configuration: Some(configuration),
            ..CreateUserPoolRequest::default()
        })
        .await;
    world.create_user(&key, "Ann", &[]).await.unwrap();
    let exists = refused(world.create_user(&key, "aNN", &[]).await);
    assert_eq!(exists.0, "UsernameExistsException");
    let found = world.pools.user(&key, &pool, "ANN").await.unwrap().unwrap().1.record;
    assert_eq!(found.username, "Ann", "the name is kept as it was given");
    let by_sub = world.pools.user(&key, &pool, &found.sub.to_string()).await.unwrap();
    assert_eq!(by_sub.unwrap().1.record.username, "Ann");
}

#[tokio::test]
async fn passwords_must_fit_the_policy_wherever_they_are_set() {
    let world = World::new();
    let (pool, _) = world.pool(CreateUserPoolRequest::default()).await;
    let message = "Password did not conform with policy: Password not long enough".to_owned();
    let invalid = ("InvalidPasswordException", message);
    let input = AdminCreateUserRequest {
        username: "ann".into(),
        temporary_password: Some("short".into()),
        ..AdminCreateUserRequest::default()
    };
    assert_eq!(refused(world.pools.admin_create_user(&pool, &input).await), invalid);
    world.create_user(&pool, "ann", &[]).await.unwrap();
    let set = world.pools.admin_set_user_password(&pool, "ann", "short".into(), true).await;
    assert_eq!(refused(set), invalid);
    let set = world.pools.admin_set_user_password(&pool, "bob", PASSWORD.into(), true).await;
    assert_eq!(refused(set), ("UserNotFoundException", "User does not exist.".to_owned()));
}

#[tokio::test]
async fn whoever_is_reached_is_invited_with_a_password_unless_that_is_suppressed() {
    use wire::cognito_idp::{AttributeType, DeliveryMediumType};
    let world = World::new();
    let place = world.plain_place().await;
    let attribute = |name: &str, value: &str| AttributeType {
        name: name.to_owned(),
        value: Some(value.into()),
    };
    let (email, phone) = (attribute("email", "a@b.c"), attribute("phone_number", "+4930123"));
    let (mail, sms) = (DeliveryMediumType::Email, DeliveryMediumType::Sms);
    let both = vec![email.clone(), phone.clone()];
    for (number, (attributes, mediums, action, expected)) in [
        (vec![], vec![], None, Ok(vec![])),
        (vec![email.clone()], vec![], None, Ok(vec!["a@b.c"])),
        (both.clone(), vec![], None, Ok(vec!["+4930123"])),
        (both.clone(), vec![mail], None, Ok(vec!["a@b.c"])),
        (both.clone(), vec![mail, sms], None, Ok(vec!["a@b.c", "+4930123"])),
        (both, vec![mail], Some(MessageActionType::Suppress), Ok(vec![])),
        (vec![email], vec![sms], None, Err("InvalidParameterException")),
        (vec![], vec![], Some(MessageActionType::Resend), Err("UserNotFoundException")),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("user{number}");
        let input = AdminCreateUserRequest {
            username: name.as_str().into(),
            message_action: action,
            user_attributes: Some(attributes),
            desired_delivery_mediums: Some(mediums),
            ..AdminCreateUserRequest::default()
        };
        let outcome = world.pools.admin_create_user(&place.key, &input).await;
        let invitations = match (outcome, expected) {
            (Ok(invited), Ok(expected)) => {
                let to = invited.invitations.iter().map(|(to, _)| to.address.as_str());
                assert_eq!(to.collect::<Vec<_>>(), expected, "{name}");
                invited.invitations
            }
            (Err(error), Err(code)) => {
                assert_eq!(refused::<()>(Err(error)).0, code, "{name}");
                continue;
            }
            (outcome, expected) => panic!("{name}: {} and not {expected:?}", outcome.is_ok()),
        };
        for (_, password) in invitations {
            let outcome = world.by_password(&place, &name, password.expose()).await;
            assert!(matches!(outcome, Ok(crate::sign_in::Outcome::Challenge { .. })), "{name}");
        }
    }
}

#[tokio::test]
async fn only_whoever_still_has_a_temporary_password_is_invited_again() {
    let world = World::new();
    let place = world.plain_place().await;
    world.create_user(&place.key, "ann", &[("email", "a@b.c")]).await.unwrap();
    let again = AdminCreateUserRequest {
        username: "ann".into(),
        message_action: Some(MessageActionType::Resend),
        ..AdminCreateUserRequest::default()
    };
    let invite = async || world.pools.admin_create_user(&place.key, &again).await;
    let (first, second) = (invite().await.unwrap(), invite().await.unwrap());
    assert_eq!(first.user.sub, second.user.sub);
    let (first, second) = (&first.invitations[0].1, &second.invitations[0].1);
    let wrong = world.by_password(&place, "ann", first.expose()).await;
    assert_eq!(refused(wrong).0, "NotAuthorizedException");
    let right = world.by_password(&place, "ann", second.expose()).await;
    assert!(matches!(right, Ok(crate::sign_in::Outcome::Challenge { .. })));
    world.user_password(&place, "ann", PASSWORD).await;
    assert_eq!(refused(invite().await).0, "UnsupportedUserStateException");
}

#[tokio::test]
async fn users_are_listed_page_by_page_and_found_by_filter() {
    let world = World::new();
    let (key, pool) = world.pool(CreateUserPoolRequest::default()).await;
    for number in 0..7 {
        let name = format!("user{number}");
        let email = format!("{name}@{}.example", if number < 5 { "a" } else { "b" });
        world.create_user(&key, &name, &[("email", &email), ("name", "N")]).await.unwrap();
    }
    let list = async |filter: Option<&str>, limit, attributes: Option<&[&str]>| {
        let mut input = ListUsersRequest {
            filter: filter.map(str::to_owned),
            limit: Some(limit),
            attributes_to_get: attributes
                .map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            ..ListUsersRequest::default()
        };
        let mut pages = Vec::new();
        loop {
            let page = world.pools.list_users(&key, &pool, &input).await.unwrap();
            let names = page.users.unwrap().into_iter().map(|user| {
                let shown = user.attributes.unwrap();
                (user.username.unwrap().expose().clone(), shown.len())
            });
            pages.push(names.collect::<Vec<_>>());
            match page.pagination_token {
                Some(token) => input.pagination_token = Some(token),
                None => return pages,
            }
        }
    };
    let pages = list(None, 3, None).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 1]);
    let all: Vec<_> = pages.into_iter().flatten().collect();
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted() && all.iter().all(|(_, attributes)| *attributes == 3));
    let names = |pages: Vec<Vec<(String, usize)>>| -> Vec<String> {
        pages.into_iter().flatten().map(|(name, _)| name).collect()
    };
    assert_eq!(names(list(Some("username = \"user3\""), 60, None).await), ["user3"]);
    assert!(names(list(Some("username = \"User3\""), 60, None).await).is_empty());
    let found = list(Some("email ^= \"user6@b\""), 1, Some(&["email"])).await;
    assert_eq!(found.concat(), [("user6".to_owned(), 1)]);
    let found = list(Some("name = \"N\""), 2, None).await;
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2, 1]);
    let forged = ListUsersRequest {
        pagination_token: Some("forged".to_owned()),
        ..ListUsersRequest::default()
    };
    let outcome = world.pools.list_users(&key, &pool, &forged).await;
    assert_eq!(refused(outcome).0, "InvalidParameterException");
}

#[tokio::test]
async fn a_group_made_anew_has_none_of_the_old_members() {
    let world = World::new();
    let (pool, _) = world.pool(CreateUserPoolRequest::default()).await;
    let ann = world.create_user(&pool, "ann", &[]).await.unwrap();
    let pools = &world.pools;
    let names = async || -> Vec<String> {
        let groups = pools.groups_of(&pool, ann.sub).await.unwrap();
        groups.into_iter().map(|group| group.name).collect()
    };
    world.group(&pool, "admin", 0, None).await;
    for _ in 0..2 {
        pools.admin_add_user_to_group(&pool, "ann", "admin").await.unwrap();
    }
    assert_eq!(names().await, ["admin"]);
    let again = wire::cognito_idp::CreateGroupRequest {
        group_name: "admin".to_owned(),
        ..wire::cognito_idp::CreateGroupRequest::default()
    };
    assert_eq!(refused(pools.create_group(&pool, again, None).await).0, "GroupExistsException");
    pools.delete_group(&pool, "admin").await.unwrap();
    assert!(names().await.is_empty());
    let gone = refused(pools.delete_group(&pool, "admin").await);
    assert_eq!(gone, ("ResourceNotFoundException", "Group not found.".to_owned()));
    world.group(&pool, "admin", 0, None).await;
    assert!(names().await.is_empty());
    pools.admin_add_user_to_group(&pool, "ann", "admin").await.unwrap();
    assert_eq!(names().await, ["admin"]);
    let missing = pools.admin_add_user_to_group(&pool, "ann", "user").await;
    assert_eq!(refused(missing).0, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_user_made_anew_is_in_none_of_the_old_groups() {
    let world = World::new();
    let (pool, _) = world.pool(CreateUserPoolRequest::default()).await;
    world.create_user(&pool, "ann", &[]).await.unwrap();
    world.group(&pool, "admin", 0, None).await;
    let pools = &world.pools;
    pools.admin_add_user_to_group(&pool, "ann", "admin").await.unwrap();
    pools.admin_delete_user(&pool, "ann").await.unwrap();
    assert_eq!(refused(pools.admin_delete_user(&pool, "ann").await).0, "UserNotFoundException");
    let ann = world.create_user(&pool, "ann", &[]).await.unwrap();
    assert!(pools.groups_of(&pool, ann.sub).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_belongs_to_a_user_goes_in_the_background_once_the_user_is_gone() {
    let world = World::new();
    let place = world.plain_place().await;
    let (key, pools) = (&place.key, &world.pools);
    world.group(key, "admin", 0, None).await;
    let mut subs = Vec::new();
    for name in ["ann", "bob"] {
        world.user(&place, name).await;
        pools.admin_add_user_to_group(key, name, "admin").await.unwrap();
        for _ in 0..2 {
            signed_in(world.by_password(&place, name, PASSWORD).await);
        }
        let user = pools.user(key, &place.pool, name).await.unwrap().unwrap().1.record;
        let contact = Contact::Email;
        let destination = Destination { contact, address: "ann@example.com".to_owned() };
        pools.new_code(key, user.sub, CodePurpose::VerifyEmail, &destination).await.unwrap();
        let token = world.directory.all(&RefreshTokenKey::of_user(key, user.sub)).await.unwrap();
        let token: &RefreshToken = &token.first().unwrap().record;
        let (user, origin_jti) = (user.sub, token.origin_jti);
        let revoked = RevokedOriginKey { pool: key.clone(), user, origin_jti };
        let mut change = Change::new();
        let forgettable = world.clock.now();
        change.create(&revoked, &RevokedOrigin { user, origin_jti, forgettable });
        world.directory.commit(change).await.unwrap();
        subs.push(user);
    }
    let tables = async |sub| {
        let mut tables = world.tables_with(&MembershipKey::of_user(key, sub)).await;
        tables.sort_unstable();
        tables
    };
    let members = async || {
        let within = GroupMemberKey::of_group(key, "admin");
        let members = world.directory.all::<GroupMember>(&within).await.unwrap();
        members.into_iter().map(|found| found.record.user).collect::<Vec<_>>()
    };
    let all = [
        "refresh_token",
        "revoked_origin",
        "user_pool_membership",
        "user_sub",
        "verification_code",
    ];
    assert_eq!(tables(subs[0]).await, all);
    pools.admin_delete_user(key, "ann").await.unwrap();
    assert_eq!(tables(subs[0]).await.len(), all.len() - 1, "the index entry goes at once");
    assert_eq!(world.background_work().await, 1);
    assert!(tables(subs[0]).await.is_empty());
    assert_eq!(tables(subs[1]).await, all);
    assert_eq!(members().await, [subs[1]]);
}

#[tokio::test]
async fn a_group_s_members_are_listed_page_by_page_while_they_are_in_it() {
    let world = World::new();
    let (pool, _) = world.pool(CreateUserPoolRequest::default()).await;
    let pools = &world.pools;
    world.group(&pool, "user", 0, None).await;
    world.group(&pool, "other", 0, None).await;
    let names: Vec<String> = (0..5).map(|number| format!("user{number}")).collect();
    for name in &names {
        world.create_user(&pool, name, &[]).await.unwrap();
        pools.admin_add_user_to_group(&pool, name, "user").await.unwrap();
    }
    let list = async |limit| {
        let mut input = ListUsersInGroupRequest {
            group_name: "user".to_owned(),
            limit: Some(limit),
            ..ListUsersInGroupRequest::default()
        };
        let (mut lengths, mut names) = (Vec::new(), Vec::new());
        loop {
            let page = pools.list_users_in_group(&pool, &input).await.unwrap();
            let users = page.users.unwrap();
            lengths.push(users.len());
            names.extend(users.into_iter().map(|user| user.username.unwrap().expose().clone()));
            input.next_token = page.next_token;
            if input.next_token.is_none() {
                names.sort();
                return (lengths, names);
            }
        }
    };
    assert_eq!(list(2).await, (vec![2, 2, 1], names.clone()));
    for _ in 0..2 {
        pools.admin_remove_user_from_group(&pool, "user0", "user").await.unwrap();
    }
    pools.admin_remove_user_from_group(&pool, "user1", "other").await.unwrap();
    pools.admin_delete_user(&pool, "user2").await.unwrap();
    assert_eq!(list(60).await.1, ["user1", "user3", "user4"]);
    for (user, group, code) in [
        ("nobody", "user", "UserNotFoundException"),
        ("user1", "nothing", "ResourceNotFoundException"),
    ] {
        let refusal = refused(pools.admin_remove_user_from_group(&pool, user, group).await);
        assert_eq!(refusal.0, code);
    }
    // A group made anew under the name has none of them.
    pools.delete_group(&pool, "user").await.unwrap();
    world.group(&pool, "user", 0, None).await;
    assert!(list(60).await.1.is_empty());
}

/// What comes of setting a password that was used before.
const USED: Result<(), &str> = Err("PasswordHistoryPolicyViolationException");

#[tokio::test]
async fn passwords_from_before_are_not_set_again_while_the_pool_remembers_them() {
    let world = World::new();
    let remembering = |size| UserPoolPolicyType {
        password_policy: Some(PasswordPolicyType {
            password_history_size: Some(size),
            ..PasswordPolicyType::default()
        }),
        ..UserPoolPolicyType::default()
    };
    let (pool, _) = world
        .pool(CreateUserPoolRequest { policies: Some(remembering(2)), ..Default::default() })
        .await;
    world.create_user(&pool, "ann", &[]).await.unwrap();
    let set = async |password: &str| {
        let set = world.pools.admin_set_user_password(&pool, "ann", password.into(), true);
        set.await.map_err(|error| refused::<()>(Err(error)).0)
    };
    assert_eq!(set("Password-1").await, Ok(()));
    assert_eq!(set("Password-1").await, USED, "it is the one that is set");
    assert_eq!(set("Password-2").await, Ok(()));
    assert_eq!(set("Password-1").await, USED);
    assert_eq!(set("Password-3").await, Ok(()));
    assert_eq!(set("Password-2").await, USED);
    assert_eq!(set("Password-1").await, Ok(()), "two are remembered, not three");
    world.create_user(&pool, "bob", &[]).await.unwrap();
    let of_another = world.pools.admin_set_user_password(&pool, "bob", "Password-1".into(), true);
    of_another.await.unwrap();
    // A pool that forgets takes any of them again.
    let forgets = UpdateUserPoolRequest { policies: Some(remembering(0)), ..Default::default() };
    world.pools.update_user_pool(&pool, forgets).await.unwrap();
    assert_eq!(set("Password-1").await, Ok(()));
    let record = world.pools.pool(&pool).await.unwrap().record;
    let ann = world.pools.user(&pool, &record, "ann").await.unwrap().unwrap().1.record;
    assert!(ann.former_passwords.is_empty());
}
