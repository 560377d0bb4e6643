//! What everybody can read by now is judged again.

use serde_json::json;
use stanch_model::OriginKind;
use stanch_store::{Exposure, KnownOrigin, Leak, LeakState, Sight};

use super::{Desk, RegisterError, ingest::PLACES_MAX};
use crate::policy::{Place, Subject};

/// Leaks that are judged at once.
const LEAKS_AT_ONCE: usize = 500;

impl Desk<'_, '_> {
    /// An origin was made public: its open leaks are as severe as the policy says of public ones.
    pub(super) fn made_public(&mut self, origin: &KnownOrigin) -> Result<(), RegisterError> {
        let event = self.event("origin.made-public").detail(json!({ "origin": origin.origin.name }));
        self.tx.record(event);
        let mut after = 0;
        loop {
            let ids = self.tx.open_leaks_in(origin.id, after, LEAKS_AT_ONCE)?;
            let Some(&last) = ids.last() else { return Ok(()) };
            after = last;
            let mut leaks = self.tx.leaks_locked(&ids)?;
            for id in ids {
                if let Some(leak) = leaks.get_mut(&id) {
                    self.judge_again(leak)?;
                }
            }
        }
    }

    fn judge_again(&mut self, leak: &mut Leak) -> Result<(), RegisterError> {
        let places = self.tx.exposures(leak.id, &Sight::All, None, PLACES_MAX)?;
        let subject = Subject {
            rule: leak.rule.clone(),
            connector: self.settings.connector_of(&leak.rule).map(str::to_owned),
            severity: leak.reported_severity,
            confidence: leak.confidence,
            class: leak.class,
            liveness: leak.liveness,
            account: leak.account.clone(),
            owners: leak.owner.iter().map(|owner| owner.name.clone()).collect(),
            leaked: leak.leaked_at,
            places: places.into_iter().map(place).collect(),
            ..Subject::default()
        };
        let decision = self.settings.policy.decide(&subject, self.now);
        leak.public |= decision.public.unwrap_or_default();
        if decision.severity > leak.severity {
            self.make_worse(leak, &decision);
            if leak.state == LeakState::Open {
                self.raise(leak, &decision)?;
            }
        }
        Ok(self.tx.update_leak(leak)?)
    }
}

fn place(exposure: Exposure) -> Place {
    Place {
        kind: exposure.origin_kind.parse().unwrap_or(OriginKind::Other),
        origin: exposure.origin,
        path: exposure.path,
        public: exposure.public,
        environment: exposure.environment,
        commit: exposure.commit,
    }
}
