//! The schedule doctor at work: what the pings of a check are like, what does not fit them, and what would.

use std::sync::Arc;

use domain::doctor::{Asked, Finding, History, Opinion, Places, examine};
use domain::expression::Expression;
use domain::id::CheckId;
use domain::managed::kind::Kind;
use domain::managed::{Calendar, Due, Plan};
use domain::time::Span;
use domain::zone::canonical;
use jiff::tz::TimeZone;

use super::schedule::span;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::store::heard::HeardView;
use crate::store::managed::settings::{Edit, RunLimit, Settings};
use crate::zones;

/// What the doctor has found of one check.
pub struct Visit {
    /// What it is asked now.
    pub plan: Plan,
    /// It stands in the config, and is changed there.
    pub is_declared: bool,
    /// What was heard of it.
    pub heard: HeardView,
    /// What there is to say.
    pub opinion: Opinion,
}

/// Looks at what was heard of a check; `None` if the check is gone.
///
/// Of zones, that of the server and those of other schedules are likely.
pub async fn visit(store: &Store, check: CheckId, here: &TimeZone) -> Result<Option<Visit>, StoreError> {
    let plan = if check.is_managed() {
        store.managed(check).await?.map(|view| plan_of(&view.settings))
    } else {
        store.checks_of(vec![check]).await?.pop().map(|view| patience(view.patience))
    };
    let Some(plan) = plan else { return Ok(None) };
    let heard = store.heard(check).await?;
    let likely = here.iana_name().into_iter().chain(["UTC"]).chain(heard.zones.iter().map(String::as_str));
    let mut near: Vec<&'static str> = Vec::new();
    for name in likely.filter_map(canonical) {
        if !near.contains(&name) {
            near.push(name);
        }
    }
    let is_declared = !check.is_managed();
    let history = History { pings: &heard.pings, absences: &heard.absences };
    let places = Places { near: &near, look_up: &|name| zones::look_up(name) };
    let opinion = examine(history, Asked { plan: &plan, is_declared }, places);
    Ok(Some(Visit { plan, is_declared, heard, opinion }))
}

/// Returns what the rules are asked by settings.
fn plan_of(settings: &Settings) -> Plan {
    let calendar = || {
        let expression = Expression::parse(&settings.schedule, &|name| zones::look_up(name)).ok()?;
        let zone = zones::look_up(&settings.tz)?;
        let (text, zone_name) = (settings.schedule.clone(), settings.tz.clone());
        Some(Arc::new(Calendar { expression, zone, text, zone_name }))
    };
    let due = match settings.kind {
        Kind::Simple => None,
        Kind::Cron | Kind::OnCalendar => calendar(),
    };
    Plan {
        due: due.map_or_else(|| Due::Every(span(settings.timeout)), Due::Calendar),
        grace: span(settings.grace),
        max_runtime: settings.max_runtime.map(span),
        has_manual_resume: settings.manual_resume,
    }
}

fn patience(period: Span) -> Plan {
    Plan { due: Due::Every(period), grace: Span::ZERO, max_runtime: None, has_manual_resume: false }
}

impl Visit {
    /// Returns what a proposal changes of a managed check.
    #[must_use]
    pub fn edit(&self, proposal: &Plan) -> Edit {
        let mut edit = Edit::default();
        if proposal.due != self.plan.due {
            match &proposal.due {
                Due::Every(period) => edit.timeout = Some(seconds(*period)),
                Due::Calendar(calendar) => {
                    edit.schedule = Some(calendar.text.clone());
                    edit.tz = Some(calendar.zone_name.clone());
                }
            }
        }
        if proposal.grace != self.plan.grace {
            edit.grace = Some(seconds(proposal.grace));
        }
        if proposal.max_runtime != self.plan.max_runtime {
            edit.max_runtime = Some(RunLimit::from(proposal.max_runtime.map(seconds)));
        }
        edit
    }

    /// Returns the line of the config that a proposal makes of a declared check: its patience is one number.
    #[must_use]
    pub fn config_line(proposal: &Plan) -> Option<String> {
        match proposal.due {
            Due::Every(period) => Some(format!("\"max_sleep\": {}", seconds(period + proposal.grace))),
            Due::Calendar(_) => None,
        }
    }

    /// Returns the finding of a name.
    #[must_use]
    pub fn finding(&self, word: &str) -> Option<&Finding> {
        self.opinion.findings.iter().find(|finding| finding.fault.word() == word)
    }
}

/// Returns the whole seconds that a length has at least.
#[must_use]
pub fn seconds(length: Span) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(0).div_ceil(1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::managed::settings::Edit;

    fn visit(plan: Plan) -> Visit {
        let opinion = Opinion { rhythm: None, findings: Vec::new() };
        Visit { plan, is_declared: false, heard: HeardView::default(), opinion }
    }

    #[test]
    fn a_proposal_changes_no_more_than_it_says() {
        let settings = Settings { timeout: 3_600, grace: 600, max_runtime: Some(60), ..Settings::default() };
        let visit = visit(plan_of(&settings));
        let grace = Plan { grace: Span::from_minutes(2), ..visit.plan.clone() };
        assert_eq!(visit.edit(&grace), Edit { grace: Some(120), ..Edit::default() });
        let cron =
            Settings { kind: Kind::Cron, schedule: "0 2 * * *".into(), tz: "Europe/Riga".into(), ..settings };
        let edit = visit.edit(&plan_of(&cron));
        assert_eq!((edit.schedule.as_deref(), edit.tz.as_deref()), (Some("0 2 * * *"), Some("Europe/Riga")));
        assert_eq!((edit.timeout, edit.grace, edit.max_runtime), (None, None, None));
    }

    #[test]
    fn a_declared_check_is_given_one_number() {
        let plan = Plan { grace: Span::from_millis(1_500), ..patience(Span::from_seconds(10)) };
        assert_eq!(Visit::config_line(&plan).as_deref(), Some("\"max_sleep\": 12"));
    }
}
