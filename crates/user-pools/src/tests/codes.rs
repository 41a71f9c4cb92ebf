//! Codes, and what is done with one. That they reach somebody is tested through the server.

use directory::{CodePurpose, Contact, User, UserPool, UserStatus};
use types::{SecretString, SignedDuration, Uuid};
use wire::cognito_idp::{
    AttributeType, ConfirmForgotPasswordRequest, ConfirmSignUpRequest, CreateUserPoolClientRequest,
    CreateUserPoolRequest, ExplicitAuthFlowsType as Flow, PasswordPolicyType,
    PreventUserExistenceErrorTypes, SignUpRequest, UpdateUserPoolRequest, UserPoolPolicyType,
    VerifiedAttributeType,
};

use super::{PASSWORD, Place, World, refused, signed_in};
use crate::{codes::Destination, error::UserPoolsError, users::Who};

const MISMATCH: (&str, &str) =
    ("CodeMismatchException", "Invalid verification code provided, please try again.");
const EXPIRED: (&str, &str) =
    ("ExpiredCodeException", "Invalid code provided, please request a code again.");
const LIMIT: (&str, &str) =
    ("LimitExceededException", "Attempt limit exceeded, please try after some time.");

#[track_caller]
fn assert_refused<T>(outcome: Result<T, UserPoolsError>, expected: (&str, &str)) {
    let (code, message) = refused(outcome);
    assert_eq!((code, message.as_str()), expected);
}

/// A pool that verifies e-mail addresses.
async fn place(world: &World, prevent: PreventUserExistenceErrorTypes) -> Place {
    let input = CreateUserPoolRequest {
        auto_verified_attributes: Some(vec![VerifiedAttributeType::Email]),
        ..CreateUserPoolRequest::default()
    };
    let (key, pool) = world.pool(input).await;
    let input = CreateUserPoolClientRequest {
        client_name: "web".to_owned(),
        explicit_auth_flows: Some(vec![Flow::AllowUserPasswordAuth]),
        prevent_user_existence_errors: Some(prevent),
        ..CreateUserPoolClientRequest::default()
    };
    let (client, secret) = world.pools.create_user_pool_client(&key, input).await.unwrap();
    Place { key, pool, client, secret }
}

async fn legacy_place(world: &World) -> Place {
    place(world, PreventUserExistenceErrorTypes::Legacy).await
}

async fn sign_up(world: &World, place: &Place, name: &str) -> Result<Uuid, UserPoolsError> {
    let email = format!("{name}@example.com");
    let input = SignUpRequest {
        client_id: place.client.id.as_str().into(),
        username: name.into(),
        password: Some(PASSWORD.into()),
        user_attributes: Some(vec![AttributeType {
            name: "email".to_owned(),
            value: Some(email.as_str().into()),
        }]),
        ..SignUpRequest::default()
    };
    world.pools.sign_up(&place.key, &input).await.map(|user| user.sub)
}

fn by_mail(name: &str) -> Destination {
    Destination { contact: Contact::Email, address: format!("{name}@example.com") }
}

async fn code(
    world: &World,
    place: &Place,
    user: Uuid,
    purpose: CodePurpose,
) -> Result<SecretString, UserPoolsError> {
    world.pools.new_code(&place.key, user, purpose, &by_mail("ann")).await
}

fn another(code: &SecretString) -> String {
    if code.expose() == "000000" { "000001".to_owned() } else { "000000".to_owned() }
}

async fn confirm(
    world: &World,
    place: &Place,
    name: &str,
    code: &str,
) -> Result<(), UserPoolsError> {
    let input = ConfirmSignUpRequest {
        client_id: place.client.id.as_str().into(),
        username: name.into(),
        confirmation_code: code.to_owned(),
        ..ConfirmSignUpRequest::default()
    };
    world.pools.confirm_sign_up(&place.key, &input).await
}

async fn set_forgotten(
    world: &World,
    place: &Place,
    name: &str,
    code: &str,
    password: &str,
) -> Result<(), UserPoolsError> {
    let input = ConfirmForgotPasswordRequest {
        client_id: place.client.id.as_str().into(),
        username: name.into(),
        confirmation_code: code.to_owned(),
        password: password.into(),
        ..ConfirmForgotPasswordRequest::default()
    };
    world.pools.confirm_forgot_password(&place.key, &input).await
}

async fn of(world: &World, place: &Place, name: &str) -> directory::User {
    world.pools.user(&place.key, &place.pool, name).await.unwrap().unwrap().1.record
}

