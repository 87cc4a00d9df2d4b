//! The demands of all checks, each kept once for all of whom the same is asked.

use std::collections::HashSet;
use std::sync::Arc;

use domain::demand::Demand;

/// So many demands that nobody may have any more are kept before they are looked for.
const UNUSED_MAX: usize = 1_024;

/// Demands, each once.
#[derive(Default)]
pub(super) struct Demands {
    known: HashSet<Arc<Demand>>,
    /// The latest, because neighbours in the config are mostly alike.
    latest: Option<Arc<Demand>>,
    /// How many were left when the unused were last let go.
    kept: usize,
}

impl Demands {
    /// Returns the one that is shared by all of whom the same is asked.
    pub(super) fn shared(&mut self, demand: &Arc<Demand>) -> Arc<Demand> {
        if let Some(latest) = &self.latest
            && (Arc::ptr_eq(latest, demand) || latest == demand)
        {
            return latest.clone();
        }
        if !self.known.contains(demand) {
            self.known.insert(demand.clone());
        }
        let shared = self.known.get(demand).unwrap_or(demand).clone();
        self.latest = Some(shared.clone());
        shared
    }

    /// Lets those go that nobody has any more, once there may be many.
    pub(super) fn forget_unused(&mut self) {
        if self.known.len() <= 2 * self.kept + UNUSED_MAX {
            return;
        }
        self.latest = None;
        self.known.retain(|demand| 1 < Arc::strong_count(demand));
        self.kept = self.known.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::stage::POLICY;

    fn demand(max_sleep: &str) -> Arc<Demand> {
        Arc::new(Demand { policy: POLICY, max_sleep: max_sleep.into(), recipients: Arc::new([]) })
    }

    #[test]
    fn what_is_asked_of_many_is_kept_once_and_forgotten_with_the_last() {
        let mut demands = Demands::default();
        let first = demands.shared(&demand("first"));
        assert!(!Arc::ptr_eq(&first, &demands.shared(&demand("second"))));
        assert!(Arc::ptr_eq(&first, &demands.shared(&demand("first"))));
        for number in 0..UNUSED_MAX {
            demands.shared(&demand(&number.to_string()));
        }
        demands.forget_unused();
        assert_eq!(demands.known.len(), 1);
        assert!(Arc::ptr_eq(&first, &demands.shared(&demand("first"))));
    }
}
