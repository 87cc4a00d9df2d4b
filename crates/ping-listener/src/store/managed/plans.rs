//! Plans: what the rules have to know of a managed check, made from its settings and shared by all that are alike.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use domain::expression::Expression;
use domain::managed::filter::{Filter, Keywords};
use domain::managed::kind::Kind;
use domain::managed::{Calendar, Due, Plan};
use domain::time::Span;
use domain::zone::{Zone, canonical};

use super::settings::Settings;
use crate::zones;

/// So many plans that nobody may have any more are kept before they are looked for.
const UNUSED_MAX: usize = 1_024;

/// Plans and filters, those that are alike once.
#[derive(Default)]
pub(in crate::store) struct Plans {
    zones: HashMap<&'static str, Arc<Zone>>,
    known: HashMap<Key, Weak<Plan>>,
    /// How many were left when the unused were last let go.
    kept: usize,
    /// What most checks have: it lets everything pass.
    filter: Arc<Filter>,
}

/// What a plan depends on, without what does not hold.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    timeout: Option<u64>,
    schedule: Option<(Box<str>, Box<str>)>,
    grace: u64,
    max_runtime: Option<u64>,
    manual_resume: bool,
}

impl Key {
    fn of(settings: &Settings) -> Self {
        let is_simple = settings.kind == Kind::Simple;
        Self {
            timeout: is_simple.then_some(settings.timeout),
            schedule: (!is_simple).then(|| (settings.schedule.as_str().into(), settings.tz.as_str().into())),
            grace: settings.grace,
            max_runtime: settings.max_runtime,
            manual_resume: settings.manual_resume,
        }
    }
}

impl Plans {
    /// Returns the plan of a check with these settings.
    pub(in crate::store) fn plan(&mut self, settings: &Settings) -> Arc<Plan> {
        let key = Key::of(settings);
        if let Some(plan) = self.known.get(&key).and_then(Weak::upgrade) {
            return plan;
        }
        let plan = Arc::new(Plan {
            due: self.due(settings),
            grace: seconds(settings.grace),
            max_runtime: settings.max_runtime.map(seconds),
            has_manual_resume: settings.manual_resume,
        });
        if 2 * self.kept + UNUSED_MAX < self.known.len() {
            self.known.retain(|_, plan| 0 < plan.strong_count());
            self.kept = self.known.len();
        }
        self.known.insert(key, Arc::downgrade(&plan));
        plan
    }

    /// Returns the filter of a check with these settings.
    pub(in crate::store) fn filter(&self, settings: &Settings) -> Arc<Filter> {
        let filter = Filter {
            is_post_only: settings.is_post_only,
            subject: settings.filter_subject,
            body: settings.filter_body,
            http_body: settings.filter_http_body,
            default_fail: settings.filter_default_fail,
            start: Keywords::read(&settings.start_kw),
            success: Keywords::read(&settings.success_kw),
            failure: Keywords::read(&settings.failure_kw),
        };
        if filter == *self.filter { self.filter.clone() } else { Arc::new(filter) }
    }

    fn due(&mut self, settings: &Settings) -> Due {
        let calendar = match settings.kind {
            Kind::Simple => None,
            Kind::Cron | Kind::OnCalendar => self.calendar(settings),
        };
        if let Some(calendar) = calendar {
            return Due::Calendar(Arc::new(calendar));
        }
        if settings.kind != Kind::Simple {
            let Settings { schedule, tz, .. } = settings;
            tracing::error!(
                schedule,
                tz,
                "a schedule cannot be read any more: its check is awaited by its period"
            );
        }
        Due::Every(seconds(settings.timeout))
    }

    fn calendar(&mut self, settings: &Settings) -> Option<Calendar> {
        let zone = self.zone(&settings.tz)?;
        let expression = Expression::parse(&settings.schedule, &zones::look_up).ok()?;
        let (text, zone_name) = (settings.schedule.clone(), settings.tz.clone());
        Some(Calendar { expression, zone, text, zone_name })
    }

    fn zone(&mut self, name: &str) -> Option<Arc<Zone>> {
        let name = canonical(name)?;
        if let Some(zone) = self.zones.get(name) {
            return Some(zone.clone());
        }
        let zone = zones::look_up(name)?;
        self.zones.insert(name, zone.clone());
        Some(zone)
    }
}

/// Makes a length of seconds that a request gave, and that are limited to a year there.
fn seconds(seconds: u64) -> Span {
    Span::from_seconds(i64::try_from(seconds).unwrap_or(0).clamp(0, 1 << 40))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_that_are_alike_share_a_plan_and_a_filter() {
        let mut plans = Plans::default();
        let simple = Settings { name: "one".to_owned(), ..Settings::default() };
        let other = Settings { name: "other".to_owned(), schedule: "weekly".to_owned(), ..simple.clone() };
        assert!(Arc::ptr_eq(&plans.plan(&simple), &plans.plan(&simple)));
        let plan = plans.plan(&simple);
        assert!(Arc::ptr_eq(&plan, &plans.plan(&other)), "its schedule does not hold");
        assert!(Arc::ptr_eq(&plans.filter(&simple), &plans.filter(&other)));
        let weekly = Settings { kind: Kind::OnCalendar, ..other };
        assert!(matches!(plans.plan(&weekly).due, Due::Calendar(_)));
        let post = Settings { is_post_only: true, ..simple };
        assert!(plans.filter(&post).is_post_only);
    }

    #[test]
    fn a_schedule_that_cannot_be_read_any_more_leaves_a_period() {
        let settings =
            Settings { kind: Kind::Cron, schedule: "?".to_owned(), timeout: 60, ..Settings::default() };
        assert_eq!(Plans::default().plan(&settings).due, Due::Every(Span::from_seconds(60)));
    }
}
