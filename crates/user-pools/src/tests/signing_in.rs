use futures_util::future::join_all;
use types::{Arn, Clock, SecretString, SignedDuration};
use wire::cognito_idp::{
    AuthFlowType, CreateUserPoolClientRequest, ExplicitAuthFlowsType as Flow,
    PreventUserExistenceErrorTypes, TimeUnitsType, TokenValidityUnitsType,
};

use super::{PASSWORD, World, refused, signed_in};
use crate::{
    passwords::tests::times_hashed,
    sign_in::{Outcome, Surface},
};

const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");

fn words<'a>((code, message): &'a (&'static str, String)) -> (&'static str, &'a str) {
    (code, message)
}

#[tokio::test]
async fn tokens_say_who_signed_in_where_and_in_which_groups() {
    let world = World::new();
    let units = TokenValidityUnitsType {
        access_token: Some(TimeUnitsType::Minutes),
        id_token: Some(TimeUnitsType::Hours),
        refresh_token: Some(TimeUnitsType::Days),
    };
    let settings = CreateUserPoolClientRequest {
        access_token_validity: Some(10),
        id_token_validity: Some(2),
        refresh_token_validity: Some(1),
        token_validity_units: Some(units),
        ..CreateUserPoolClientRequest::default()
    };
    let place = world.place(&[Flow::AllowUserPasswordAuth], settings).await;
    let attributes = [("email", "ann@example.com"), ("email_verified", "true")];
    let user = world.create_user(&place.key, "ann", &attributes).await.unwrap();
    let pools = &world.pools;
    pools.admin_set_user_password(&place.key, "ann", PASSWORD.into(), true).await.unwrap();
    world.group(&place.key, "user", 100, Some("user")).await;
    world.group(&place.key, "admin", 0, Some("admin")).await;
    for group in ["user", "admin"] {
        pools.admin_add_user_to_group(&place.key, "ann", group).await.unwrap();
    }
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    assert_eq!(tokens.expires_in, Some(600));
    assert_eq!(tokens.token_type.as_deref(), Some("Bearer"));
    let now = world.clock.now();
    let id = world.id_claims(&place, tokens.id_token.as_ref().unwrap()).await;
    assert_eq!((id.sub, id.username.as_str(), id.auth_time, id.iat), (user.sub, "ann", now, now));
    assert_eq!(id.exp, now + SignedDuration::from_hours(2));
    assert_eq!(id.groups, ["admin", "user"]);
    let roles: Vec<_> = id.roles.iter().map(Arn::resource).collect();
    assert_eq!(roles, ["role/admin", "role/user"]);
    assert_eq!(id.preferred_role.as_ref().unwrap().resource(), "role/admin");
    assert_eq!(id.raw()["email"], "ann@example.com");
    assert_eq!(id.raw()["email_verified"], true);
    let access = world.access_claims(&place, tokens.access_token.as_ref().unwrap()).await;
    assert_eq!((access.sub, access.client_id.as_str()), (user.sub, place.client.id.as_str()));
    assert_eq!(access.exp, now + SignedDuration::from_mins(10));
    assert_eq!(access.groups, ["admin", "user"]);
    assert_eq!(access.scope, "aws.cognito.signin.user.admin");
    assert!(access.raw().get("aud").is_none() && access.raw().get("email").is_none());
    assert_eq!(id.origin_jti, access.origin_jti);
    assert_eq!(id.event_id, access.event_id);
    assert!(id.origin_jti.is_some() && id.jti != access.jti);
}

#[tokio::test]
async fn id_and_access_tokens_have_keys_of_their_own() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let header = |token: &SecretString| token.expose().split('.').next().unwrap().to_owned();
    let headers = [&tokens.id_token, &tokens.access_token].map(|one| header(one.as_ref().unwrap()));
    assert_ne!(headers[0], headers[1]);
    let set = world.pools.json_web_key_set(&place.key).await.unwrap();
    assert_ne!(set.keys[0].kid(), set.keys[1].kid());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_look_as_the_client_says() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    assert_eq!(words(&refused(world.by_password(&place, "ann", "Wrong1!!").await)), WRONG);
    assert_eq!(
        words(&refused(world.by_password(&place, "ANN", PASSWORD).await)).0,
        "UserNotFoundException"
    );
    assert_eq!(
        words(&refused(world.by_password(&place, "bob", PASSWORD).await)),
        ("UserNotFoundException", "User does not exist.")
    );
    let settings = CreateUserPoolClientRequest {
        prevent_user_existence_errors: Some(PreventUserExistenceErrorTypes::Enabled),
        ..CreateUserPoolClientRequest::default()
    };
    let discreet = world.place(&[Flow::AllowUserPasswordAuth], settings).await;
    world.user(&discreet, "ann").await;
    for (name, password) in [("ann", "Wrong1!!"), ("bob", PASSWORD)] {
        assert_eq!(words(&refused(world.by_password(&discreet, name, password).await)), WRONG);
    }
    signed_in(world.by_password(&discreet, "ann", PASSWORD).await);
}