#[tokio::test]
async fn who_signs_up_is_in_once_confirmed() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    assert_refused(
        sign_up(&world, &place, "ann").await,
        ("UsernameExistsException", "User already exists"),
    );
    let unconfirmed = ("UserNotConfirmedException", "User is not confirmed.");
    assert_refused(world.by_password(&place, "ann", PASSWORD).await, unconfirmed);
    assert_eq!(
        refused(world.by_password(&place, "ann", "Wrong1!!").await).0,
        "NotAuthorizedException"
    );
    assert_refused(confirm(&world, &place, "ann", "123456").await, EXPIRED);
    let code = code(&world, &place, ann, CodePurpose::SignUp).await.unwrap();
    assert_eq!(code.expose().len(), 6);
    assert!(code.expose().bytes().all(|digit| digit.is_ascii_digit()));
    assert_refused(confirm(&world, &place, "ann", &another(&code)).await, MISMATCH);
    assert_refused(confirm(&world, &place, "ann", "").await, MISMATCH);
    confirm(&world, &place, "ann", code.expose()).await.unwrap();
    let user = of(&world, &place, "ann").await;
    assert_eq!(user.status, UserStatus::Confirmed);
    assert_eq!(user.attributes["email_verified"], "true");
    signed_in(world.by_password(&place, "ann", PASSWORD).await);
    assert_refused(
        confirm(&world, &place, "ann", code.expose()).await,
        ("NotAuthorizedException", "User cannot be confirmed. Current status is CONFIRMED"),
    );
}

#[tokio::test]
async fn an_address_is_verified_only_by_a_code_that_went_there() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    let purpose = CodePurpose::SignUp;
    let elsewhere = by_mail("somebody");
    let code = world.pools.new_code(&place.key, ann, purpose, &elsewhere).await.unwrap();
    confirm(&world, &place, "ann", code.expose()).await.unwrap();
    let user = of(&world, &place, "ann").await;
    assert_ne!(user.attributes.get("email_verified").map(String::as_str), Some("true"));
}

#[tokio::test]
async fn a_code_is_used_once_by_one_of_many() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    let code = code(&world, &place, ann, CodePurpose::SignUp).await.unwrap();
    let attempts = (0..4).map(|_| confirm(&world, &place, "ann", code.expose()));
    let outcomes = futures_util::future::join_all(attempts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_code_expires_and_another_one_takes_its_place() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    for (purpose, hours) in [
        (CodePurpose::SignUp, 24),
        (CodePurpose::ForgotPassword, 1),
        (CodePurpose::VerifyEmail, 24),
    ] {
        let right = code(&world, &place, ann, purpose).await.unwrap();
        let try_code = async |code: &SecretString| {
            world.pools.try_code(&place.key, ann, purpose, code.expose()).await
        };
        world.clock.advance(SignedDuration::from_hours(hours) - SignedDuration::from_secs(1));
        assert!(try_code(&right).await.is_ok());
        world.clock.advance(SignedDuration::from_secs(1));
        assert_refused(try_code(&right).await, EXPIRED);
        let next = code(&world, &place, ann, purpose).await.unwrap();
        if next.expose() != right.expose() {
            assert_refused(try_code(&right).await, MISMATCH);
        }
        assert!(try_code(&next).await.is_ok());
        world.clock.advance(SignedDuration::from_hours(1));
    }
}

#[tokio::test]
async fn five_tries_an_hour_are_all_whatever_is_sent() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    let purpose = CodePurpose::SignUp;
    let mut right = code(&world, &place, ann, purpose).await.unwrap();
    for number in 0..5 {
        assert_refused(confirm(&world, &place, "ann", &another(&right)).await, MISMATCH);
        if number == 2 {
            right = code(&world, &place, ann, purpose).await.unwrap();
        }
    }
    assert_refused(confirm(&world, &place, "ann", right.expose()).await, LIMIT);
    let many = (0..8).map(|_| confirm(&world, &place, "ann", right.expose()));
    for outcome in futures_util::future::join_all(many).await {
        assert_refused(outcome, LIMIT);
    }
    world.clock.advance(SignedDuration::from_hours(1));
    confirm(&world, &place, "ann", right.expose()).await.unwrap();
}

