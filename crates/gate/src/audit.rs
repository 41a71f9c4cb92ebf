//! Decisions are events: a bounded queue, and an append-only file that is rotated.
//!
//! An allow is a small record; a refusal is kept whole, with what the explaining evaluator found,
//! and can be looked up by its request id. Signatures, tokens, bodies and queries are never in it.

use std::{
    collections::{HashMap, VecDeque},
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use types::{AccessKeyId, AccountId, Clock, RequestId, Timestamp};
use wire::OperationId;

/// How many events may wait for the file.
const QUEUE_LENGTH: usize = 8192;
/// How long the writer lets decisions gather for one write.
const GATHERED_FOR: Duration = Duration::from_millis(5);
/// How many bytes of refusals may wait for the file. Each quotes the policies it was decided by.
const QUEUED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How many bytes of refusals are kept in memory, for asking why right away.
const RECENT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// When a file is full.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How many searches of the files run at once; each may read all of them.
const SEARCHES_MAX: usize = 2;
/// How many files are kept, the current one included.
const FILES_MAX: usize = 8;

/// A refusal as it is kept, and as `sts:DecodeAuthorizationMessage` tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// The id of the refused request.
    pub request_id: RequestId,
    /// When it was refused.
    pub time: Timestamp,
    /// The operation, as `service:Name`.
    pub operation: String,
    /// Who asked, as an ARN where there is one.
    pub principal: String,
    /// The account of who asked.
    pub account: Option<AccountId>,
    /// With which access key.
    pub access_key_id: Option<AccessKeyId>,
    /// From which address.
    pub source_ip: Option<String>,
    /// The account that the resource belongs to.
    pub resource_account: Option<AccountId>,
    /// Which statements were considered and why each did not apply.
    pub explanation: iam::Explanation,
}

impl Refused {
    /// Whether the refusal may be told to somebody of this account who may ask. It may if the request
    /// was this account's; and, where nobody's account asked, if it was for something of this one.
    /// What another account was refused is its own affair: the explanation quotes its policies.
    #[must_use]
    pub fn concerns(&self, account: Option<AccountId>) -> bool {
        match self.account {
            Some(own) => account == Some(own),
            None => account.is_some() && account == self.resource_account,
        }
    }
}

/// An allow: who, what, and by which statements.
#[derive(Debug, Clone)]
pub(crate) struct Allowed {
    pub(crate) request_id: RequestId,
    pub(crate) time: Timestamp,
    pub(crate) operation: OperationId,
    pub(crate) action: &'static str,
    pub(crate) account: Option<AccountId>,
    pub(crate) access_key_id: Option<AccessKeyId>,
    pub(crate) by: iam::Matched,
}

enum Event {
    Allowed(Allowed),
    Refused {
        line: Arc<[u8]>,
        /// Given back when the line is written.
        _room: Option<OwnedSemaphorePermit>,
    },
}

/// Where decisions are told.
#[derive(Clone)]
pub struct Audit {
    queue: mpsc::Sender<Event>,
    recent: Arc<Mutex<Recent>>,
    lost: Arc<AtomicU64>,
    room: Arc<Semaphore>,
    searches: Arc<Semaphore>,
    directory: PathBuf,
}

/// The latest refusals, as they stand in the files.
#[derive(Default)]
struct Recent {
    order: VecDeque<RequestId>,
    lines: HashMap<RequestId, Arc<[u8]>>,
    bytes: usize,
}

impl Recent {
    fn keep(&mut self, id: RequestId, line: Arc<[u8]>) {
        self.bytes += line.len();
        self.order.push_back(id);
        self.lines.insert(id, line);
        while self.bytes > RECENT_BYTES_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes -= self.lines.remove(&oldest).map_or(0, |line| line.len());
        }
    }
}