#[tokio::test]
async fn a_user_named_by_wildcards_is_nobody_else() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    world.user(&place, "*").await;
    let tokens = signed_in(world.by_password(&place, "*", PASSWORD).await);
    let id = world.id_claims(&place, tokens.id_token.as_ref().unwrap()).await;
    assert_eq!(id.username, "*");
    assert_eq!(
        words(&refused(world.by_password(&place, "a?n", PASSWORD).await)).0,
        "UserNotFoundException"
    );
}

#[tokio::test]
async fn wrong_passwords_lock_out_for_a_while_and_a_right_one_ends_it() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let locked = ("NotAuthorizedException", "Password attempts exceeded");
    for _ in 0..5 {
        assert_eq!(words(&refused(world.by_password(&place, "ann", "Wrong1!!").await)), WRONG);
    }
    // Locked: the right password is not even looked at, and asking does not make it longer.
    for password in [PASSWORD, "Wrong1!!", PASSWORD] {
        assert_eq!(words(&refused(world.by_password(&place, "ann", password).await)), locked);
    }
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(words(&refused(world.by_password(&place, "ann", "Wrong1!!").await)), WRONG);
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(words(&refused(world.by_password(&place, "ann", PASSWORD).await)), locked);
    world.clock.advance(SignedDuration::from_secs(1));
    signed_in(world.by_password(&place, "ann", PASSWORD).await);
    for _ in 0..4 {
        assert_eq!(words(&refused(world.by_password(&place, "ann", "Wrong1!!").await)), WRONG);
    }
    signed_in(world.by_password(&place, "ann", PASSWORD).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_made_at_once_are_worth_no_more_than_one_after_the_other() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let guess = |_| world.by_password(&place, "ann", "Wrong1!!");
    let guesses: Vec<_> = (0..24).map(guess).collect();
    let mut wrong = 0;
    for outcome in join_all(guesses).await {
        let (code, message) = refused(outcome);
        assert_eq!(code, "NotAuthorizedException");
        wrong += u32::from(message == WRONG.1);
    }
    assert_eq!(wrong, 5, "five are answered, the others are locked out");
    assert!(world.by_password(&place, "ann", PASSWORD).await.is_err());
}

#[tokio::test]
async fn where_it_must_not_show_an_unknown_user_is_locked_out_like_a_known_one() {
    let world = World::new();
    let settings = CreateUserPoolClientRequest {
        prevent_user_existence_errors: Some(PreventUserExistenceErrorTypes::Enabled),
        ..CreateUserPoolClientRequest::default()
    };
    let place = world.place(&[Flow::AllowUserPasswordAuth], settings).await;
    world.user(&place, "ann").await;
    let mut answers = [Vec::new(), Vec::new()];
    for round in 0..8 {
        for (name, answers) in ["ann", "nobody"].into_iter().zip(&mut answers) {
            answers.push(refused(world.by_password(&place, name, "Wrong1!!").await));
        }
        if round >= 5 {
            world.clock.advance(SignedDuration::from_secs(1));
        }
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[1][4].1, WRONG.1);
    assert_eq!(answers[1][5].1, "Password attempts exceeded");
    // Another unknown name has failures of its own.
    assert_eq!(words(&refused(world.by_password(&place, "noone", PASSWORD).await)), WRONG);
}

/// What takes time is counted, as no clock would tell it for certain: hashes, and what is written.
#[tokio::test]
async fn where_it_must_not_show_an_unknown_user_is_as_much_work_as_a_known_one() {
    const GUESS: &str = "As-much-work-1";
    let world = World::new();
    let settings = CreateUserPoolClientRequest {
        prevent_user_existence_errors: Some(PreventUserExistenceErrorTypes::Enabled),
        ..CreateUserPoolClientRequest::default()
    };
    let flows = [Flow::AllowUserPasswordAuth, Flow::AllowUserSrpAuth];
    let place = world.place(&flows, settings).await;
    world.user(&place, "ann").await;
    world.create_user(&place.key, "without a password", &[]).await.unwrap();
    let commits = || world.records.freshness().revision.0;
    for name in ["ann", "without a password", "nobody"] {
        let mut work = Vec::new();
        for _ in 0..6 {
            let (hashed, committed) = (times_hashed(GUESS), commits());
            refused(world.by_password(&place, name, GUESS).await);
            work.push((times_hashed(GUESS) - hashed, commits() - committed));
        }
        // Five are looked at and counted, and then there is nothing to do.
        assert_eq!(work, [(1, 1), (1, 1), (1, 1), (1, 1), (1, 1), (0, 0)], "{name}");
    }
}

