//! The schedule doctor on a check's page: what its pings are like, what does not fit them, and a button that mends it.

use askama::Template;
use axum::Form;
use axum::body::Body;
use axum::extract::State as FromState;
use http::Response;

use super::about::{About, gone};
use crate::explaining::doctor::{Visit, visit};
use crate::explaining::findings;
use crate::store::changes::Author;
use crate::web::subject::Subject;
use crate::web::{Pairs, State, first, see_other, unavailable, words};

/// The panel: a part of a page, which writes it as `{{ doctor|safe }}`.
#[derive(Template)]
#[template(path = "doctor.html")]
pub(super) struct Panel {
    /// `None` if too few pings are known.
    rhythm: Option<String>,
    runs: Option<String>,
    advice: Vec<Advice>,
    /// Where a proposal is applied.
    address: String,
}

/// One finding.
struct Advice {
    /// What does not fit.
    text: String,
    /// Its name, by which it is found again.
    fault: &'static str,
    remedy: Option<Remedy>,
}

/// What would fit.
enum Remedy {
    /// A button applies it.
    Apply(String),
    /// It is written into the config by hand.
    Line(String),
}

impl Panel {
    /// Shows what was found of a check.
    pub(super) fn of(visit: &Visit, subject: &Subject) -> Self {
        let rhythm = visit.opinion.rhythm.as_ref();
        let advice = visit.opinion.findings.iter().map(|finding| Advice {
            text: findings::finding(visit, finding),
            fault: finding.fault.word(),
            remedy: finding.proposal.as_ref().map(|plan| {
                let words = findings::proposal(visit, plan);
                if visit.is_declared { Remedy::Line(words) } else { Remedy::Apply(words) }
            }),
        });
        Self {
            rhythm: rhythm.map(findings::rhythm),
            runs: rhythm.and_then(|rhythm| rhythm.runs).map(findings::runs),
            advice: advice.collect(),
            address: format!("{}/doctor", subject.address()),
        }
    }

    fn has_button(&self) -> bool {
        self.advice.iter().any(|advice| matches!(advice.remedy, Some(Remedy::Apply(_))))
    }
}

/// Applies a proposal, if it is still the one that was read.
pub(super) async fn apply(
    FromState(rooms): State,
    About(subject): About,
    Form(pairs): Form<Pairs>,
) -> Response<Body> {
    let Ok(visit) = visit(&rooms.store, subject.id, rooms.clock.zone()).await else { return unavailable() };
    let edit = visit.filter(|visit| !visit.is_declared).and_then(|visit| {
        let finding = visit.finding(first(&pairs, "fault").unwrap_or_default())?;
        let proposal = finding.proposal.as_ref()?;
        let is_as_read = first(&pairs, "proposal") == Some(&findings::proposal(&visit, proposal));
        is_as_read.then(|| visit.edit(proposal))
    });
    let Some(edit) = edit else { return see_other(&format!("{}?done=outdated", subject.address())) };
    match rooms.store.edit(subject.id, edit, Author::Person).await {
        Ok(Some(_)) => see_other(&format!("{}?done=applied", subject.address())),
        Ok(None) => gone(&rooms),
        Err(_) => unavailable(),
    }
}

#[cfg(test)]
mod tests {
    use domain::doctor::{Fault, Finding, Opinion};
    use domain::managed::{Due, Plan};
    use domain::standing::Standing;
    use domain::time::Span;
    use uuid::Uuid;

    use super::*;
    use crate::store::heard::HeardView;
    use crate::web::samples;

    fn visit(is_declared: bool) -> Visit {
        let every = |minutes| Due::Every(Span::from_minutes(minutes));
        let plan = Plan { due: every(60), grace: Span::ZERO, max_runtime: None, has_manual_resume: false };
        let proposal = Plan { due: every(5), grace: Span::from_minutes(1), ..plan.clone() };
        let finding = Finding {
            fault: Fault::PeriodLong,
            lost: Some(Span::from_minutes(54)),
            false_alarms: 0,
            proposal: Some(proposal),
        };
        let opinion = Opinion { rhythm: None, findings: vec![finding] };
        Visit { plan, is_declared, heard: HeardView::default(), opinion }
    }

    #[test]
    fn a_managed_check_is_mended_by_a_button_and_a_declared_one_by_hand() {
        let subject = Subject::declared(Uuid::nil(), samples::check("Pump", Standing::Up));
        let managed = Panel::of(&visit(false), &subject).render().unwrap();
        assert!(managed.contains("every 5 min, a grace of 1 min"));
        assert!(managed.contains(&format!("action=\"{}/doctor\"", subject.address())));
        let declared = Panel::of(&visit(true), &subject).render().unwrap();
        assert!(declared.contains("&#34;max_sleep&#34;: 360"), "{declared}");
        assert!(!declared.contains("<form"));
    }
}
