//! The outbox over a real directory. Who may read it is tested through the server.

use std::sync::Arc;

use directory::{Directory, Owner, OwnerAuthority};
use session::KeyRing;
use store::SqliteRecords;
use tempfile::TempDir;
use types::{ManualClock, SeededEntropy, Timestamp};
use wire::{
    Fault,
    cloakroom::{ListMessagesRequest, Medium, SendMessageRequest},
};

use crate::Messages;

struct World {
    messages: Messages,
    authority: OwnerAuthority,
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_second(1_700_000_000).unwrap()));
        let file = folder.path().join("directory.db");
        let records = SqliteRecords::open(&file, directory::SPACES, clock.clone()).unwrap();
        let (directory, authority) = Directory::open(Arc::new(records));
        let entropy = Arc::new(SeededEntropy::new(1));
        let ring = Arc::new(KeyRing::generate(&*entropy).unwrap());
        Self { messages: Messages { directory, ring, clock, entropy }, authority, folder }
    }

    fn owner(&self, account: &str, region: &str) -> Owner {
        self.authority.owner(account.parse().unwrap(), region.parse().unwrap())
    }

    fn ours(&self) -> Owner {
        self.owner("123456789012", "us-east-1")
    }

    async fn send(&self, owner: &Owner, body: &str) -> Result<types::Uuid, Fault> {
        let input = SendMessageRequest {
            medium: Medium::Email,
            to: "ann@example.com".to_owned(),
            subject: Some("Your code".to_owned()),
            body: body.into(),
        };
        Ok(self.messages.send_message(owner, "arn:aws:x".to_owned(), &input).await?)
    }

    async fn page(
        &self,
        owner: &Owner,
        max_results: Option<i32>,
        next_token: Option<String>,
    ) -> (Vec<String>, Option<String>) {
        let input = ListMessagesRequest { max_results, next_token };
        let page = self.messages.list_messages(owner, &input).await.unwrap();
        let bodies = page.messages.iter().map(|message| message.body.expose().clone()).collect();
        (bodies, page.next_token)
    }
}

#[tokio::test]
async fn messages_are_listed_in_their_order_page_by_page() {
    let world = World::new();
    let owner = world.ours();
    assert_eq!(world.page(&owner, None, None).await, (Vec::new(), None));
    for number in 0..5 {
        world.send(&owner, &format!("It is {number}.")).await.unwrap();
    }
    let (first, token) = world.page(&owner, Some(2), None).await;
    let (second, token) = world.page(&owner, Some(2), token).await;
    let (third, token) = world.page(&owner, Some(2), token).await;
    let expected: Vec<String> = (0..5).map(|number| format!("It is {number}.")).collect();
    assert_eq!(([first, second, third].concat(), token), (expected, None));
    let input = ListMessagesRequest { max_results: None, next_token: Some("x".to_owned()) };
    let refused = world.messages.list_messages(&owner, &input).await.unwrap_err();
    assert_eq!(Fault::from(refused).code(), "InvalidParameterException");
}

#[tokio::test]
async fn an_outbox_is_of_one_account_and_region() {
    let world = World::new();
    world.send(&world.ours(), "It is 123456.").await.unwrap();
    for (account, region) in [("210987654321", "us-east-1"), ("123456789012", "eu-west-1")] {
        let other = world.owner(account, region);
        assert_eq!(world.page(&other, None, None).await, (Vec::new(), None));
    }
    assert_eq!(world.page(&world.ours(), None, None).await.0, ["It is 123456."]);
}

#[tokio::test]
async fn an_outbox_keeps_the_newest_thousand() {
    let world = World::new();
    let owner = world.ours();
    for number in 0..1003 {
        world.send(&owner, &number.to_string()).await.unwrap();
    }
    let mut all = Vec::new();
    let mut token = None;
    loop {
        let (bodies, next) = world.page(&owner, None, token).await;
        all.extend(bodies);
        token = next;
        if token.is_none() {
            break;
        }
    }
    let expected: Vec<String> = (3..1003).map(|number| number.to_string()).collect();
    assert_eq!(all, expected);
}

#[tokio::test]
async fn messages_sent_at_once_are_all_there() {
    let world = World::new();
    let owner = world.ours();
    let (world, owner) = (&world, &owner);
    let send = |number: u64| async move { world.send(owner, &number.to_string()).await };
    let sends = (0..8).map(send);
    for sent in futures_util::future::join_all(sends).await {
        sent.unwrap();
    }
    let mut bodies = world.page(owner, None, None).await.0;
    bodies.sort();
    let expected: Vec<String> = (0..8).map(|number| number.to_string()).collect();
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn no_text_lies_readable_in_the_data_directory_and_none_is_too_long() {
    let world = World::new();
    let owner = world.ours();
    world.send(&owner, "Your code is 815004.").await.unwrap();
    let refused = world.send(&owner, &"x".repeat(24_001)).await.unwrap_err();
    assert_eq!(refused.code(), "InvalidParameterException");
    let mut stored = Vec::new();
    for file in std::fs::read_dir(world.folder.path()).unwrap() {
        stored.extend(std::fs::read(file.unwrap().path()).unwrap());
    }
    let lies_there = |text: &[u8]| stored.windows(text.len()).any(|part| part == text);
    assert!(lies_there(b"ann@example.com"), "the files are the right ones");
    assert!(!lies_there(b"815004"));
}
