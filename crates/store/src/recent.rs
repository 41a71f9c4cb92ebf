use std::{
    collections::VecDeque,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use types::Timestamp;

use crate::{Changes, Revision, Space};

/// How many changed keys are remembered. Whoever asks at every request is a few behind; whoever is
/// further behind than this is better off forgetting all it knows.
const REMEMBERED: usize = 2048;

/// What an instance knows of its database's latest commits.
#[derive(Debug)]
pub(crate) struct Recent {
    revision: AtomicU64,
    heard_at: AtomicI64,
    log: RwLock<Log>,
}

#[derive(Debug)]
struct Log {
    /// Every change of a later revision is in `changes`.
    complete_since: Revision,
    latest: Revision,
    changes: VecDeque<(Revision, Space, Bytes)>,
}

impl Recent {
    pub(crate) fn new(revision: Revision, heard_at: Timestamp) -> Self {
        Self {
            revision: AtomicU64::new(revision.0),
            heard_at: AtomicI64::new(heard_at.as_microsecond()),
            log: RwLock::new(Log {
                complete_since: revision,
                latest: revision,
                changes: VecDeque::new(),
            }),
        }
    }

    pub(crate) fn revision(&self) -> Revision {
        Revision(self.revision.load(Ordering::Acquire))
    }

    /// When the database was last asked, to the microsecond.
    pub(crate) fn heard_at(&self) -> Timestamp {
        Timestamp::from_microsecond(self.heard_at.load(Ordering::Acquire)).unwrap_or_default()
    }

    /// The database was asked at `moment`, and what it answered has been recorded.
    pub(crate) fn heard(&self, moment: Timestamp) {
        self.heard_at.fetch_max(moment.as_microsecond(), Ordering::AcqRel);
    }

    /// Adds the commit that follows the latest one known; an older one is known already. False: others
    /// came before it that are not known, so nothing was added.
    pub(crate) fn record(
        &self,
        revision: Revision,
        keys: impl Iterator<Item = (Space, Bytes)>,
    ) -> bool {
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        if revision.0 != log.latest.0 + 1 {
            return revision <= log.latest;
        }
        log.changes.extend(keys.map(|(space, key)| (revision, space, key)));
        while log.changes.len() > REMEMBERED
            && let Some((forgotten, ..)) = log.changes.pop_front()
        {
            log.complete_since = forgotten;
        }
        log.latest = revision;
        self.revision.store(revision.0, Ordering::Release);
        true
    }

    /// Jumps to a revision without knowing what happened on the way.
    pub(crate) fn skip_to(&self, revision: Revision) {
        let mut log = self.log.write().unwrap_or_else(PoisonError::into_inner);
        if revision <= log.latest {
            return;
        }
        *log = Log { complete_since: revision, latest: revision, changes: VecDeque::new() };
        self.revision.store(revision.0, Ordering::Release);
    }

    pub(crate) fn since(&self, revision: Revision) -> Changes {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        if revision < log.complete_since {
            return Changes::Anything { revision: log.latest };
        }
        let start = log.changes.partition_point(|(changed_at, ..)| *changed_at <= revision);
        let keys =
            log.changes.range(start..).map(|(_, space, key)| (*space, key.clone())).collect();
        Changes::Keys { revision: log.latest.max(revision), keys }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: Space = Space::new("space");

    fn key(number: usize) -> Bytes {
        number.to_string().into()
    }

    #[test]
    fn changes_are_told_from_where_the_caller_stands() {
        let recent = Recent::new(Revision(5), Timestamp::UNIX_EPOCH);
        recent.record(Revision(6), [(SPACE, key(1)), (SPACE, key(2))].into_iter());
        recent.record(Revision(7), [(SPACE, key(1))].into_iter());
        let since = |revision| recent.since(Revision(revision));
        let keys = |keys: Vec<usize>| Changes::Keys {
            revision: Revision(7),
            keys: keys.into_iter().map(|n| (SPACE, key(n))).collect(),
        };
        assert_eq!(since(4), Changes::Anything { revision: Revision(7) });
        assert_eq!(since(5), keys(vec![1, 2, 1]));
        assert_eq!(since(6), keys(vec![1]));
        assert_eq!(since(7), keys(vec![]));
        assert_eq!(recent.revision(), Revision(7));
    }

    #[test]
    fn what_is_forgotten_is_said_to_be() {
        let recent = Recent::new(Revision(0), Timestamp::UNIX_EPOCH);
        for number in 1..=REMEMBERED + 10 {
            recent.record(Revision(number as u64), [(SPACE, key(number))].into_iter());
        }
        assert!(matches!(recent.since(Revision(9)), Changes::Anything { .. }));
        let Changes::Keys { keys, .. } = recent.since(Revision(10)) else { panic!("forgotten") };
        assert_eq!(keys.len(), REMEMBERED);
        // A commit that was only half remembered is forgotten whole.
        let many = (0..=REMEMBERED).map(|number| (SPACE, key(number)));
        let last = REMEMBERED as u64 + 11;
        assert!(recent.record(Revision(last), many));
        assert!(matches!(recent.since(Revision(last - 1)), Changes::Anything { .. }));
        assert!(matches!(recent.since(Revision(last)), Changes::Keys { .. }));
    }

    #[test]
    fn neither_revision_nor_time_goes_back() {
        let recent = Recent::new(Revision(3), Timestamp::from_second(10).unwrap());
        assert!(recent.record(Revision(2), [(SPACE, key(1))].into_iter()), "known already");
        recent.skip_to(Revision(1));
        recent.heard(Timestamp::from_second(9).unwrap());
        assert_eq!(recent.revision(), Revision(3));
        assert_eq!(recent.heard_at(), Timestamp::from_second(10).unwrap());
        assert!(!recent.record(Revision(5), [(SPACE, key(1))].into_iter()), "4 is not known");
        assert_eq!(recent.revision(), Revision(3));
        recent.skip_to(Revision(8));
        assert_eq!(recent.since(Revision(7)), Changes::Anything { revision: Revision(8) });
    }
}
