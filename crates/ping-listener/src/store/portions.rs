//! Portions: declaring a large config that was changed, a little at a time, so that pings hardly notice.
//!
//! What differs is found first, and nothing changes meanwhile; then it is changed a portion a transaction. A crash in
//! between leaves a part of it done, and the start after it declares the file again, as every start does.

use std::ops::Range;
use std::sync::Arc;

use domain::id::CheckId;

use super::Store;
use super::apply::Desk;
use super::book::id_at;
use super::declare::{Declaration, Declared, Undeclared};
use super::error::StoreError;

/// How much is done in one transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Portions {
    /// Checks looked at: some milliseconds.
    pub(super) looked_at: usize,
    /// Checks changed: some milliseconds, as each is a page of the database.
    pub(super) changed: usize,
}

impl Portions {
    pub(super) const DEFAULT: Self = Self { looked_at: 8_192, changed: 64 };
}

/// What has to be done to a check, by its place in the declaration where it has one.
#[derive(Clone, Copy)]
enum Step {
    Archive(CheckId),
    MakeAgree(usize),
}

impl Store {
    /// Makes the checks agree with a changed config, a portion at a time.
    pub(super) async fn declare_in_portions(
        &self,
        declaration: Declaration,
        portions: Portions,
    ) -> Result<Result<Declared, Undeclared>, StoreError> {
        let declaration = Arc::new(declaration);
        let (leaving, different) = self.compare(&declaration, portions).await?;
        let known = self.write(|desk| Ok(desk.book.names.in_use())).await?;
        if let Some(refusal) = Undeclared::too_much(leaving.len(), known) {
            return Ok(Err(refusal));
        }
        let steps: Vec<Step> = leaving
            .into_iter()
            .map(Step::Archive)
            .chain(different.into_iter().map(Step::MakeAgree))
            .collect();
        let (first, rest) = steps.split_at(steps.len().min(portions.changed));
        let (wanted, taken) = (declaration.clone(), first.to_vec());
        // What can go wrong goes wrong here, and then nothing has changed.
        let (is_tolerance_new, mut declared) = self
            .write_long(move |desk| Ok((desk.take_limits(&wanted), desk.take_steps(&wanted, &taken)?)))
            .await?;
        for (number, portion) in (1..).zip(rest.chunks(portions.changed)) {
            let (wanted, taken) = (declaration.clone(), portion.to_vec());
            match self.write_long(move |desk| desk.take_steps(&wanted, &taken)).await {
                Ok(changed) => declared.add(changed),
                Err(StoreError::Full) => {
                    let done = number * portions.changed;
                    return Ok(Err(Undeclared::CutShort { done, all: steps.len() }));
                }
                Err(error @ (StoreError::Busy | StoreError::Gone | StoreError::Stopping)) => {
                    return Err(error);
                }
            }
        }
        if is_tolerance_new {
            self.await_all(portions).await?;
        }
        self.write(|desk| {
            desk.book.demands.forget_unused();
            desk.changes.is_visible = true;
            Ok(())
        })
        .await?;
        Ok(Ok(declared))
    }

    /// Returns who is to be archived, and the places in the declaration of those who are not as it says.
    async fn compare(
        &self,
        declaration: &Arc<Declaration>,
        portions: Portions,
    ) -> Result<(Vec<CheckId>, Vec<usize>), StoreError> {
        let all = self.write(|desk| Ok(desk.book.len())).await?;
        let (mut is_wanted, mut different, mut leaving) = (vec![false; all], Vec::new(), Vec::new());
        for places in ranges(declaration.checks.len(), portions.looked_at) {
            let wanted = declaration.clone();
            let found = self.write_long(move |desk| Ok(desk.find(&wanted, places.clone()))).await?;
            for (place, check, differs) in found {
                if let Some(check) = check {
                    is_wanted[check.index()] = true;
                }
                different.extend(differs.then_some(place));
            }
        }
        for places in ranges(all, portions.looked_at) {
            let unwanted: Vec<CheckId> = places.filter(|index| !is_wanted[*index]).map(id_at).collect();
            if !unwanted.is_empty() {
                leaving.extend(self.write(move |desk| Ok(desk.in_use_of(&unwanted))).await?);
            }
        }
        Ok((leaving, different))
    }

