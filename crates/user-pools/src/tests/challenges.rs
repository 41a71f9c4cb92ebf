//! Sign-ins that take more than one request.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use directory::UserPoolClientKey;
use srp::{Answer, ClaimTimestamp, ClientSecret, Name, Salt};
use types::{SecretString, SeededEntropy, SignedDuration};
use wire::cognito_idp::{
    AuthFlowType, ChallengeNameType, CreateUserPoolClientRequest, ExplicitAuthFlowsType as Flow,
    PreventUserExistenceErrorTypes, UpdateUserPoolClientRequest,
};

use super::{PASSWORD, Place, World, refused, signed_in};
use crate::{error::UserPoolsError, new_password::srp_pool_name, sign_in::Outcome};

const TIMESTAMP: &str = "Tue Mar 5 07:08:09 UTC 2024";
const WRONG: (&str, &str) = ("NotAuthorizedException", "Incorrect username or password.");
const USED: (&str, &str) =
    ("NotAuthorizedException", "Invalid session for the user, session can only be used once.");
const INVALID: (&str, &str) = ("NotAuthorizedException", "Invalid session for the user.");

type Parameters = std::collections::BTreeMap<String, String>;

fn words<T>(outcome: Result<T, UserPoolsError>) -> (&'static str, String) {
    refused(outcome)
}

#[track_caller]
fn assert_refused<T>(outcome: Result<T, UserPoolsError>, expected: (&str, &str)) {
    let (code, message) = words(outcome);
    assert_eq!((code, message.as_str()), expected);
}

/// A client of user pools.
struct Client {
    secret: ClientSecret,
}

impl Client {
    fn new(seed: u64) -> Self {
        Self { secret: ClientSecret::random(&SeededEntropy::new(seed)) }
    }

    async fn begin(&self, world: &World, place: &Place, name: &str) -> Parameters {
        let public = self.secret.public();
        let parameters = [("USERNAME", name), ("SRP_A", public.as_str())];
        let outcome = world.try_sign_in(place, AuthFlowType::UserSrpAuth, &parameters).await;
        match outcome {
            Ok(Outcome::Challenge { name, session: None, parameters }) => {
                assert_eq!(name, ChallengeNameType::PasswordVerifier);
                parameters
            }
            Ok(_) => panic!("it is not the password that is asked for"),
            Err(error) => panic!("{error}"),
        }
    }