impl Audit {
    /// An audit that writes into `directory`, and the writer, which whoever composes the process
    /// has to run.
    #[must_use]
    pub fn new(directory: PathBuf, clock: Arc<dyn Clock>) -> (Self, AuditWriter) {
        let (queue, events) = mpsc::channel(QUEUE_LENGTH);
        let audit = Self {
            queue,
            recent: Arc::default(),
            lost: Arc::default(),
            room: Arc::new(Semaphore::new(QUEUED_BYTES_MAX)),
            searches: Arc::new(Semaphore::new(SEARCHES_MAX)),
            directory: directory.clone(),
        };
        (audit.clone(), AuditWriter { events, lost: audit.lost, directory, clock })
    }

    /// How many decisions were not written: the queue was full, or the disk failed.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    pub(crate) fn allowed(&self, event: Allowed) {
        // An allow must not wait for a disk; that it is missing is counted.
        if self.queue.try_send(Event::Allowed(event)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) async fn refused(&self, refused: Refused) {
        let id = refused.request_id;
        let line: Arc<[u8]> = line(&Line::Refused(refused)).into();
        self.recent().keep(id, line.clone());
        let bytes = u32::try_from(line.len().min(QUEUED_BYTES_MAX)).unwrap_or(u32::MAX);
        let room = self.room.clone().acquire_many_owned(bytes).await.ok();
        if self.queue.send(Event::Refused { line, _room: room }).await.is_err() {
            tracing::warn!("a refusal could not be written: the audit writer has stopped");
        }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The refusal of this request, from memory or from the files.
    ///
    /// # Errors
    /// The files could not be read.
    pub async fn find(&self, request_id: RequestId) -> io::Result<Option<Refused>> {
        let recent = self.recent().lines.get(&request_id).cloned();
        if let Some(line) = recent {
            return Ok(read(&line, request_id));
        }
        let directory = self.directory.clone();
        let search = self.searches.clone().acquire_owned().await.map_err(io::Error::other)?;
        let found = tokio::task::spawn_blocking(move || {
            let found = find_in_files(&directory, request_id);
            // Not before: whoever asked may be gone.
            drop(search);
            found
        });
        found.await.map_err(io::Error::other)?
    }
}

fn find_in_files(directory: &Path, request_id: RequestId) -> io::Result<Option<Refused>> {
    for path in files(directory)?.into_iter().rev() {
        for line in BufReader::new(File::open(path)?).split(b'\n') {
            if let Some(refused) = read(&line?, request_id) {
                return Ok(Some(refused));
            }
        }
    }
    Ok(None)
}

/// The refusal on this line, if it is the one of that request. A line that a full disk cut short need
/// not even be text.
fn read(line: &[u8], request_id: RequestId) -> Option<Refused> {
    let text = String::from_utf8_lossy(line);
    if !text.contains(&request_id.to_string()) {
        return None;
    }
    match serde_json::from_str(&text) {
        Ok(Line::Refused(refused)) if refused.request_id == request_id => Some(refused),
        _ => None,
    }
}

/// The audit's files, oldest first: their names begin with the time they were begun.
fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "jsonl") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// One line of a file.
#[derive(Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "camelCase")]
enum Line<'a> {
    #[serde(rename_all = "camelCase")]
    Allowed {
        request_id: RequestId,
        time: Timestamp,
        operation: String,
        action: &'a str,
        account: Option<AccountId>,
        access_key_id: Option<AccessKeyId>,
        by: String,
    },
    Refused(Refused),
}

/// Takes events from the queue to the file. Ends when the last [`Audit`] is gone.
pub struct AuditWriter {
    events: mpsc::Receiver<Event>,
    lost: Arc<AtomicU64>,
    directory: PathBuf,
    clock: Arc<dyn Clock>,
}