    /// Looks anew when each check may be due.
    async fn await_all(&self, portions: Portions) -> Result<(), StoreError> {
        let all = self.write(|desk| Ok(desk.book.len())).await?;
        for places in ranges(all, portions.looked_at) {
            self.write_long(move |desk| {
                for check in places.clone().map(id_at) {
                    desk.book.await_deadline(check, desk.now);
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }
}

fn ranges(end: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    (0..end).step_by(step).map(move |from| from..end.min(from + step))
}

impl Desk<'_> {
    /// Returns the declared checks at these places as far as they are known, and whether they are to be changed.
    fn find(&self, declaration: &Declaration, places: Range<usize>) -> Vec<(usize, Option<CheckId>, bool)> {
        let look = |place: usize| {
            let wanted = &declaration.checks[place];
            let check = self.book.names.find(&wanted.name);
            (place, check, check.is_none_or(|check| self.differs(check, wanted)))
        };
        places.map(look).collect()
    }

    fn in_use_of(&self, checks: &[CheckId]) -> Vec<CheckId> {
        checks.iter().copied().filter(|check| self.book.is_in_use(*check)).collect()
    }

    fn take_steps(&mut self, declaration: &Declaration, steps: &[Step]) -> rusqlite::Result<Declared> {
        let mut declared = Declared::default();
        for step in steps {
            match *step {
                Step::Archive(check) => self.archive(check, &mut declared)?,
                Step::MakeAgree(place) => {
                    let wanted = &declaration.checks[place];
                    let check = self.book.names.find(&wanted.name);
                    self.make_agree(wanted, check, &mut declared)?;
                }
            }
        }
        Ok(declared)
    }
}

#[cfg(test)]
mod tests {
    use domain::check::Policy;
    use domain::time::Span;

    use super::*;
    use crate::store::declare::Trust;
    use crate::store::stage::{POLICY, Stage, declaration};
    use crate::store::view::CheckView;

    const SMALL: Portions = Portions { looked_at: 3, changed: 2 };

    const RECIPIENTS: [&str; 1] = ["a@example.org"];

    /// Drops one in 20, adds some, changes what is asked of others, and of one who it is.
    fn changed(names: &[String]) -> Declaration {
        let mut wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        wanted.retain(|name| !name.ends_with('7'));
        wanted.extend(["new0", "new1", "new2"]);
        let mut changed = declaration(&wanted, &RECIPIENTS, POLICY);
        let patient = Policy { remind_every: Span::from_seconds(61), ..POLICY };
        let other = declaration(&["x"], &["b@example.org"], patient).checks.remove(0).demand;
        for check in changed.checks.iter_mut().step_by(5) {
            check.demand = other.clone();
        }
        changed.checks[1].key = Some(Box::new([7; 32]));
        changed.tolerance = domain::gap::Tolerance::new(3.0);
        changed
    }

    fn in_words(check: &CheckView) -> String {
        let CheckView { id, name, standing, remind_every, recipients, is_keyed, .. } = check;
        format!("{id} {name} {standing:?} {remind_every} {recipients:?} {is_keyed}")
    }

    #[tokio::test]
    async fn a_config_declared_in_portions_is_the_same_as_one_declared_whole() {
        let names: Vec<String> = (0..60).map(|number| format!("test{number}")).collect();
        let first: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut found = Vec::new();
        for portions in [None, Some(SMALL)] {
            let stage = Stage::open(&first, &RECIPIENTS).await;
            let store = stage.store();
            let wanted = changed(&names);
            let declared = match portions {
                None => store.declare(wanted, Trust::Reload).await,
                Some(portions) => store.declare_in_portions(wanted, portions).await,
            };
            let checks: Vec<String> = store.checks().await.unwrap().iter().map(in_words).collect();
            stage.silence(Span::from_seconds(11)).await;
            found.push((declared, checks, store.find("test7").is_some(), stage.rows().await));
        }
        let (declared, checks, is_archived_found, rows) = &found[0];
        let declared = declared.as_ref().unwrap().as_ref().unwrap();
        assert_eq!((declared.added, declared.archived, declared.revised), (3, 6, 11));
        assert_eq!((checks.len(), rows.len(), *is_archived_found), (57, 57, false));
        assert_eq!(found[0], found[1]);
    }

    #[tokio::test]
    async fn a_large_config_that_was_cut_off_changes_nothing() {
        let names: Vec<String> = (0..60).map(|number| format!("test{number}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let stage = Stage::open(&names, &RECIPIENTS).await;
        let wanted = declaration(&names[..40], &["b@example.org"], POLICY);
        let refused = stage.store().declare_in_portions(wanted, SMALL).await.unwrap();
        assert_eq!(refused, Err(Undeclared::TooMuchArchived { archived: 20, known: 60 }));
        let checks = stage.store().checks().await.unwrap();
        assert!(checks.iter().all(|check| *check.recipients[0] == *"a@example.org"));
        assert_eq!(checks.len(), 60);
    }
}