    fn answer(
        &self,
        place: &Place,
        challenge: &Parameters,
        password: &str,
    ) -> Vec<(String, String)> {
        let block = STANDARD.decode(&challenge["SECRET_BLOCK"]).unwrap();
        let timestamp = ClaimTimestamp::parse(TIMESTAMP).unwrap();
        let user = &challenge["USER_ID_FOR_SRP"];
        let signature = self.secret.sign(&Answer {
            name: Name { pool: srp_pool_name(place.key.id.as_str()), user },
            password: &password.into(),
            salt: &Salt::from_kept(challenge["SALT"].clone()),
            server_public: &challenge["SRP_B"],
            secret_block: &block,
            timestamp: &timestamp,
        });
        [
            ("USERNAME", user.clone()),
            ("PASSWORD_CLAIM_SECRET_BLOCK", challenge["SECRET_BLOCK"].clone()),
            ("PASSWORD_CLAIM_SIGNATURE", STANDARD.encode(signature.unwrap())),
            ("TIMESTAMP", TIMESTAMP.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    async fn sign_in(
        &self,
        world: &World,
        place: &Place,
        name: &str,
        password: &str,
    ) -> Result<Outcome, UserPoolsError> {
        let challenge = self.begin(world, place, name).await;
        let answer = self.answer(place, &challenge, password);
        respond(world, place, ChallengeNameType::PasswordVerifier, None, answer).await
    }
}

async fn respond(
    world: &World,
    place: &Place,
    challenge: ChallengeNameType,
    session: Option<&SecretString>,
    answer: Vec<(String, String)>,
) -> Result<Outcome, UserPoolsError> {
    let answer = answer.into_iter().map(|(name, value)| (name, value.into())).collect();
    let attempt = world.pools.attempt(place.key.clone(), &place.client.id, answer).await?;
    world.pools.respond(&attempt, challenge, session).await
}

/// A place whose client signs in by the protocol and by password, and tells nothing of who exists.
async fn srp_place(world: &World) -> Place {
    let flows = [Flow::AllowUserSrpAuth, Flow::AllowUserPasswordAuth, Flow::AllowRefreshTokenAuth];
    let settings = CreateUserPoolClientRequest {
        prevent_user_existence_errors: Some(PreventUserExistenceErrorTypes::Enabled),
        ..CreateUserPoolClientRequest::default()
    };
    world.place(&flows, settings).await
}

async fn verifier(world: &World, place: &Place, name: &str) -> Option<directory::SrpVerifier> {
    world.pools.user(&place.key, &place.pool, name).await.unwrap().unwrap().1.record.srp
}

#[tokio::test]
async fn a_user_signs_in_without_showing_the_password() {
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    let client = Client::new(1);
    let tokens = signed_in(client.sign_in(&world, &place, "ann", PASSWORD).await);
    let claims = world.id_claims(&place, tokens.id_token.as_ref().unwrap()).await;
    assert_eq!(claims.username, "ann");
    let refresh_token = tokens.refresh_token.unwrap();
    let parameters = [("REFRESH_TOKEN", refresh_token.expose().as_str())];
    signed_in(world.try_sign_in(&place, AuthFlowType::RefreshTokenAuth, &parameters).await);
    assert_refused(client.sign_in(&world, &place, "ann", "Wrong1!!").await, WRONG);
}

#[tokio::test]
async fn a_verifier_is_kept_only_where_it_is_used() {
    let world = World::new();
    let without = world.plain_place().await;
    world.user(&without, "ann").await;
    assert!(verifier(&world, &without, "ann").await.is_none());
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    let first = verifier(&world, &place, "ann").await.unwrap();
    world.user_password(&place, "ann", "Another1!").await;
    let second = verifier(&world, &place, "ann").await.unwrap();
    assert_ne!(first.salt, second.salt);
    assert_refused(Client::new(1).sign_in(&world, &place, "ann", PASSWORD).await, WRONG);
    signed_in(Client::new(1).sign_in(&world, &place, "ann", "Another1!").await);
}

/// The client signs in by password only.
async fn stop_srp(world: &World, place: &Place) {
    let key = UserPoolClientKey { pool: place.key.clone(), id: place.client.id.clone() };
    let input = UpdateUserPoolClientRequest {
        explicit_auth_flows: Some(vec![Flow::AllowUserPasswordAuth]),
        ..UpdateUserPoolClientRequest::default()
    };
    world.pools.update_user_pool_client(&key, input).await.unwrap();
}

#[tokio::test]
async fn verifiers_go_a_moment_after_the_last_client_that_uses_them() {
    let world = World::new();
    let place = srp_place(&world).await;
    let kept = srp_place(&world).await;
    let other = world.another_client(&place, &[Flow::AllowUserSrpAuth]).await;
    world.user(&place, "ann").await;
    world.user(&kept, "ann").await;

    stop_srp(&world, &place).await;
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(world.background_work().await, 1);
    assert!(verifier(&world, &place, "ann").await.is_some(), "the other client uses it");

    let other = UserPoolClientKey { pool: place.key.clone(), id: other.id };
    world.pools.delete_client(&other).await.unwrap();
    assert_eq!(world.background_work().await, 0);
    assert!(verifier(&world, &place, "ann").await.is_some());
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(world.background_work().await, 1);
    assert!(verifier(&world, &place, "ann").await.is_none());
    assert!(verifier(&world, &kept, "ann").await.is_some());
    signed_in(world.by_password(&place, "ann", PASSWORD).await);
}

#[tokio::test]
async fn verifiers_stay_where_a_client_uses_them_again() {
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    stop_srp(&world, &place).await;
    world.another_client(&place, &[Flow::AllowUserSrpAuth]).await;
    world.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(world.background_work().await, 1);
    assert!(verifier(&world, &place, "ann").await.is_some());
}

#[tokio::test]
async fn a_user_from_before_gets_a_verifier_by_signing_in_with_the_password() {
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    let (key, _) = world.pools.user(&place.key, &place.pool, "ann").await.unwrap().unwrap();
    let drop_verifier = |user: &mut directory::User| {
        user.srp = None;
        Ok::<_, directory::Error>(())
    };
    world.directory.update(&key, drop_verifier).await.unwrap();
    assert_refused(Client::new(1).sign_in(&world, &place, "ann", PASSWORD).await, WRONG);
    signed_in(world.by_password(&place, "ann", PASSWORD).await);
    signed_in(Client::new(1).sign_in(&world, &place, "ann", PASSWORD).await);
}

#[tokio::test]
async fn a_challenge_is_good_for_one_answer() {
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    let client = Client::new(1);
    for password in [PASSWORD, "Wrong1!!"] {
        for name in ["ann", "nobody"] {
            let challenge = client.begin(&world, &place, name).await;
            let answer = client.answer(&place, &challenge, password);
            let verifier = ChallengeNameType::PasswordVerifier;
            let first = respond(&world, &place, verifier, None, answer.clone()).await;
            if (name, password) == ("ann", PASSWORD) {
                signed_in(first);
            } else {
                assert_refused(first, WRONG);
            }
            assert_refused(respond(&world, &place, verifier, None, answer).await, USED);
        }
    }
    let challenge = client.begin(&world, &place, "ann").await;
    let answers = (0..8).map(|_| {
        let answer = client.answer(&place, &challenge, PASSWORD);
        respond(&world, &place, ChallengeNameType::PasswordVerifier, None, answer)
    });
    let outcomes = futures_util::future::join_all(answers).await;
    let good = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(good, 1, "many answers at once");
}

#[tokio::test]
async fn an_answer_is_bound_to_its_challenge_client_user_and_time() {
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    world.user(&place, "bob").await;
    let client = Client::new(1);
    let verifier = ChallengeNameType::PasswordVerifier;
    let answer = async || {
        let challenge = client.begin(&world, &place, "ann").await;
        client.answer(&place, &challenge, PASSWORD)
    };
    let with = |mut answer: Vec<(String, String)>, name: &str, value: &str| {
        answer.iter_mut().find(|(own, _)| own == name).unwrap().1 = value.to_owned();
        answer
    };
    let block = "PASSWORD_CLAIM_SECRET_BLOCK";
    for (changed, expected) in [
        (with(answer().await, "USERNAME", "bob"), INVALID),
        (with(answer().await, block, "AAAA"), INVALID),
        (with(answer().await, block, "?"), INVALID),
        (with(answer().await, block, &answer().await[1].1), WRONG),
        (with(answer().await, "PASSWORD_CLAIM_SIGNATURE", "?"), WRONG),
        (with(answer().await, "TIMESTAMP", "Tue Mar 5 07:08:10 UTC 2024"), WRONG),
        (
            with(answer().await, "TIMESTAMP", "2024-03-05T07:08:09Z"),
            (
                "InvalidParameterException",
                "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.",
            ),
        ),
    ] {
        assert_refused(respond(&world, &place, verifier, None, changed).await, expected);
        // Only to keep the lockout away.
        signed_in(world.by_password(&place, "ann", PASSWORD).await);
    }
    let mut missing = answer().await;
    missing.remove(2);
    assert_refused(
        respond(&world, &place, verifier, None, missing).await,
        ("InvalidParameterException", "Missing required parameter PASSWORD_CLAIM_SIGNATURE"),
    );
    let other = Place {
        client: world.another_client(&place, &[Flow::AllowUserSrpAuth]).await,
        key: place.key.clone(),
        pool: place.pool.clone(),
        secret: None,
    };
    assert_refused(respond(&world, &other, verifier, None, answer().await).await, INVALID);
    let late = answer().await;
    world.clock.advance(SignedDuration::from_mins(3));
    assert_refused(
        respond(&world, &place, verifier, None, late).await,
        ("NotAuthorizedException", "Invalid session for the user, session is expired."),
    );
    signed_in(respond(&world, &place, verifier, None, answer().await).await);
}

#[tokio::test]
async fn what_is_no_public_value_begins_nothing() {
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    for public in ["0", "00", "x", &"f".repeat(768), &"1".repeat(2000)] {
        let parameters = [("USERNAME", "ann"), ("SRP_A", public)];
        let outcome = world.try_sign_in(&place, AuthFlowType::UserSrpAuth, &parameters).await;
        assert_eq!(words(outcome).0, "InvalidParameterException");
    }
    let plain = world.plain_place().await;
    let parameters = [("USERNAME", "ann"), ("SRP_A", "2")];
    assert_refused(
        world.try_sign_in(&plain, AuthFlowType::UserSrpAuth, &parameters).await,
        ("InvalidParameterException", "USER_SRP_AUTH is not enabled for the client."),
    );
    let lenient =
        world.place(&[Flow::AllowUserSrpAuth], CreateUserPoolClientRequest::default()).await;
    assert_refused(
        world.try_sign_in(&lenient, AuthFlowType::UserSrpAuth, &parameters).await,
        ("UserNotFoundException", "User does not exist."),
    );
}

#[tokio::test]
async fn nobody_looks_like_somebody() {
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    let client = Client::new(1);
    let of = async |name| client.begin(&world, &place, name).await;
    let (ann, nobody, again, other) =
        (of("ann").await, of("bob").await, of("bob").await, of("eve").await);
    assert_eq!(ann.keys().collect::<Vec<_>>(), nobody.keys().collect::<Vec<_>>());
    for name in ["SALT", "SECRET_BLOCK"] {
        assert_eq!(ann[name].len(), nobody[name].len(), "{name}");
    }
    assert!(nobody["SRP_B"].len().abs_diff(768) < 8);
    assert_eq!(nobody["SALT"], again["SALT"]);
    assert_eq!(ann["SALT"], of("ann").await["SALT"]);
    assert_ne!(nobody["SALT"], other["SALT"]);
    assert_ne!(nobody["SRP_B"], again["SRP_B"]);
    // Six times the wrong password, and the lockout, are the same too, and write as often.
    let commits = || world.records.freshness().revision.0;
    for name in ["ann", "bob"] {
        let (mut answers, mut written) = (Vec::new(), Vec::new());
        for _ in 0..6 {
            let before = commits();
            answers.push(words(client.sign_in(&world, &place, name, "Wrong1!!").await).1);
            written.push(commits() - before);
        }
        assert_eq!(answers[..5], [WRONG.1; 5], "{name}");
        assert_eq!(answers[5], "Password attempts exceeded", "{name}");
        assert_eq!(written, [1, 1, 1, 1, 1, 0], "{name}");
    }
    assert_refused(
        client.sign_in(&world, &place, "ann", PASSWORD).await,
        ("NotAuthorizedException", "Password attempts exceeded"),
    );
    world.clock.advance(SignedDuration::from_secs(1));
    signed_in(client.sign_in(&world, &place, "ann", PASSWORD).await);
}

#[tokio::test]
async fn a_disabled_user_is_told_so_only_with_the_right_password() {
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    let (key, _) = world.pools.user(&place.key, &place.pool, "ann").await.unwrap().unwrap();
    let disable = |user: &mut directory::User| {
        user.enabled = false;
        Ok::<_, directory::Error>(())
    };
    world.directory.update(&key, disable).await.unwrap();
    let client = Client::new(1);
    assert_refused(client.sign_in(&world, &place, "ann", "Wrong1!!").await, WRONG);
    let disabled = ("NotAuthorizedException", "User is disabled.");
    assert_refused(client.sign_in(&world, &place, "ann", PASSWORD).await, disabled);
}

/// How many records of a kind a pool has.
async fn kept<R: directory::Record>(world: &World, place: &Place) -> usize {
    world.directory.all::<R>(&place.key.within()).await.unwrap().len()
}

#[tokio::test]
async fn nothing_of_a_sign_in_outlives_its_pool() {
    use directory::{CodePurpose, Contact, DecoySecret, UsedChallenge, VerificationCode};
    let world = World::new();
    let place = srp_place(&world).await;
    world.user(&place, "ann").await;
    signed_in(Client::new(1).sign_in(&world, &place, "ann", PASSWORD).await);
    let ann = world.pools.user(&place.key, &place.pool, "ann").await.unwrap().unwrap().1.record;
    let address = "ann@example.com".to_owned();
    let destination = crate::codes::Destination { contact: Contact::Email, address };
    let purpose = CodePurpose::SignUp;
    world.pools.new_code(&place.key, ann.sub, purpose, &destination).await.unwrap();
    let left = async || {
        [
            kept::<VerificationCode>(&world, &place).await,
            kept::<UsedChallenge>(&world, &place).await,
            kept::<DecoySecret>(&world, &place).await,
        ]
    };
    assert_eq!(left().await, [1, 1, 1]);
    world.pools.delete_user_pool(&place.key).await.unwrap();
    world.background_work().await;
    assert_eq!(left().await, [0, 0, 0]);
}

/// Somebody with a temporary password, and the session in which another one is asked for.
async fn asked(world: &World, place: &Place, name: &str) -> SecretString {
    world.create_user(&place.key, name, &[]).await.unwrap();
    let pools = &world.pools;
    pools.admin_set_user_password(&place.key, name, PASSWORD.into(), false).await.unwrap();
    session(Client::new(1).sign_in(world, place, name, PASSWORD).await)
}

fn session(outcome: Result<Outcome, UserPoolsError>) -> SecretString {
    match outcome {
        Ok(Outcome::Challenge { name, session: Some(session), .. }) => {
            assert_eq!(name, ChallengeNameType::NewPasswordRequired);
            session
        }
        Ok(_) => panic!("no new password is asked for"),
        Err(error) => panic!("{error}"),
    }
}

async fn set_password(
    world: &World,
    place: &Place,
    session: &SecretString,
    name: &str,
    password: &str,
) -> Result<Outcome, UserPoolsError> {
    let answer = [("USERNAME", name), ("NEW_PASSWORD", password)];
    let answer = answer.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let challenge = ChallengeNameType::NewPasswordRequired;
    respond(world, place, challenge, Some(session), answer).await
}

#[tokio::test]
async fn a_temporary_password_is_exchanged_for_a_new_one_once() {
    let world = World::new();
    let place = srp_place(&world).await;
    let session = asked(&world, &place, "ann").await;
    let refused = words(set_password(&world, &place, &session, "ann", "short").await);
    assert_eq!(refused.0, "InvalidPasswordException", "the session may be used again");
    signed_in(set_password(&world, &place, &session, "ann", "Another1!").await);
    let again = set_password(&world, &place, &session, "ann", "Another2!").await;
    assert_refused(again, INVALID);
    signed_in(world.by_password(&place, "ann", "Another1!").await);
    signed_in(Client::new(1).sign_in(&world, &place, "ann", "Another1!").await);
    assert_refused(world.by_password(&place, "ann", PASSWORD).await, WRONG);
}

#[tokio::test]
async fn a_session_is_of_one_user_client_password_and_time() {
    let world = World::new();
    let place = srp_place(&world).await;
    let session = asked(&world, &place, "ann").await;
    let of_bob = asked(&world, &place, "bob").await;
    let spoiled = SecretString::new(format!("{}A", session.expose()));
    for (name, session) in
        [("bob", &session), ("ann", &of_bob), ("ann", &spoiled), ("ann", &"".into())]
    {
        assert_refused(set_password(&world, &place, session, name, "Another1!").await, INVALID);
    }
    let other = Place {
        client: world.another_client(&place, &[Flow::AllowUserSrpAuth]).await,
        key: place.key.clone(),
        pool: place.pool.clone(),
        secret: None,
    };
    assert_refused(set_password(&world, &other, &session, "ann", "Another1!").await, INVALID);
    // An administrator sets another temporary password meanwhile.
    world.clock.advance(SignedDuration::from_secs(1));
    let pools = &world.pools;
    pools.admin_set_user_password(&place.key, "ann", "Temporary2!".into(), false).await.unwrap();
    assert_refused(set_password(&world, &place, &session, "ann", "Another1!").await, INVALID);
    world.clock.advance(SignedDuration::from_mins(3));
    assert_refused(
        set_password(&world, &place, &of_bob, "bob", "Another1!").await,
        ("NotAuthorizedException", "Invalid session for the user, session is expired."),
    );
    let challenge = ChallengeNameType::SmsMfa;
    let refused = words(respond(&world, &place, challenge, Some(&session), Vec::new()).await);
    assert_eq!(refused.0, "InvalidParameterException");
}