#[tokio::test]
async fn a_client_with_a_secret_must_prove_it() {
    let world = World::new();
    let settings = CreateUserPoolClientRequest {
        generate_secret: Some(true),
        ..CreateUserPoolClientRequest::default()
    };
    let place = world.place(&[Flow::AllowUserPasswordAuth], settings).await;
    world.user(&place, "ann").await;
    let id = &place.client.id;
    assert_eq!(
        words(&refused(world.by_password(&place, "ann", PASSWORD).await)),
        (
            "NotAuthorizedException",
            format!("Client {id} is configured with secret but SECRET_HASH was not received")
                .as_str()
        )
    );
    let right = secret_hash(place.secret.as_ref().unwrap(), "ann", id);
    let of_another = secret_hash(place.secret.as_ref().unwrap(), "bob", id);
    for wrong in [of_another.as_str(), "", "AAAA", right.to_lowercase().as_str()] {
        let parameters = [("USERNAME", "ann"), ("PASSWORD", PASSWORD), ("SECRET_HASH", wrong)];
        let outcome = world.try_sign_in(&place, AuthFlowType::UserPasswordAuth, &parameters).await;
        assert_eq!(
            words(&refused(outcome)),
            (
                "NotAuthorizedException",
                format!("Unable to verify secret hash for client {id}").as_str()
            )
        );
    }
    let parameters = [("USERNAME", "ann"), ("PASSWORD", PASSWORD), ("SECRET_HASH", &right)];
    signed_in(world.try_sign_in(&place, AuthFlowType::UserPasswordAuth, &parameters).await);
    // A client without a secret cannot have one proved.
    let plain = world.plain_place().await;
    world.user(&plain, "ann").await;
    let outcome = world.try_sign_in(&plain, AuthFlowType::UserPasswordAuth, &parameters).await;
    assert_eq!(refused(outcome).0, "NotAuthorizedException");
}

#[tokio::test]
async fn no_secret_lies_readable_in_the_data_directory() {
    let world = World::new();
    let settings = CreateUserPoolClientRequest {
        generate_secret: Some(true),
        ..CreateUserPoolClientRequest::default()
    };
    let place = world.place(&[Flow::AllowUserPasswordAuth], settings).await;
    world.user(&place, "ann").await;
    let secret = place.secret.as_ref().unwrap();
    let hash = secret_hash(secret, "ann", &place.client.id);
    let parameters = [("USERNAME", "ann"), ("PASSWORD", PASSWORD), ("SECRET_HASH", &hash)];
    let outcome = world.try_sign_in(&place, AuthFlowType::UserPasswordAuth, &parameters).await;
    let tokens = signed_in(outcome);
    let refresh_token = tokens.refresh_token.as_ref().unwrap().expose();
    let guarded = refresh_token.rsplit('.').next().unwrap();
    let mut stored = Vec::new();
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let lies_there = |text: &str| stored.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(lies_there("ann") && lies_there(&place.client.id), "the files are the right ones");
    for text in [PASSWORD, secret.expose(), hash.as_str(), refresh_token, guarded] {
        assert!(!lies_there(text), "{text}");
    }
}

/// As an application computes it.
pub(super) fn secret_hash(secret: &SecretString, username: &str, client_id: &str) -> String {
    use base64::Engine as _;
    use hmac::{KeyInit as _, Mac as _};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(secret.expose().as_bytes()).unwrap();
    mac.update(format!("{username}{client_id}").as_bytes());
    base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes())
}