impl AuditWriter {
    /// Writes until nobody can send any more. Blocks; run it on a thread of its own.
    ///
    /// What cannot be written, as on a full disk, is counted as lost and told to the log; what comes
    /// after it is tried again.
    pub fn run(mut self) {
        let mut current: Option<(File, u64)> = None;
        let mut lines = Vec::new();
        while let Some(event) = self.events.blocking_recv() {
            lines.clear();
            let mut count = 1;
            append(&mut lines, event);
            // Not to be woken by each decision of a busy server costs it less than the writing does.
            std::thread::park_timeout(GATHERED_FOR);
            // Whatever else waits goes into the same write.
            while lines.len() < 256 * 1024
                && let Ok(event) = self.events.try_recv()
            {
                count += 1;
                append(&mut lines, event);
            }
            if let Err(error) = self.write(&mut current, &lines) {
                tracing::error!(%error, decisions = count, "decisions could not be written");
                self.lost.fetch_add(count, Ordering::Relaxed);
                current = None;
            }
        }
    }

    fn write(&self, current: &mut Option<(File, u64)>, lines: &[u8]) -> io::Result<()> {
        let (mut file, size) = match current.take() {
            Some((file, size)) if size < FILE_BYTES_MAX => (file, size),
            _ => self.next_file()?,
        };
        file.write_all(lines)?;
        *current = Some((file, size + u64::try_from(lines.len()).unwrap_or(u64::MAX)));
        Ok(())
    }

    fn next_file(&self) -> io::Result<(File, u64)> {
        let name = format!("{:020}.jsonl", self.clock.now().as_millisecond());
        let path = self.directory.join(name);
        // Who does what, and by which policies, is for the server's own eyes.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path)?;
        let size = file.metadata()?.len();
        let paths = files(&self.directory)?;
        for old in paths.iter().take(paths.len().saturating_sub(FILES_MAX)) {
            std::fs::remove_file(old)?;
        }
        Ok((file, size))
    }
}

fn append(lines: &mut Vec<u8>, event: Event) {
    match event {
        Event::Allowed(allowed) => lines.extend(line(&Line::Allowed {
            request_id: allowed.request_id,
            time: allowed.time,
            operation: allowed.operation.to_string(),
            action: allowed.action,
            account: allowed.account,
            access_key_id: allowed.access_key_id,
            by: allowed.by.to_string(),
        })),
        Event::Refused { line, .. } => lines.extend_from_slice(&line),
    }
}

/// The line that this is written as.
fn line(line: &Line<'_>) -> Vec<u8> {
    // Texts, numbers and times always become JSON.
    let mut written = serde_json::to_vec(line).unwrap_or_default();
    written.push(b'\n');
    written
}

#[cfg(test)]
mod tests {
    use types::{Entropy, ManualClock, SeededEntropy, Uuid};

    use super::*;

    fn refused(id: RequestId, account: Option<&str>, resource: Option<&str>) -> Refused {
        let parse = |text: &str| text.parse().unwrap();
        let principal = iam::Principal::Anonymous;
        let request = iam::Request {
            principal: &principal,
            action: "s3:GetObject",
            resource: "arn:aws:s3:::coats/x",
            resource_account: None,
            context: &iam::MapContext::default(),
        };
        Refused {
            request_id: id,
            time: Timestamp::UNIX_EPOCH,
            operation: "s3:GetObject".to_owned(),
            principal: "anonymous".to_owned(),
            account: account.map(parse),
            access_key_id: None,
            source_ip: None,
            resource_account: resource.map(parse),
            explanation: iam::explain(&iam::Policies::default(), &request),
        }
    }

