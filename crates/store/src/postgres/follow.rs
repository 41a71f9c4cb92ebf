use std::{convert::Infallible, pin::pin, time::Duration};

use futures_util::{
    StreamExt,
    future::{Either, select},
    stream,
};
use tokio::{sync::Notify, time::sleep};
use tokio_postgres::{AsyncMessage, NoTls};

use super::PostgresRecords;
use crate::{Revision, StoreError};

/// How often the database is asked when nothing is heard from it.
const POLL: Duration = Duration::from_secs(1);

impl PostgresRecords {
    /// Learns of other nodes' commits, for ever: at once when the database announces them, and by asking
    /// every second. While this does not run, or the database does not answer,
    /// [`Records::freshness`](crate::Records::freshness) grows old.
    pub async fn follow(&self) -> Infallible {
        loop {
            let Err(error) = self.listen().await;
            tracing::warn!(%error, "the database's announcements cannot be heard");
            sleep(POLL).await;
            if let Err(error) = self.catch_up().await {
                tracing::warn!(%error, "the database's changes cannot be read");
            }
        }
    }

    /// Follows until the connection fails.
    async fn listen(&self) -> Result<Infallible, StoreError> {
        let (client, mut connection) = self.config.connect(NoTls).await?;
        let announced = Notify::new();
        // The connection does nothing unless it is polled, beside the work that uses it.
        let driven = async {
            let mut messages = stream::poll_fn(|context| connection.poll_message(context));
            while let Some(message) = messages.next().await {
                match message {
                    Ok(AsyncMessage::Notification(_)) => announced.notify_one(),
                    Ok(_) => {}
                    Err(error) => return StoreError::from(error),
                }
            }
            StoreError::unavailable("the connection was closed")
        };
        let work = async {
            client.batch_execute(&format!("LISTEN \"{}\"", self.tables.channel)).await?;
            loop {
                self.catch_up().await?;
                select(pin!(announced.notified()), pin!(sleep(POLL))).await;
            }
        };
        match select(pin!(driven), pin!(work)).await {
            Either::Left((error, _)) => Err(error),
            Either::Right((result, _)) => result,
        }
    }

    /// Reads what other nodes committed since the last time.
    pub(super) async fn catch_up(&self) -> Result<(), StoreError> {
        let asked_at = self.clock.now();
        let connection = self.connection().await?;
        let revision = connection.prepare_cached(&self.tables.revision).await?;
        let changes = connection.prepare_cached(&self.tables.changes).await?;
        let known = self.recent.revision().0.cast_signed();
        // First the revision: what is committed in between is then among the changes, or comes later.
        let latest = connection.query_one(&revision, &[]).await?;
        let rows = connection.query(&changes, &[&known]).await?;
        for row in rows {
            let revision = Revision(row.try_get::<_, i64>(0)?.cast_unsigned());
            if !self.recent.record(revision, self.tables.changed(row.try_get(1)?).into_iter()) {
                // Those before it are forgotten.
                self.recent.skip_to(revision);
            }
        }
        self.recent.skip_to(Revision(latest.try_get::<_, i64>(0)?.cast_unsigned()));
        self.recent.heard(asked_at);
        Ok(())
    }
}