#[tokio::test]
async fn many_guesses_at_once_are_no_more_than_five() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    let right = code(&world, &place, ann, CodePurpose::SignUp).await.unwrap();
    let wrong = another(&right);
    let guesses = (0..12).map(|_| confirm(&world, &place, "ann", &wrong));
    let outcomes = futures_util::future::join_all(guesses).await;
    let looked_at = outcomes.into_iter().map(refused).filter(|(code, _)| *code == MISMATCH.0);
    assert!(looked_at.count() <= 5);
}

#[tokio::test]
async fn five_codes_an_hour_are_sent() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    for _ in 0..5 {
        code(&world, &place, ann, CodePurpose::SignUp).await.unwrap();
    }
    assert_refused(code(&world, &place, ann, CodePurpose::SignUp).await, LIMIT);
    code(&world, &place, ann, CodePurpose::ForgotPassword).await.unwrap();
    world.clock.advance(SignedDuration::from_hours(1));
    code(&world, &place, ann, CodePurpose::SignUp).await.unwrap();
}

#[tokio::test]
async fn a_code_is_of_one_user_and_purpose() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    let bob = sign_up(&world, &place, "bob").await.unwrap();
    let of_ann = code(&world, &place, ann, CodePurpose::SignUp).await.unwrap();
    code(&world, &place, bob, CodePurpose::SignUp).await.unwrap();
    assert_refused(confirm(&world, &place, "bob", of_ann.expose()).await, MISMATCH);
    confirm(&world, &place, "ann", of_ann.expose()).await.unwrap();
    let refused = set_forgotten(&world, &place, "ann", of_ann.expose(), "Another1!").await;
    assert_refused(refused, EXPIRED);
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_a_code() {
    let world = World::new();
    let place = legacy_place(&world).await;
    world.user(&place, "ann").await;
    let ann = of(&world, &place, "ann").await.sub;
    let code = code(&world, &place, ann, CodePurpose::ForgotPassword).await.unwrap();
    for _ in 0..6 {
        refused(world.by_password(&place, "ann", "Wrong1!!").await);
    }
    let set =
        async |code: &str, password| set_forgotten(&world, &place, "ann", code, password).await;
    assert_eq!(refused(set(code.expose(), "short").await).0, "InvalidPasswordException");
    set(code.expose(), "Another1!").await.unwrap();
    signed_in(world.by_password(&place, "ann", "Another1!").await);
    assert_refused(set(code.expose(), "Another2!").await, EXPIRED);
}

#[tokio::test]
async fn nobodys_code_is_wrong_where_it_must_not_show() {
    let world = World::new();
    let hidden = place(&world, PreventUserExistenceErrorTypes::Enabled).await;
    assert_refused(confirm(&world, &hidden, "nobody", "123456").await, MISMATCH);
    let set = set_forgotten(&world, &hidden, "nobody", "123456", "Another1!").await;
    assert_refused(set, MISMATCH);
    let shown = legacy_place(&world).await;
    let unknown = ("UserNotFoundException", "Username/client id combination not found.");
    assert_refused(confirm(&world, &shown, "nobody", "123456").await, unknown);
    let set = set_forgotten(&world, &shown, "nobody", "123456", "Another1!").await;
    assert_refused(set, unknown);
}

