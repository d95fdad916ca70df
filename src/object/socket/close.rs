//! The end of a Socket's connection.

use super::{Held, Socket};
use crate::base::{Deadline, Result};
use crate::engine::Op;
use crate::object::object_base::timeout_ms;

impl Socket {
    /// Close. Fails only if another call on the Socket does not end in time, or if the program ends the call.
    pub async fn close_connection<'a>(&'a self, op: &mut Op<'a>, max_wait_ms: i32) -> Result<()> {
        let method = self.begin_method(op);
        let outcome = self.close_inner(op, max_wait_ms).await;
        self.end_method(method, outcome)
    }

    async fn close_inner(&self, op: &mut Op<'_>, max_wait_ms: i32) -> Result<()> {
        op.set_deadline(Deadline::after_ms(timeout_ms(max_wait_ms)?));
        let _guard = self.lock(op).await?;
        let held = std::mem::take(&mut *self.held.lock());
        match held {
            Held::Nothing => {}
            Held::Here(connection, _) => connection.close(op).await?,
            Held::InRest(presence) => {
                if let Some(presence) = presence.upgrade() {
                    op.log.info("A Rest has the connection; it is closed hard.");
                    presence.shut_down();
                }
            }
        }
        Ok(())
    }
}
