//! Settings of pools, clients and groups that change, and what they must not change.

use std::collections::BTreeMap;

use directory::{UserPoolClientKey, UserPoolDomain, UserPoolKey};
use types::{Clock, SignedDuration};
use wire::cognito_idp::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AttributeDataType,
    CreateUserPoolClientRequest, CreateUserPoolRequest, DefaultEmailOptionType,
    DeletionProtectionType, EmailConfigurationType, EmailSendingAccountType,
    ExplicitAuthFlowsType as Flow, ListUserPoolClientsRequest, MessageTemplateType,
    PasswordPolicyType,
    RecoveryOptionNameType::{self, AdminOnly, VerifiedEmail, VerifiedPhoneNumber},
    RecoveryOptionType, SchemaAttributeType, UpdateGroupRequest, UpdateUserPoolClientRequest,
    UpdateUserPoolRequest, UserAttributeUpdateSettingsType, UserPoolPolicyType, UserPoolTierType,
    VerificationMessageTemplateType, VerifiedAttributeType,
};

use super::{PASSWORD, World, refused, signed_in};
use crate::{clients, pool_shape::described, tags};

fn update() -> UpdateUserPoolRequest {
    UpdateUserPoolRequest::default()
}

fn text(name: &str) -> SchemaAttributeType {
    SchemaAttributeType {
        name: Some(name.to_owned()),
        attribute_data_type: Some(AttributeDataType::String),
        ..SchemaAttributeType::default()
    }
}