#[tokio::test]
async fn only_the_flows_of_the_client_and_of_the_operation_are_open() {
    let world = World::new();
    let application =
        world.place(&[Flow::AllowUserPasswordAuth], CreateUserPoolClientRequest::default()).await;
    let server = world
        .place(&[Flow::AllowAdminUserPasswordAuth], CreateUserPoolClientRequest::default())
        .await;
    let parameters =
        [("USERNAME".to_owned(), "ann".into()), ("PASSWORD".to_owned(), PASSWORD.into())];
    world.user(&application, "ann").await;
    world.user(&server, "ann").await;
    for (place, surface, flow, expected) in [
        (&application, Surface::Application, AuthFlowType::UserPasswordAuth, None),
        (&server, Surface::Server, AuthFlowType::AdminUserPasswordAuth, None),
        (&server, Surface::Server, AuthFlowType::AdminNoSrpAuth, None),
        (
            &server,
            Surface::Application,
            AuthFlowType::UserPasswordAuth,
            Some("USER_PASSWORD_AUTH flow not enabled for this client"),
        ),
        (
            &application,
            Surface::Server,
            AuthFlowType::AdminUserPasswordAuth,
            Some("Auth flow not enabled for this client"),
        ),
        (
            &application,
            Surface::Application,
            AuthFlowType::RefreshTokenAuth,
            Some("Auth flow not enabled for this client"),
        ),
        (
            &application,
            Surface::Application,
            AuthFlowType::AdminUserPasswordAuth,
            Some("Initiate Auth method not supported."),
        ),
        (
            &server,
            Surface::Server,
            AuthFlowType::UserPasswordAuth,
            Some("Initiate Auth method not supported."),
        ),
        (
            &application,
            Surface::Application,
            AuthFlowType::UserSrpAuth,
            Some("USER_SRP_AUTH is not enabled for the client."),
        ),
        (
            &application,
            Surface::Application,
            AuthFlowType::UserAuth,
            Some("The flow USER_AUTH is not served"),
        ),
        (
            &application,
            Surface::Application,
            AuthFlowType::CustomAuth,
            Some("Custom auth lambda trigger is not configured for the user pool."),
        ),
    ] {
        let (key, id) = (place.key.clone(), &place.client.id);
        let outcome = world.pools.sign_in(surface, key, id, flow, parameters.clone().into()).await;
        match expected {
            None => drop(signed_in(outcome)),
            Some(message) => assert_eq!(
                words(&refused(outcome)),
                ("InvalidParameterException", message),
                "{surface:?} {flow:?}"
            ),
        }
    }
    for missing in ["USERNAME", "PASSWORD"] {
        let given: Vec<_> =
            parameters.iter().filter(|(name, _)| name != missing).cloned().collect();
        let (key, id) = (application.key.clone(), &application.client.id);
        let given = given.into_iter().collect();
        let flow = AuthFlowType::UserPasswordAuth;
        let outcome = world.pools.sign_in(Surface::Application, key, id, flow, given).await;
        let message = format!("Missing required parameter {missing}");
        assert_eq!(words(&refused(outcome)), ("InvalidParameterException", message.as_str()));
    }
}

#[tokio::test]
async fn a_temporary_password_leads_to_a_new_one_and_expires() {
    let world = World::new();
    let place = world.plain_place().await;
    world.create_user(&place.key, "ann", &[("name", "Ann")]).await.unwrap();
    // Nobody knows a password yet.
    assert_eq!(words(&refused(world.by_password(&place, "ann", PASSWORD).await)), WRONG);
    let pools = &world.pools;
    pools.admin_set_user_password(&place.key, "ann", PASSWORD.into(), false).await.unwrap();
    let Ok(Outcome::Challenge { name, session: Some(session), parameters }) =
        world.by_password(&place, "ann", PASSWORD).await
    else {
        panic!("no new password is asked for");
    };
    assert_eq!(name.as_str(), "NEW_PASSWORD_REQUIRED");
    assert!((20..=2048).contains(&session.expose().len()));
    assert_eq!(parameters["USER_ID_FOR_SRP"], "ann");
    assert_eq!(parameters["userAttributes"], r#"{"name":"Ann"}"#);
    assert_eq!(words(&refused(world.by_password(&place, "ann", "Wrong1!!").await)), WRONG);
    world.clock.advance(SignedDuration::from_hours(7 * 24));
    assert_eq!(
        words(&refused(world.by_password(&place, "ann", PASSWORD).await)),
        (
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator."
        )
    );
    pools.admin_set_user_password(&place.key, "ann", PASSWORD.into(), true).await.unwrap();
    signed_in(world.by_password(&place, "ann", PASSWORD).await);
}

#[tokio::test]
async fn a_disabled_user_is_told_so_only_with_the_right_password() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let (key, _) = world.pools.user(&place.key, &place.pool, "ann").await.unwrap().unwrap();
    world
        .directory
        .update::<directory::User, _, directory::Error>(&key, |user| {
            user.enabled = false;
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(words(&refused(world.by_password(&place, "ann", "Wrong1!!").await)), WRONG);
    assert_eq!(
        words(&refused(world.by_password(&place, "ann", PASSWORD).await)),
        ("NotAuthorizedException", "User is disabled.")
    );
}