    #[tokio::test]
    async fn a_refusal_is_found_in_memory_and_after_that_in_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let (audit, writer) = Audit::new(folder.path().to_owned(), clock.clone());
        let one = line(&Line::Refused(refused(Uuid::random(entropy), None, None))).len();
        let fitting = RECENT_BYTES_MAX / one;
        let ids: Vec<_> = (0..fitting + 3).map(|_| Uuid::random(entropy)).collect();
        let thread = std::thread::spawn(move || writer.run());
        for id in &ids {
            audit.refused(refused(*id, None, None)).await;
        }
        assert!(audit.find(ids[ids.len() - 1]).await.unwrap().is_some());
        assert_eq!(audit.recent().lines.len(), fitting, "memory is bounded");
        drop(audit);
        thread.join().unwrap();
        let (audit, _writer) = Audit::new(folder.path().to_owned(), clock);
        for id in [ids[0], ids[ids.len() - 1]] {
            assert_eq!(audit.find(id).await.unwrap().unwrap().request_id, id);
        }
        assert!(audit.find(Uuid::random(entropy)).await.unwrap().is_none());
    }

    #[test]
    fn files_are_rotated_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let (_audit, writer) = Audit::new(folder.path().to_owned(), clock.clone());
        for _ in 0..FILES_MAX + 4 {
            drop(writer.next_file().unwrap());
            clock.advance(types::SignedDuration::from_secs(1));
        }
        let left = files(folder.path()).unwrap();
        assert_eq!(left.len(), FILES_MAX);
        assert!(left[0].ends_with(format!("{:020}.jsonl", 4000)), "{left:?}");
    }

    #[tokio::test]
    async fn searches_wait_for_each_other_and_pass_over_what_was_cut_short() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let id: RequestId = Uuid::random(&SeededEntropy::new(1));
        let mut bytes = b"{\"verdict\": \"refused\", \"principal\": \"Zo\xc3\n".to_vec();
        bytes.extend(line(&Line::Refused(refused(id, None, None))));
        std::fs::write(folder.path().join("0.jsonl"), bytes).unwrap();
        let (audit, _writer) = Audit::new(folder.path().to_owned(), clock);
        let searching = audit.searches.clone().acquire_many_owned(2).await.unwrap();
        let mut search = std::pin::pin!(audit.find(id));
        let at_once = tokio::time::timeout(std::time::Duration::ZERO, search.as_mut()).await;
        assert!(at_once.is_err(), "it waits");
        assert_eq!(audit.searches.available_permits(), 0);
        drop(searching);
        assert_eq!(search.await.unwrap().unwrap().request_id, id);
        assert_eq!(audit.searches.available_permits(), SEARCHES_MAX);
    }

    /// A full disk is emptied some day, and nobody starts the server anew for it.
    #[tokio::test]
    async fn what_cannot_be_written_is_counted_and_what_follows_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("audit");
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        let ids: Vec<RequestId> = (0..2).map(|_| Uuid::random(entropy)).collect();
        let (audit, writer) = Audit::new(directory.clone(), clock.clone());
        std::fs::write(&directory, "in the way").unwrap();
        let thread = std::thread::spawn(move || writer.run());
        audit.refused(refused(ids[0], None, None)).await;
        while audit.lost() == 0 {
            tokio::task::yield_now().await;
        }
        std::fs::remove_file(&directory).unwrap();
        audit.refused(refused(ids[1], None, None)).await;
        let lost = audit.lost.clone();
        drop(audit);
        thread.join().unwrap();
        assert_eq!(lost.load(Ordering::Relaxed), 1);
        let (audit, _writer) = Audit::new(directory, clock);
        assert!(audit.find(ids[0]).await.unwrap().is_none());
        assert!(audit.find(ids[1]).await.unwrap().is_some());
    }

    #[test]
    fn other_users_of_the_machine_cannot_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let directory = folder.path().join("audit");
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let (_audit, writer) = Audit::new(directory.clone(), clock);
        drop(writer.next_file().unwrap());
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o700);
        assert_eq!(mode(&files(&directory).unwrap()[0]), 0o600);
    }

    #[test]
    fn a_refusal_concerns_the_account_that_asked() {
        let id = Uuid::random(&SeededEntropy::new(1));
        let (one, other) = ("111111111111", "222222222222");
        let concerns =
            |refused: &Refused, account: &str| refused.concerns(Some(account.parse().unwrap()));
        let own = refused(id, Some(one), Some(other));
        assert!(concerns(&own, one) && !concerns(&own, other));
        let anonymous = refused(id, None, Some(one));
        assert!(concerns(&anonymous, one) && !concerns(&anonymous, other));
        assert!(!own.concerns(None) && !anonymous.concerns(None));
    }
}