fn tagged(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn an_update_resets_what_it_does_not_say_and_keeps_what_cannot_change() {
    let world = World::new();
    let (key, _) = world
        .pool(CreateUserPoolRequest {
            schema: Some(vec![text("team")]),
            auto_verified_attributes: Some(vec![VerifiedAttributeType::Email]),
            deletion_protection: Some(DeletionProtectionType::Active),
            user_pool_tags: Some(tagged(&[("team", "coats")])),
            user_pool_tier: Some(UserPoolTierType::Lite),
            policies: Some(UserPoolPolicyType {
                password_policy: Some(PasswordPolicyType {
                    minimum_length: Some(20),
                    ..PasswordPolicyType::default()
                }),
                ..UserPoolPolicyType::default()
            }),
            ..CreateUserPoolRequest::default()
        })
        .await;
    let domain = UserPoolDomain { prefix: "coats".to_owned(), managed_login_version: 1 };
    world.pools.create_user_pool_domain(&key, domain).await.unwrap();
    let before = described(&key, &world.pools.pool(&key).await.unwrap().record);
    world.clock.advance(SignedDuration::from_hours(1));
    world.pools.update_user_pool(&key, update()).await.unwrap();
    let after = described(&key, &world.pools.pool(&key).await.unwrap().record);
    assert_eq!(after.auto_verified_attributes, None);
    assert_eq!(after.deletion_protection, Some(DeletionProtectionType::Inactive));
    assert_eq!(after.user_pool_tags, Some(BTreeMap::new()));
    assert_eq!(after.user_pool_tier, Some(UserPoolTierType::Essentials));
    assert_eq!(after.policies.unwrap().password_policy.unwrap().minimum_length, Some(8));
    assert_eq!((after.name, after.domain), (before.name, before.domain));
    assert_eq!(after.schema_attributes.unwrap().len(), before.schema_attributes.unwrap().len());
    assert_eq!(after.creation_date, before.creation_date);
    assert_eq!(after.last_modified_date, Some(world.clock.now()));
    let named = UpdateUserPoolRequest { pool_name: Some("coats".to_owned()), ..update() };
    world.pools.update_user_pool(&key, named).await.unwrap();
    assert_eq!(world.pools.pool(&key).await.unwrap().record.name, "coats");
}

#[tokio::test]
async fn a_setting_that_makes_no_sense_or_is_not_served_changes_nothing() {
    let world = World::new();
    let (key, _) = world.pool(CreateUserPoolRequest::default()).await;
    let recovery = |options: &[(RecoveryOptionNameType, i32)]| {
        let option = |(name, priority): &(RecoveryOptionNameType, i32)| RecoveryOptionType {
            name: *name,
            priority: *priority,
        };
        let options = options.iter().map(option).collect();
        UpdateUserPoolRequest {
            account_recovery_setting: Some(AccountRecoverySettingType {
                recovery_mechanisms: Some(options),
            }),
            ..update()
        }
    };
    let template = |message: &str, option| UpdateUserPoolRequest {
        verification_message_template: Some(VerificationMessageTemplateType {
            email_message: Some(message.to_owned()),
            default_email_option: option,
            ..VerificationMessageTemplateType::default()
        }),
        ..update()
    };
    let invitation = |message: &str| UpdateUserPoolRequest {
        admin_create_user_config: Some(AdminCreateUserConfigType {
            invite_message_template: Some(MessageTemplateType {
                email_message: Some(message.to_owned()),
                ..MessageTemplateType::default()
            }),
            ..AdminCreateUserConfigType::default()
        }),
        ..update()
    };
    for (input, words) in [
        (recovery(&[(AdminOnly, 1), (VerifiedEmail, 2)]), "admin_only"),
        (recovery(&[(VerifiedEmail, 1), (VerifiedPhoneNumber, 1)]), "priority"),
        (recovery(&[(VerifiedEmail, 1), (VerifiedEmail, 2)]), "priority"),
        (template("no place for a code", None), "must contain {####}"),
        (template("{####}", Some(DefaultEmailOptionType::ConfirmWithLink)), "CONFIRM_WITH_LINK"),
        (invitation("{####}"), "must contain {username}"),
        (invitation("{username}"), "must contain {####}"),
        (
            UpdateUserPoolRequest {
                user_attribute_update_settings: Some(UserAttributeUpdateSettingsType {
                    attributes_require_verification_before_update: Some(vec![
                        VerifiedAttributeType::Email,
                    ]),
                }),
                ..update()
            },
            "UserAttributeUpdateSettings",
        ),
        (
            UpdateUserPoolRequest {
                email_configuration: Some(EmailConfigurationType {
                    email_sending_account: Some(EmailSendingAccountType::Developer),
                    ..EmailConfigurationType::default()
                }),
                ..update()
            },
            "EmailConfiguration.EmailSendingAccount DEVELOPER is not served",
        ),
        (UpdateUserPoolRequest { pool_name: Some("a/b".to_owned()), ..update() }, "'poolName'"),
    ] {
        let (code, message) = refused(world.pools.update_user_pool(&key, input).await);
        assert_eq!(code, "InvalidParameterException", "{message}");
        assert!(message.contains(words), "{message}");
    }
    let tags = UpdateUserPoolRequest {
        user_pool_tags: Some(tagged(&[("aws:team", "coats")])),
        ..update()
    };
    assert_eq!(
        refused(world.pools.update_user_pool(&key, tags).await).0,
        "UserPoolTaggingException"
    );
    for input in [
        recovery(&[(VerifiedPhoneNumber, 2), (VerifiedEmail, 1)]),
        recovery(&[(AdminOnly, 1)]),
        template("{####}", Some(DefaultEmailOptionType::ConfirmWithCode)),
        invitation("{username}: {####}"),
    ] {
        world.pools.update_user_pool(&key, input).await.unwrap();
    }
    let other = UserPoolKey { owner: world.owner("210987654321", "us-east-1"), id: key.id };
    let not_found = refused(world.pools.update_user_pool(&other, update()).await);
    assert_eq!(not_found.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn custom_attributes_are_added_and_stay() {
    let world = World::new();
    let (key, _) = world.pool(CreateUserPoolRequest::default()).await;
    let team = [("custom:team", "red")];
    let unknown = refused(world.create_user(&key, "ann", &team).await);
    assert!(unknown.1.contains("custom:team: Attribute does not exist"), "{}", unknown.1);
    world.pools.add_custom_attributes(&key, &[text("team")]).await.unwrap();
    world.create_user(&key, "ann", &team).await.unwrap();
    let again = refused(world.pools.add_custom_attributes(&key, &[text("team")]).await);
    assert_eq!(again.0, "InvalidParameterException");
}

#[tokio::test]
async fn a_domain_is_one_pool_s_and_holds_the_pool() {
    let world = World::new();
    let (key, _) = world.pool(CreateUserPoolRequest::default()).await;
    let (other, _) = world.pool(CreateUserPoolRequest::default()).await;
    let domain =
        |prefix: &str| UserPoolDomain { prefix: prefix.to_owned(), managed_login_version: 1 };
    let pools = &world.pools;
    pools.create_user_pool_domain(&key, domain("coats")).await.unwrap();
    let taken = refused(pools.create_user_pool_domain(&other, domain("coats")).await);
    let message = "Domain already associated with another user pool.".to_owned();
    assert_eq!(taken, ("InvalidParameterException", message));
    let second = refused(pools.create_user_pool_domain(&key, domain("hats")).await);
    assert!(second.1.contains("already has a domain"), "{}", second.1);
    let held = refused(pools.delete_user_pool(&key).await);
    assert_eq!(held.0, "InvalidParameterException");
    assert!(held.1.contains("domain configured"), "{}", held.1);
    for (pool, prefix) in [(&key, "hats"), (&other, "coats")] {
        let unknown = refused(pools.change_domain(pool, prefix, |_| None).await);
        assert_eq!(unknown.0, "ResourceNotFoundException");
    }
    pools.change_domain(&key, "coats", |_| None).await.unwrap();
    pools.delete_user_pool(&key).await.unwrap();
    pools.create_user_pool_domain(&other, domain("coats")).await.unwrap();
}

#[tokio::test]
async fn tags_come_and_go_one_by_one() {
    let world = World::new();
    let (key, _) = world.pool(CreateUserPoolRequest::default()).await;
    let kept = async || world.pools.pool(&key).await.unwrap().record.tags;
    let add = |pairs: &[(&str, &str)]| {
        let pairs = tagged(pairs);
        move |kept: &mut BTreeMap<String, String>| kept.extend(pairs.clone())
    };
    tags::change(&world.pools, &key, add(&[("team", "coats"), ("stage", "one")])).await.unwrap();
    tags::change(&world.pools, &key, add(&[("stage", "two")])).await.unwrap();
    assert_eq!(kept().await, tagged(&[("team", "coats"), ("stage", "two")]));
    tags::change(&world.pools, &key, |kept| drop(kept.remove("team"))).await.unwrap();
    let many: Vec<(String, String)> = (0..50).map(|n| (format!("k{n}"), String::new())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    for illegal in [&many[..], &[("AWS:x", "")], &[("", "x")], &[("a", "b\u{7}")], &[("a;b", "")]] {
        let refusal = refused(tags::change(&world.pools, &key, add(illegal)).await);
        assert_eq!(refusal.0, "InvalidParameterException", "{illegal:?}");
    }
    tags::change(&world.pools, &key, add(&many[..49])).await.unwrap();
    assert_eq!(kept().await.len(), 50);
}

#[tokio::test]
async fn a_client_s_update_resets_it_but_for_its_name_and_secret() {
    let world = World::new();
    let settings = CreateUserPoolClientRequest {
        generate_secret: Some(true),
        access_token_validity: Some(2),
        read_attributes: Some(vec!["email".to_owned()]),
        ..CreateUserPoolClientRequest::default()
    };
    let place = world.place(&[Flow::AllowUserPasswordAuth], settings).await;
    let key = UserPoolClientKey { pool: place.key.clone(), id: place.client.id.clone() };
    let update = UpdateUserPoolClientRequest::default;
    let client = world.pools.update_user_pool_client(&key, update()).await.unwrap();
    assert_eq!((client.id, client.name), (place.client.id, place.client.name));
    assert_eq!(client.created, place.client.created);
    assert_eq!((client.explicit_auth_flows, client.read_attributes), (None, None));
    assert_eq!(client.access_token_validity.seconds(), 3600);
    let kept = world.pools.client(&key).await.unwrap().record;
    let secret = world.pools.client_secret(&key, &kept).unwrap().unwrap();
    assert!(secret.equals(place.secret.unwrap().expose().as_bytes()));
    for (input, words) in [
        (
            UpdateUserPoolClientRequest {
                read_attributes: Some(vec!["custom:team".to_owned()]),
                ..update()
            },
            "read attributes",
        ),
        (
            UpdateUserPoolClientRequest {
                write_attributes: Some(vec!["email_verified".to_owned()]),
                ..update()
            },
            "write attributes",
        ),
        (
            UpdateUserPoolClientRequest {
                supported_identity_providers: Some(vec!["Google".to_owned()]),
                ..update()
            },
            "The provider Google does not exist",
        ),
        (
            UpdateUserPoolClientRequest {
                enable_propagate_additional_user_context_data: Some(true),
                ..update()
            },
            "EnablePropagateAdditionalUserContextData is not served",
        ),
        (UpdateUserPoolClientRequest { client_name: Some("a/b".to_owned()), ..update() }, "Name"),
    ] {
        let (code, message) = refused(world.pools.update_user_pool_client(&key, input).await);
        assert_eq!(code, "InvalidParameterException");
        assert!(message.contains(words), "{message}");
    }
    world.pools.add_custom_attributes(&key.pool, &[text("team")]).await.unwrap();
    let reads = UpdateUserPoolClientRequest {
        read_attributes: Some(vec!["custom:team".to_owned()]),
        supported_identity_providers: Some(vec!["COGNITO".to_owned()]),
        ..update()
    };
    let client = world.pools.update_user_pool_client(&key, reads).await.unwrap();
    let shown = clients::described(&key.pool, &client, None);
    assert_eq!(shown.supported_identity_providers, Some(vec!["COGNITO".to_owned()]));
    let unknown = UserPoolClientKey { id: "unknown".to_owned(), ..key };
    let missing = refused(world.pools.update_user_pool_client(&unknown, update()).await);
    assert_eq!(missing.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn clients_are_listed_page_by_page_without_their_secrets() {
    let world = World::new();
    let (key, _) = world.pool(CreateUserPoolRequest::default()).await;
    for number in 0..5 {
        let input = CreateUserPoolClientRequest {
            client_name: format!("client{number}"),
            ..CreateUserPoolClientRequest::default()
        };
        world.pools.create_user_pool_client(&key, input).await.unwrap();
    }
    let mut input = ListUserPoolClientsRequest {
        max_results: Some(2),
        ..ListUserPoolClientsRequest::default()
    };
    let (mut lengths, mut names) = (Vec::new(), Vec::new());
    loop {
        let page = world.pools.list_user_pool_clients(&key, &input).await.unwrap();
        let clients = page.user_pool_clients.unwrap();
        lengths.push(clients.len());
        names.extend(clients.into_iter().filter_map(|client| client.client_name));
        input.next_token = page.next_token;
        if input.next_token.is_none() {
            break;
        }
    }
    names.sort();
    assert_eq!(lengths, [2, 2, 1]);
    assert_eq!(names, ["client0", "client1", "client2", "client3", "client4"]);
    let forged = ListUserPoolClientsRequest { next_token: Some("x".to_owned()), ..input };
    let outcome = world.pools.list_user_pool_clients(&key, &forged).await;
    assert_eq!(refused(outcome).0, "InvalidParameterException");
}

#[tokio::test]
async fn a_group_keeps_what_an_update_does_not_say() {
    let world = World::new();
    let (pool, _) = world.pool(CreateUserPoolRequest::default()).await;
    world.group(&pool, "admin", 5, Some("admin")).await;
    let input = |precedence| UpdateGroupRequest {
        group_name: "admin".to_owned(),
        precedence,
        description: Some("They may.".to_owned()),
        ..UpdateGroupRequest::default()
    };
    let group = world.pools.update_group(&pool, &input(None), None).await.unwrap();
    assert_eq!((group.precedence, group.description.as_deref()), (Some(5), Some("They may.")));
    assert_eq!(group.role.as_ref().unwrap().resource(), "role/admin");
    let other = "arn:aws:iam::123456789012:role/other".parse().unwrap();
    let group = world.pools.update_group(&pool, &input(Some(0)), Some(&other)).await.unwrap();
    assert_eq!((group.precedence, group.role), (Some(0), Some(other)));
    let missing = UpdateGroupRequest { group_name: "user".to_owned(), ..input(None) };
    let outcome = world.pools.update_group(&pool, &missing, None).await;
    assert_eq!(refused(outcome), ("ResourceNotFoundException", "Group not found.".to_owned()));
}

#[tokio::test]
async fn a_disabled_user_is_out_and_comes_back_by_signing_in_anew() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let access = tokens.access_token.unwrap();
    let pools = &world.pools;
    world.clock.advance(SignedDuration::from_secs(1));
    pools.bearer_in(place.key.clone(), &access).await.map(drop).unwrap();
    pools.set_enabled(&place.key, "ann", false).await.unwrap();
    let disabled = ("NotAuthorizedException", "User is disabled.".to_owned());
    assert_eq!(refused(pools.bearer_in(place.key.clone(), &access).await), disabled);
    assert_eq!(refused(world.by_password(&place, "ann", PASSWORD).await), disabled);
    pools.set_enabled(&place.key, "ann", true).await.unwrap();
    let revoked = ("NotAuthorizedException", "Access Token has been revoked".to_owned());
    assert_eq!(refused(pools.bearer_in(place.key.clone(), &access).await), revoked);
    world.clock.advance(SignedDuration::from_secs(1));
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let access = tokens.access_token.unwrap();
    pools.bearer_in(place.key.clone(), &access).await.map(drop).unwrap();
    let missing = refused(pools.set_enabled(&place.key, "bob", false).await);
    assert_eq!(missing.0, "UserNotFoundException");
}
