use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Batch, Key, KeyReader, Space, Version};
use types::{Entropy, Timestamp, Uuid};

/// The space that jobs lie in. Every database whose batches add jobs must be opened with it.
pub const JOBS: Space = Space::new("jobs");

/// The format of a job's value, which is its first byte.
const FORMAT: u8 = 1;

/// Work to be done later, once, whatever happens in between.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name among all jobs.
    pub id: Uuid,
    /// Which handler does it.
    pub kind: String,
    /// From when on it may be taken, to the microsecond. While someone does it, this is when his lease
    /// ends; after a failure, when it is tried again.
    pub due: Timestamp,
    /// How often it was taken so far.
    pub attempt: u32,
    /// The service it is done for, as a service principal: `s3.amazonaws.com`.
    pub principal: String,
    /// What the handler needs to know. Never a secret: it lies in the database as it is.
    pub payload: Value,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    kind: String,
    attempt: u32,
    principal: String,
    payload: Value,
}

/// A record of the space [`JOBS`] cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job's record is damaged or was written by a newer release")]
pub struct DamagedJob;

impl Job {
    /// A job that is due at `due`.
    #[must_use]
    pub fn new(
        kind: &str,
        principal: &str,
        due: Timestamp,
        payload: Value,
        entropy: &dyn Entropy,
    ) -> Self {
        let due = Timestamp::from_microsecond(due.as_microsecond()).unwrap_or(due);
        Self {
            id: Uuid::random(entropy),
            kind: kind.to_owned(),
            due,
            attempt: 0,
            principal: principal.to_owned(),
            payload,
        }
    }

    /// Adds the job to the batch that makes it necessary.
    pub fn enqueue(&self, batch: Batch) -> Batch {
        batch.insert(JOBS, self.key(), self.value())
    }

    /// Adds to a batch that the job, enqueued by the commit of that version, is no longer necessary. The
    /// batch fails if it has been taken by then.
    pub fn cancel(&self, version: Version, batch: Batch) -> Batch {
        batch.remove(JOBS, self.key(), version)
    }

    /// The same job, to be taken again at another time.
    #[must_use]
    pub(crate) fn postponed(&self, due: Timestamp, attempt: u32) -> Self {
        Self { due, attempt, ..self.clone() }
    }

    /// Jobs lie in the order they are due.
    pub(crate) fn key(&self) -> Key {
        Key::new().timestamp(self.due).text(&self.id.to_string())
    }

    pub(crate) fn value(&self) -> Vec<u8> {
        let stored = Stored {
            kind: self.kind.clone(),
            attempt: self.attempt,
            principal: self.principal.clone(),
            payload: self.payload.clone(),
        };
        let mut value = vec![FORMAT];
        // Texts, a number and a JSON value cannot fail to be written to memory; if they could, the
        // reader would say that the record is damaged.
        let _ = serde_json::to_writer(&mut value, &stored);
        value
    }

    pub(crate) fn read(key: &[u8], value: &[u8]) -> Result<Self, DamagedJob> {
        let mut reader = KeyReader::new(key);
        let due = reader.timestamp().map_err(|_| DamagedJob)?;
        let id = reader.text().map_err(|_| DamagedJob)?.parse().map_err(|_| DamagedJob)?;
        let Some((&FORMAT, json)) = value.split_first() else { return Err(DamagedJob) };
        let Stored { kind, attempt, principal, payload } =
            serde_json::from_slice(json).map_err(|_| DamagedJob)?;
        Ok(Self { id, kind, due, attempt, principal, payload })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use types::SeededEntropy;

    use super::*;

    fn job() -> Job {
        let due = "2026-01-02T03:04:05.678901234Z".parse().unwrap();
        let entropy = SeededEntropy::new(1);
        Job::new("kind", "s3.amazonaws.com", due, json!({"blob": "b"}), &entropy)
    }

    #[test]
    fn a_job_is_read_as_written() {
        let job = job();
        assert_eq!(Job::read(&job.key(), &job.value()), Ok(job));
    }

    #[test]
    fn jobs_lie_in_the_order_they_are_due() {
        let job = job();
        let later = job.postponed("2026-01-02T03:04:05.678902Z".parse().unwrap(), 0);
        assert!(job.key() < later.key());
    }

    #[test]
    fn a_damaged_record_is_refused() {
        let job = job();
        let value = job.value();
        assert_eq!(Job::read(b"x", &value), Err(DamagedJob));
        assert_eq!(Job::read(&job.key(), &[]), Err(DamagedJob));
        assert_eq!(Job::read(&job.key(), &value[..value.len() - 1]), Err(DamagedJob));
        assert_eq!(Job::read(&job.key(), &[&[FORMAT + 1], &value[1..]].concat()), Err(DamagedJob));
    }
}