#[tokio::test]
async fn who_must_reset_the_password_signs_in_by_no_password() {
    let world = World::new();
    let place = legacy_place(&world).await;
    world.user(&place, "ann").await;
    let (key, found) = world.pools.user(&place.key, &place.pool, "ann").await.unwrap().unwrap();
    let reset = |user: &mut directory::User| {
        user.status = UserStatus::ResetRequired;
        user.password = None;
        Ok::<_, directory::Error>(())
    };
    world.directory.update(&key, reset).await.unwrap();
    let required = ("PasswordResetRequiredException", "Password reset required for the user");
    assert_refused(world.by_password(&place, "ann", PASSWORD).await, required);
    let code = code(&world, &place, found.record.sub, CodePurpose::ForgotPassword).await.unwrap();
    set_forgotten(&world, &place, "ann", code.expose(), "Another1!").await.unwrap();
    signed_in(world.by_password(&place, "ann", "Another1!").await);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_the_one_before() {
    let world = World::new();
    let place = legacy_place(&world).await;
    world.user(&place, "ann").await;
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let bearer = async || {
        let token = tokens.access_token.as_ref().unwrap();
        world.pools.bearer_in(place.key.clone(), token).await.ok().unwrap()
    };
    let change = async |previous: &str, proposed: &str| {
        let previous = SecretString::from(previous);
        world.pools.change_password(&bearer().await, Some(&previous), &proposed.into()).await
    };
    let wrong = ("NotAuthorizedException", "Incorrect username or password.");
    assert_refused(change("Wrong1!!", "Another1!").await, wrong);
    assert_eq!(refused(change(PASSWORD, "short").await).0, "InvalidPasswordException");
    let missing = world.pools.change_password(&bearer().await, None, &"Another1!".into()).await;
    assert_eq!(refused(missing).0, "InvalidParameterException");
    change(PASSWORD, "Another1!").await.unwrap();
    signed_in(world.by_password(&place, "ann", "Another1!").await);
    assert_refused(world.by_password(&place, "ann", PASSWORD).await, wrong);
    for _ in 0..4 {
        assert_refused(change(PASSWORD, "Another2!").await, wrong);
    }
    assert_refused(change("Another1!", "Another2!").await, LIMIT);
}

#[tokio::test]
async fn an_address_is_verified_by_its_code_unless_it_changed() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let ann = sign_up(&world, &place, "ann").await.unwrap();
    let sign_up_code = code(&world, &place, ann, CodePurpose::SignUp).await.unwrap();
    confirm(&world, &place, "ann", sign_up_code.expose()).await.unwrap();
    let (key, _) = world.pools.user(&place.key, &place.pool, "ann").await.unwrap().unwrap();
    let set_email = async |email: &'static str| {
        let set = |user: &mut directory::User| {
            user.attributes.insert("email".to_owned(), email.to_owned());
            user.attributes.insert("email_verified".to_owned(), "false".to_owned());
            Ok::<_, directory::Error>(())
        };
        world.directory.update(&key, set).await.unwrap().unwrap();
    };
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let bearer = async || {
        let token = tokens.access_token.as_ref().unwrap();
        world.pools.bearer_in(place.key.clone(), token).await.ok().unwrap()
    };
    set_email("ann@example.com").await;
    let right = code(&world, &place, ann, CodePurpose::VerifyEmail).await.unwrap();
    set_email("other@example.com").await;
    let verify =
        async |code: &str| world.pools.verify_user_attribute(&bearer().await, "email", code).await;
    assert_refused(verify(right.expose()).await, EXPIRED);
    set_email("ann@example.com").await;
    assert_refused(verify(&another(&right)).await, MISMATCH);
    verify(right.expose()).await.unwrap();
    assert_eq!(of(&world, &place, "ann").await.attributes["email_verified"], "true");
    assert_refused(verify(right.expose()).await, EXPIRED);
    let other = world.pools.verify_user_attribute(&bearer().await, "name", "123456").await;
    assert_eq!(refused(other).0, "InvalidParameterException");
}

#[tokio::test]
async fn former_passwords_are_refused_to_their_user_and_told_to_nobody_else() {
    let world = World::new();
    let place = legacy_place(&world).await;
    let remembering = UpdateUserPoolRequest {
        policies: Some(UserPoolPolicyType {
            password_policy: Some(PasswordPolicyType {
                password_history_size: Some(2),
                ..PasswordPolicyType::default()
            }),
            ..UserPoolPolicyType::default()
        }),
        ..UpdateUserPoolRequest::default()
    };
    world.pools.update_user_pool(&place.key, remembering).await.unwrap();
    sign_up(&world, &place, "ann").await.unwrap();
    // Whoever signs up under her name does not learn that the password is hers.
    let exists = refused(sign_up(&world, &place, "ann").await);
    assert_eq!(exists.0, "UsernameExistsException");
    let confirm = |_: &UserPool, user: &mut User| {
        user.status = UserStatus::Confirmed;
        Ok(())
    };
    world.pools.change_user(&place.key, Who::Named("ann"), false, confirm).await.unwrap();
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let change = async |previous: &str, proposed: &str| {
        let token = tokens.access_token.as_ref().unwrap();
        let bearer = world.pools.bearer_in(place.key.clone(), token).await.ok().unwrap();
        let previous = SecretString::from(previous);
        world.pools.change_password(&bearer, Some(&previous), &proposed.into()).await
    };
    let used = ("PasswordHistoryPolicyViolationException", "Password has previously been used");
    assert_refused(change(PASSWORD, PASSWORD).await, used);
    change(PASSWORD, "Another1!").await.unwrap();
    assert_refused(change("Another1!", PASSWORD).await, used);
    let wrong = ("NotAuthorizedException", "Incorrect username or password.");
    assert_refused(change("Wrong1!!", PASSWORD).await, wrong);
    change("Another1!", "Another2!").await.unwrap();
    change("Another2!", PASSWORD).await.unwrap();
}
